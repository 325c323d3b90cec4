import NIOPosix
import Synchronization

/// Hands the entries of the access log to whoever writes them, in order and on a thread of its own:
/// a log that goes to a slow terminal or a full pipe holds up no answer.
final class AccessLog: Sendable {
    /// Entries that may wait for a writer that is stuck; about 4 MB.
    static let limit = 10_000

    private let thread: NIOThreadPool
    private let write: @Sendable (AccessLogEntry) -> Void
    private let waiting = Atomic(0)
    private let dropped = Atomic(0)

    /// - Parameter thread: A running pool of one thread, which keeps the entries in order.
    init(thread: NIOThreadPool, write: @escaping @Sendable (AccessLogEntry) -> Void) {
        self.thread = thread
        self.write = write
    }

    func record(_ entry: AccessLogEntry) {
        guard waiting.add(1, ordering: .relaxed).newValue <= Self.limit else {
            waiting.subtract(1, ordering: .relaxed)
            dropped.add(1, ordering: .relaxed)
            return
        }
        thread.submit { _ in
            self.write(entry)
            self.waiting.subtract(1, ordering: .relaxed)
        }
    }

    /// Waits until all entries so far are written; answers how many had no place to wait and are lost.
    func drain() async throws -> Int {
        try await thread.runIfActive {}
        return dropped.load(ordering: .relaxed)
    }
}
