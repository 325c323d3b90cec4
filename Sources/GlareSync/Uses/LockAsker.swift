/// Who wants the lock of a cache, and for how long.
public struct LockAsker: Sendable {
    /// Who is named to those who come meanwhile.
    public var holder: String
    /// Seconds to wait while somebody else has it; nil as each command does.
    public var lockWait: Int64?
    /// Told once, before a wait, who has it.
    public var onWait: @Sendable (String) -> Void

    public init(holder: String, lockWait: Int64?, onWait: @escaping @Sendable (String) -> Void) {
        (self.holder, self.lockWait, self.onWait) = (holder, lockWait, onWait)
    }
}

extension SyncOptions {
    var asker: LockAsker {
        LockAsker(holder: holder, lockWait: lockWait) { [report] in report(.waiting(holder: $0)) }
    }
}
