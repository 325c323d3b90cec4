import Dispatch
import FoundationEssentials
import GlareTransfer
import Synchronization

/// Shows on a terminal what is under way, from the moment at which it has taken a while.
final class ProgressDisplay: Sendable {
    /// Often enough to look alive; drawing a line costs some 50 µs.
    private static let interval = DispatchTimeInterval.milliseconds(125)
    /// What is done sooner is not shown at all.
    private static let patience = Duration.milliseconds(400)

    private let activities: Activities
    private let meters = Mutex<[ObjectIdentifier: RateMeter]>([:])

    init(_ activities: Activities) { self.activities = activities }

    /// Whether there is a terminal on which lines can be redrawn.
    static var isPossible: Bool {
        TerminalSize.current != nil && Style.canMove(ProcessInfo.processInfo.environment)
    }

    /// Shows what is under way for as long as `body` runs, and leaves nothing of it behind.
    func during<Result>(_ body: () async throws -> Result) async rethrows -> Result {
        let queue = DispatchQueue(label: "glare.progress")
        let timer = DispatchSource.makeTimerSource(queue: queue)
        timer.schedule(deadline: .now() + Self.interval, repeating: Self.interval)
        timer.setEventHandler { [self] in Console.show(progress: lines(at: .now)) }
        timer.activate()
        defer {
            timer.cancel()
            // After the last drawing, which may be under way.
            queue.sync { Console.show(progress: []) }
        }
        return try await body()
    }

    private func lines(at now: ContinuousClock.Instant) -> [ProgressLine] {
        let underway = activities.underway
        return meters.withLock { meters in
            let known = Set(underway.map(ObjectIdentifier.init))
            meters = meters.filter { known.contains($0.key) }
            return underway.compactMap { activity in
                let elapsed = now - activity.started
                let rate = meters[ObjectIdentifier(activity), default: RateMeter()].add(activity.worked, at: now)
                guard elapsed >= Self.patience else { return nil }
                return ProgressLine(
                    kind: activity.kind, subject: activity.subject, done: activity.done, total: activity.total,
                    rate: rate, elapsed: elapsed.components.seconds)
            }
        }
    }
}

/// How fast something goes, by its last seconds: a stall shows soon, and a hiccup does not.
struct RateMeter {
    private static let window = Duration.seconds(8)
    private var samples: [(time: ContinuousClock.Instant, bytes: Int64)] = []

    /// Takes how far it is now; gives bytes per second, nil until that can be said.
    mutating func add(_ bytes: Int64, at now: ContinuousClock.Instant) -> Double? {
        // Begun anew: what came before says nothing.
        if let last = samples.last, last.bytes > bytes { samples = [] }
        samples.append((now, bytes))
        while samples.count > 2, now - samples[1].time > Self.window { samples.removeFirst() }
        guard let first = samples.first, now - first.time >= .milliseconds(100) else { return nil }
        return Double(bytes - first.bytes) / ((now - first.time) / .seconds(1))
    }
}
