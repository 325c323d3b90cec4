/// Why an image is none that a host should open, though it is a disk image: it would make the host open another
/// file, it is torn, or it is not what it is called.
public struct Hazard: Error, Equatable, Sendable, CustomStringConvertible {
    public let path: String
    /// What was found, and what to do.
    public let reason: String

    public init(path: String, reason: String) { (self.path, self.reason) = (path, reason) }

    public var description: String { "\(path): \(reason)" }
}

/// The same without the file, as a format's check has it.
struct HazardFound: Error {
    let reason: String

    init(_ found: String, _ advice: String) { reason = "\(found); \(advice)" }
}
