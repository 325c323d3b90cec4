import NIOPosix
import Synchronization

/// Hands the entries of the access log to whoever writes them, in order and on a thread of its own:
/// a log that goes to a slow terminal or a full pipe holds up no answer.
final class AccessLog: Sendable {
    /// Entries that may wait for a writer that is stuck; about 4 MB.
    static let limit = 10_000

    private struct Waiting {
        var entries: [AccessLogEntry] = []
        /// Of those that are being written.
        var writing = 0
        var isScheduled = false
        var lost = 0
    }

    private let thread: NIOThreadPool
    private let write: @Sendable ([AccessLogEntry]) -> Void
    private let waiting = Mutex(Waiting())

    /// - Parameters:
    ///   - thread: A running pool of one thread, which keeps the entries in order.
    ///   - write: Given all that came while it wrote the last: a busy server wakes its thread seldom.
    init(thread: NIOThreadPool, write: @escaping @Sendable ([AccessLogEntry]) -> Void) {
        self.thread = thread
        self.write = write
    }

    func record(_ entry: AccessLogEntry) {
        let isNews = waiting.withLock { waiting in
            guard waiting.entries.count + waiting.writing < Self.limit else {
                waiting.lost += 1
                return false
            }
            waiting.entries.append(entry)
            defer { waiting.isScheduled = true }
            return !waiting.isScheduled
        }
        if isNews { thread.submit { _ in self.writeAll() } }
    }

    private func writeAll() {
        while true {
            let entries = waiting.withLock { waiting in
                let entries = waiting.entries
                (waiting.entries, waiting.writing, waiting.isScheduled) = ([], entries.count, !entries.isEmpty)
                return entries
            }
            if entries.isEmpty { return }
            write(entries)
        }
    }

    /// Waits until all entries so far are written; answers how many had no place to wait and are lost.
    func drain() async throws -> Int {
        try await thread.runIfActive {}
        return waiting.withLock { $0.lost }
    }
}
