import GlareTransfer
import NIOCore
import Synchronization

/// Frames that have come, of all connections. A thread that is free takes what waits, as many as it is fastest
/// with: so a lone frame is never kept waiting for company, and under load they go in company.
final class FrameQueue: Sendable {
    private struct Arrival: Sendable {
        let index: Int
        let bytes: ByteBuffer
        let origin: String
        let stored: CheckedContinuation<Void, any Error>
    }

    private let decoder: FrameDecoder
    private let waiting = Mutex<[Arrival]>([])

    init(_ target: TargetImage) { decoder = FrameDecoder(target, threads: FileThreads.count) }

    /// Returns when the frame stands in the image.
    ///
    /// - Parameters:
    ///   - bytes: As they stand in the file of frames.
    ///   - index: Which frame they are.
    ///   - address: Where they came from, for the message.
    /// - Throws: `WrongFrame`, `InvalidDocument`, `SystemError`.
    func store(_ bytes: ByteBuffer, as index: Int, from address: String) async throws {
        try await withCheckedThrowingContinuation { continuation in
            waiting.withLock {
                $0.append(Arrival(index: index, bytes: bytes, origin: address, stored: continuation))
            }
            // As many calls as frames: whatever each of them takes, none is left.
            FileThreads.submit { self.takeSome() }
        }
    }

    private func takeSome() {
        let arrivals = waiting.withLock { waiting in
            let count = min(FrameDecoder.most, waiting.count)
            defer { waiting.removeFirst(count) }
            return Array(waiting.prefix(count))
        }
        guard !arrivals.isEmpty else { return }
        for (arrival, result) in zip(arrivals, store(arrivals, [])) { arrival.stored.resume(with: result) }
    }

    /// Goes into each buffer's memory, one within the other, as it is lent for the length of a call.
    private func store(_ arrivals: [Arrival], _ frames: [ArrivedFrame]) -> [Result<Void, any Error>] {
        guard frames.count < arrivals.count else { return decoder.store(frames) }
        let next = arrivals[frames.count]
        return next.bytes.withUnsafeReadableBytes {
            store(arrivals, frames + [ArrivedFrame(next.index, bytes: $0, origin: next.origin)])
        }
    }
}
