import Synchronization

/// One thing that takes a while, and how far it has come. Advancing it costs an atomic addition, so that
/// hot loops can; whoever shows it looks when they like.
public final class Activity: Sendable {
    public enum Kind: String, Sendable {
        case copying, reading, comparing, fetching, verifying, flushing
    }

    public let kind: Kind
    /// What it is about: an image's name, or a file's.
    public let subject: String
    /// Bytes in all; nil where nobody knows.
    public let total: Int64?
    public let started: ContinuousClock.Instant
    private let count: Atomic<Int64>
    /// Bytes that were there at the beginning, as of a download that goes on: they tell nothing of its speed.
    private let given: Atomic<Int64>

    fileprivate init(_ kind: Kind, _ subject: String, total: Int64?) {
        (self.kind, self.subject, self.total) = (kind, subject, total)
        started = .now
        count = Atomic(0)
        given = Atomic(0)
    }

    /// Bytes until now.
    public var done: Int64 { count.load(ordering: .relaxed) }
    /// Of them, those that this run had to work for.
    public var worked: Int64 { max(0, done - given.load(ordering: .relaxed)) }

    public func advance(by bytes: Int64) { count.wrappingAdd(bytes, ordering: .relaxed) }

    /// Goes on from, or back to, a place that was reached without work.
    public func restart(at bytes: Int64) {
        count.store(bytes, ordering: .relaxed)
        given.store(bytes, ordering: .relaxed)
    }
}

/// What is under way, in the order in which it began.
public final class Activities: Sendable {
    private let list = Mutex<[Activity]>([])

    public init() {}

    public var underway: [Activity] { list.withLock { $0 } }

    /// Lists an activity for as long as `body` runs.
    public func during<Result>(
        _ kind: Activity.Kind, _ subject: String, total: Int64? = nil, _ body: (Activity) throws -> Result
    ) rethrows -> Result {
        let activity = begin(kind, subject, total: total)
        defer { end(activity) }
        return try body(activity)
    }

    /// The same, for work that waits.
    public func during<Result>(
        _ kind: Activity.Kind, _ subject: String, total: Int64? = nil, _ body: (Activity) async throws -> Result
    ) async rethrows -> Result {
        let activity = begin(kind, subject, total: total)
        defer { end(activity) }
        return try await body(activity)
    }

    private func begin(_ kind: Activity.Kind, _ subject: String, total: Int64?) -> Activity {
        let activity = Activity(kind, subject, total: total)
        list.withLock { $0.append(activity) }
        return activity
    }

    private func end(_ activity: Activity) { list.withLock { $0.removeAll { $0 === activity } } }
}
