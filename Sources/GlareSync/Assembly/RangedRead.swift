import GlareModel
import NIOCore

/// Parts of an immutable file, from whichever server has them.
struct RangedRead: Sendable {
    let mirrors: Mirrors
    let retry: RetryPolicy
    /// Counts what came for this image.
    let counter: TransferMeter

    /// Reads from where `start` says to `end`, over as many attempts and from as many servers as it takes.
    ///
    /// - Parameters:
    ///   - size: Of the whole file, in bytes.
    ///   - start: Asked before each attempt: where what is there ends. Nil where nothing is missing any more.
    ///   - take: Given the bytes in order, with the address that they came from.
    ///   - settle: Called at the end of each attempt, whatever came of it: waits for what is on its way.
    func run(
        _ path: String, size: Int64, upTo end: Int64, from start: () -> Int64?,
        take: (ByteBuffer, String) async throws -> Void, settle: () async throws -> Void
    ) async throws {
        try await mirrors.run(retry) { source in
            guard let position = start(), position < end else { return }
            do {
                try await source.read(path, position..<end, of: size) { bytes in
                    counter.add(bytes: bytes.readableBytes)
                    try await take(bytes, source.url(path))
                }
            } catch {
                // What has arrived is kept for the next attempt; if it is wrong, that is what to tell.
                try await settle()
                throw error
            }
            try await settle()
        }
    }
}
