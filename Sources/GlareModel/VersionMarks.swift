public import FoundationEssentials

/// What a publisher says of a version, beside what follows from its content. Each is nil where nothing is said,
/// so that it is not written.
public struct VersionMarks: Codable, Hashable, Sendable {
    public var properties: ImageProperties?
    /// True for one that neither retention nor `remove` takes; else nil.
    public var isProtected: Bool?
    public var withdrawn: Withdrawal?

    public init(properties: ImageProperties? = nil, isProtected: Bool? = nil, withdrawn: Withdrawal? = nil) {
        self.properties = properties
        self.isProtected = isProtected
        self.withdrawn = withdrawn
    }

    enum CodingKeys: String, CodingKey {
        case properties, withdrawn
        case isProtected = "protected"
    }
}

/// Why no host installs a version any more.
public struct Withdrawal: Codable, Hashable, Sendable {
    /// Bytes of a reason.
    public static let reasonLimit = 1024

    /// To the second.
    public let since: Date
    public let reason: String

    public init(since: Date, reason: String) { (self.since, self.reason) = (since, reason) }
}
