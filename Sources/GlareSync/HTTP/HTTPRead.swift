import AsyncHTTPClient
import GlareModel
import GlareSystem
import GlareTransfer
import NIOCore
import NIOHTTP1

/// Parts of immutable files over HTTP.
extension HTTPSource {
    func read(
        _ path: String, _ range: Range<Int64>, of size: Int64, _ take: (ByteBuffer) async throws -> Void
    ) async throws {
        let address = url(path)
        // Of a whole file no part is asked for: a server without ranges has it too.
        let isWhole = range == 0..<size
        let headers: HTTPHeaders = isWhole ? [:] : ["Range": "bytes=\(range.lowerBound)-\(range.upperBound - 1)"]
        let response = try await send(.GET, path, headers)
        switch response.status.code {
        case 206 where !isWhole: try Self.requirePart(response, range, of: size, at: address)
        case 200:
            _ = try Self.requirePlain(response, at: address)
            let length = Self.contentLength(response)
            guard length ?? size == size else {
                throw SyncError.wrongLength(address: address, expected: size, found: length)
            }
            guard isWhole else { throw SyncError.noRanges(address: address) }
        // What never changes has no other length: it is another file, which is as good as none.
        case 404, 410, 416: throw SyncError.missing(address: address)
        default: throw Self.failure(response, at: address)
        }
        try await receive(response, range, at: address, take)
    }

    /// Checks that a part is the part that was asked for.
    private static func requirePart(
        _ response: HTTPClientResponse, _ range: Range<Int64>, of size: Int64, at address: String
    ) throws {
        _ = try requirePlain(response, at: address)
        let asked = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)"
        let found = response.headers.first(name: "Content-Range")?.safeForDisplay ?? "no Content-Range"
        guard found == asked else { throw SyncError.wrongRange(address: address, asked: asked, found: found) }
    }

    private func receive(
        _ response: HTTPClientResponse, _ range: Range<Int64>, at address: String,
        _ take: (ByteBuffer) async throws -> Void
    ) async throws {
        let expected = range.upperBound - range.lowerBound
        var received: Int64 = 0
        var reason = "the server closed the connection"
        do {
            try await receive(response) { buffer in
                received += Int64(buffer.readableBytes)
                guard received <= expected else {
                    throw SyncError.wrongLength(address: address, expected: expected, found: nil)
                }
                try await take(buffer)
            }
        } catch {
            guard Self.isNetworks(error) else { throw error }
            reason = HTTPFailure.reason(error)
        }
        guard received == expected else {
            throw SyncError.interrupted(address: address, received: received, expected: expected, reason: reason)
        }
    }

    /// Whether an error is the connection's, and not of those who take what comes.
    private static func isNetworks(_ error: any Error) -> Bool {
        !(error is SystemError || error is SyncError || error is CancellationError || error is InvalidDocument
            || error is WrongFrame || error is WrongSegment || error is WrongBase)
    }
}
