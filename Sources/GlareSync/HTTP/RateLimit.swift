import Synchronization

/// Keeps the bytes of all connections together within so many a second.
///
/// Each reservation begins where the last one ends, so that many connections share without a queue of
/// their own (the virtual scheduling form of a leaky bucket: ITU-T I.371, annex A).
final class RateLimit: Sendable {
    let bytesPerSecond: Int64
    private let free: Mutex<ContinuousClock.Instant>

    /// What may have been saved up while nothing came.
    private static let burst = Duration.milliseconds(250)

    init(bytesPerSecond: Int64) {
        self.bytesPerSecond = max(1, bytesPerSecond)
        free = Mutex(.now)
    }

    /// Waits until bytes that have come may be followed by others.
    func pause(for bytes: Int) async throws {
        let end = reserve(bytes, at: .now)
        if end > .now { try await Task.sleep(until: end, clock: .continuous) }
    }

    func reserve(_ bytes: Int, at now: ContinuousClock.Instant) -> ContinuousClock.Instant {
        free.withLock { free in
            free = max(free, now - Self.burst) + .seconds(1) * (Double(bytes) / Double(bytesPerSecond))
            return free
        }
    }
}
