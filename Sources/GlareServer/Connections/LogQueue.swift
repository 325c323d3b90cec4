import NIOPosix
import Synchronization

/// What a ``LogQueue`` keeps until it is written.
protocol LogItem: Sendable {
    /// Bytes of memory that it takes, about.
    var byteCount: Int { get }
}

/// Hands what is to be logged to whoever writes it, in order and on a thread of its own: a log that goes to a
/// slow terminal or a full pipe holds up no answer, and at the end not the server.
final class LogQueue<Item: LogItem>: Sendable {
    /// Bytes that may wait for a writer that is stuck.
    static var limit: Int { 4 << 20 }
    /// Bytes that a writer is given at a time, if that is more than one item.
    static var sliceLimit: Int { 1 << 20 }

    private struct Waiting {
        /// In their order: those that are being written, and then those that came since.
        var items: [Item] = []
        /// Of all items.
        var bytes = 0
        /// Of the first items, which are being written.
        var writing = 0
        var isScheduled = false
        var lost = 0

        /// Forgets what was written; nil where nothing is left.
        mutating func nextSlice() -> ArraySlice<Item>? {
            for item in items.prefix(writing) { bytes -= item.byteCount }
            items.removeFirst(writing)
            var (count, size) = (0, 0)
            for item in items {
                size += item.byteCount
                if count > 0 && size > LogQueue.sliceLimit { break }
                count += 1
            }
            (writing, isScheduled) = (count, count > 0)
            return count > 0 ? items[..<count] : nil
        }
    }

    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let write: @Sendable (ArraySlice<Item>) -> Void
    private let waiting = Mutex(Waiting())

    /// - Parameter write: Given what came while it wrote the last: a busy server wakes its thread seldom.
    init(write: @escaping @Sendable (ArraySlice<Item>) -> Void) {
        self.write = write
        thread.start()
    }

    func record(_ item: Item) {
        let isNews = waiting.withLock { waiting in
            guard waiting.bytes + item.byteCount <= Self.limit else {
                waiting.lost += 1
                return false
            }
            waiting.items.append(item)
            waiting.bytes += item.byteCount
            defer { waiting.isScheduled = true }
            return !waiting.isScheduled
        }
        if isNews { thread.submit { state in if case .active = state { self.writeAll() } } }
    }

    private func writeAll() {
        while let slice = waiting.withLock({ $0.nextSlice() }) { write(slice) }
    }

    /// Waits until all items so far are written, or its task is cancelled, and ends the thread, or leaves it
    /// where it is stuck. Called once, and last.
    ///
    /// - Returns: How many are lost: those that had no place to wait, and those that still do.
    func end() async -> Int {
        let written = AsyncStream<Never> { continuation in
            thread.submit { _ in continuation.finish() }
        }
        for await _ in written {}
        // Not waited for: a thread in a write that never ends can't be ended.
        thread.shutdownGracefully { _ in }
        return waiting.withLock { $0.lost + $0.items.count }
    }
}
