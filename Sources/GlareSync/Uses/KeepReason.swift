public import GlareSystem

/// Why a version of a cache stays.
public enum KeepReason: Sendable, CustomStringConvertible {
    /// Its image's name stands for it.
    case current
    /// Its image's name is pinned to it, and is to stand for it again.
    case pinned
    /// One of so many that stay in any case.
    case newest(of: Int)
    /// What somebody made of an image: theirs to remove.
    case setAside
    /// It was found again after the cache's state was lost: whether sync made it, nobody knows.
    case found
    /// Superseded, or last seen in use, not long enough ago; days until it goes. Empty: a directory of disks in which
    /// nothing is, for which it stays longer.
    case recent(daysLeft: Int64, wasUsed: Bool, empty: String?)
    /// Disks are made on it.
    case disks([String])
    /// Disks are made on its image's name, and may have been when that stood for it.
    case name([String])
    /// Disks that `clone` made on it are not where they were.
    case missing([MissingDisk])
    /// Somebody has it open or mapped: those that we may see.
    case open([ProcessName])
    /// Whether somebody has it open can't be told.
    case unclear(String)
    /// A disk, or a directory of disks, that can't be looked at: it may be made on this.
    case unseen(String)
    /// Other hosts have the cache, and nobody here knows what they use.
    case shared(String)

    public var description: String {
        switch self {
        case .current: "current"
        case .pinned: "pinned"
        case .newest(1): "the one before the current"
        case .newest(let count): "one of the \(count) before the current"
        case .setAside: "set aside: somebody made it of an image"
        case .found:
            "found again after what sync knows of this cache was lost: remove it by hand, if it is no sync's and nobody needs it"
        case .recent(let days, let wasUsed, let empty):
            "\(wasUsed ? "in use until" : "superseded") a short time ago: goes in \(days == 1 ? "a day" : "\(days) days")\(empty.map { ", as nothing is in \($0): its filesystem may not be mounted" } ?? "")"
        case .disks(let disks):
            "\(disks.prefix(3).joined(separator: ", "))\(disks.count > 3 ? " and \(disks.count - 3) more" : "") \(disks.count == 1 ? "is" : "are") made on it"
        case .name(let disks):
            "\(disks.prefix(3).joined(separator: ", "))\(disks.count > 3 ? " and \(disks.count - 3) more" : "") \(disks.count == 1 ? "is" : "are") made on its image's name, perhaps while that stood for it"
        case .missing(let disks): disks.map(\.description).joined(separator: "; ")
        case .open(let holders):
            "somebody has it open" + (holders.isEmpty ? "" : ": " + holders.map(\.description).joined(separator: ", "))
        case .unclear(let reason): reason
        case .unseen(let reason): "what uses it is not known: \(reason)"
        case .shared(let reason): "other hosts may use it: \(reason)"
        }
    }

    /// For programs.
    public var word: String {
        switch self {
        case .current: "current"
        case .pinned: "pinned"
        case .newest: "newest"
        case .setAside: "set-aside"
        case .found: "found"
        case .recent: "recent"
        case .disks: "disks"
        case .name: "name"
        case .missing: "missing"
        case .open: "open"
        case .unclear: "unclear"
        case .unseen: "unseen"
        case .shared: "shared"
        }
    }

    var isCurrent: Bool { if case .current = self { true } else { false } }

    /// Whether something uses the version, or may.
    var isUse: Bool {
        switch self {
        case .disks, .name, .open, .unclear, .unseen: true
        case .current, .pinned, .newest, .setAside, .found, .recent, .missing, .shared: false
        }
    }
}

extension File {
    /// Whether somebody else has it open or mapped, asked while `body` runs with the answer; nil where nobody has.
    func withOpenReason<Result>(_ body: (KeepReason?) throws -> Result) throws -> Result {
        let stamp = try status().stamp
        return try withUse { use in
            switch use {
            case .unused: try body(nil)
            case .inUse: try body(.open(stamp.holders()))
            case .unknown: try body(.unclear("the system does not tell whether somebody has it open"))
            }
        }
    }
}
