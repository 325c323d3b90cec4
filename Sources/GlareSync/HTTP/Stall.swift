/// When a server is too slow to wait for.
public struct StallRule: Sendable {
    /// What counts as a stall, in seconds, at least 1.
    public let seconds: Int64
    /// What must come in that time, in bytes per second; 0: one byte in all.
    public let bytesPerSecond: Int64

    /// By default a minute and 1 KiB a second.
    public init(seconds: Int64 = 60, bytesPerSecond: Int64 = 1024) {
        self.seconds = max(1, seconds)
        self.bytesPerSecond = bytesPerSecond
    }
}

/// The server did not keep to the rule: another attempt may go better.
struct Stalled: Error, CustomStringConvertible {
    let description: String

    init(silentFor rule: StallRule) { description = "nothing came for \(rule.seconds) s" }

    init(slowFor rule: StallRule) {
        let isWhole = rule.bytesPerSecond % 1024 == 0
        let speed = isWhole ? "\(rule.bytesPerSecond / 1024) KiB/s" : "\(rule.bytesPerSecond) bytes/s"
        description = "under \(speed) for \(rule.seconds) s"
    }
}

/// How fast a body came of late, in the time in which it was waited for.
struct Pace {
    private let rule: StallRule
    private let slotLength: Duration
    /// Bytes of the latest stretches of time, which together are the rule's; the last one is underway.
    private var slots: [Int64] = [0]
    private var inSlot = Duration.zero

    private static let slotCount = 12

    init(_ rule: StallRule) {
        self.rule = rule
        slotLength = .seconds(rule.seconds) / Self.slotCount
    }

    /// - Parameters:
    ///   - bytes: That have come.
    ///   - waited: For them alone.
    /// - Throws: ``Stalled``.
    mutating func add(_ bytes: Int, after waited: Duration) throws {
        inSlot += waited
        while inSlot >= slotLength {
            inSlot -= slotLength
            // The rule's time is over, and this much came in it.
            guard slots.count < Self.slotCount || slots.reduce(0, +) >= rule.bytesPerSecond * rule.seconds else {
                throw Stalled(slowFor: rule)
            }
            slots.append(0)
            if slots.count > Self.slotCount { slots.removeFirst() }
        }
        slots[slots.count - 1] += Int64(bytes)
    }
}
