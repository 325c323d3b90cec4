import Dispatch
import GlareModel
import GlareSystem
import Synchronization

/// Digests a whole image on a thread of its own, while others compress it.
///
/// It reads by itself, and goes ahead: SHA-256 has no shortcut for zeros, so of a sparse image most of the time
/// goes into its holes, which are often at the end. Bound to the pace of those who compress, all else would
/// have ended before they begin: publishing 4 GiB with 0.4 GiB of data took 3.7 s, so it takes 2.8. Its lead
/// is limited, so that what it reads is still in the system's memory when they come for it.
final class WholeDigest: Sendable {
    private let source: any BlockSource
    private let digester: PieceDigester
    private let queue = DispatchQueue(label: "glare.digest")
    private let lead: DispatchSemaphore
    private let cores: DispatchSemaphore
    private let isStopped = Atomic(false)
    private let failure = Mutex<(any Error)?>(nil)
    /// 512 MiB of data.
    private static let longestLead = 512

    /// - Parameter cores: One is taken while it digests: the digest of a sparse image takes longest of all that
    ///   is done with it, and must not share its core.
    init(_ source: any BlockSource, cores: DispatchSemaphore, activity: Activity?) {
        self.source = source
        self.cores = cores
        digester = PieceDigester(activity: activity)
        lead = .permits(Self.longestLead)
        queue.async { [self] in
            do { try run() } catch { failure.withLock { $0 = error } }
        }
    }

    private func run() throws {
        cores.wait()
        defer { cores.signal() }
        let buffer = BlockBuffer(capacity: Manifest.frameSize)
        var end: Int64 = 0
        try FrameReader(source).forEach(
            buffer: {
                waitForOthers()
                if isStopped.load(ordering: .relaxed) { throw CancellationError() }
                return buffer
            },
            frame: { buffer, offset in
                if offset > end { digester.add(.hole(offset - end)) }
                digester.add(.data(buffer.bytes))
                end = offset + Int64(buffer.count)
            })
        if source.size > end { digester.add(.hole(source.size - end)) }
    }

    /// Lets nobody get too far behind.
    private func waitForOthers() {
        guard lead.wait(timeout: .now()) == .timedOut else { return }
        cores.signal()
        lead.wait()
        cores.wait()
    }

    /// The others have one more frame.
    func follow() { lead.signal() }

    /// Ends it early.
    func stop() {
        isStopped.store(true, ordering: .relaxed)
        lead.signal()
        queue.sync {}
    }

    /// Waits for its end.
    func finish() throws -> ContentSummary {
        queue.sync {}
        if let failure = failure.withLock({ $0 }) { throw failure }
        return digester.summary
    }
}
