/// Something that was looked at in a host's set-up.
public struct HostFinding: Sendable {
    public enum Severity: String, Encodable, Sendable {
        case good
        /// It works, and may not do what is wanted.
        case warning
        /// It does not work.
        case problem
    }

    public let severity: Severity
    /// What it is about, in a word: `server`, `cache`…
    public let subject: String
    public let message: String
    /// What to do.
    public let mend: String?

    public init(_ severity: Severity, _ subject: String, _ message: String, mend: String? = nil) {
        (self.severity, self.subject, self.message, self.mend) = (severity, subject, message, mend)
    }
}

extension HostFinding {
    /// What is wrong with a path that does not begin with `/`, for a message that names it.
    public static let relativePath =
        "expected a path that begins with /, found one that leads elsewhere from each directory in which a sync is started"
}
