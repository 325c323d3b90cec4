public import FoundationEssentials

/// What the publisher says of a catalogue, in the trusted comment of its signature: enough for a host to see,
/// from the signature alone, whether anything changed, and to refuse what is old.
///
/// Words with one space between them, in this order:
/// `glare-catalogue-1 repository=ID serial=N key=N created=TIME expires=TIME size=BYTES sha256=DIGEST`, with
/// times as `2026-01-02T03:04:05Z`, and `never` for a statement that does not expire.
public struct CatalogueStatement: Hashable, Sendable {
    private static let format = "glare-catalogue-1"

    public let repository: String
    public let serial: Int64
    /// Which of the repository's keys signs, counted from 1: a hint for hosts that know an older one.
    public let keyNumber: Int
    public let created: Date
    /// Nil for never.
    public let expires: Date?
    /// Of the catalogue.
    public let reference: Catalogue.Reference

    public init(
        of catalogue: Catalogue, bytes: [UInt8], keyNumber: Int, created: Date, lifetime: TimeInterval?
    ) {
        repository = catalogue.repository
        serial = catalogue.serial
        self.keyNumber = keyNumber
        let created = Date(timeIntervalSince1970: created.timeIntervalSince1970.rounded(.down))
        self.created = created
        expires = lifetime.map { created.addingTimeInterval($0) }
        reference = Catalogue.Reference(to: bytes)
    }

    public var comment: String {
        [
            Self.format, "repository=\(repository)", "serial=\(serial)", "key=\(keyNumber)",
            "created=\(created.formatted(.iso8601))", "expires=\(expires?.formatted(.iso8601) ?? "never")",
            "size=\(reference.size)", "sha256=\(reference.sha256)",
        ].joined(separator: " ")
    }

    /// Nil unless the comment says all that, in that order, and nothing else.
    public init?(comment: String) {
        var words = comment.split(separator: " ", omittingEmptySubsequences: false)[...]
        guard words.popFirst() == Self.format[...], words.count == 7 else { return nil }
        func value(_ key: String) -> Substring? {
            guard let word = words.popFirst(), word.hasPrefix(key + "=") else { return nil }
            return word.dropFirst(key.count + 1)
        }
        guard let repository = value("repository"), VersionID(String(repository)) != nil,
            let serial = value("serial").flatMap({ Self.number($0) }),
            let keyNumber = value("key").flatMap({ Self.number($0) }), (1...Int64(Int32.max)).contains(keyNumber),
            let created = value("created").flatMap({ Self.time($0) }), let end = value("expires"),
            let size = value("size").flatMap({ Self.number($0) }), (1...Int64(Catalogue.sizeLimit)).contains(size),
            let digest = value("sha256").flatMap({ SHA256Digest(hex: $0) })
        else { return nil }
        let expires = end == "never" ? nil : Self.time(end)
        guard end == "never" || expires != nil else { return nil }
        (self.repository, self.serial, self.keyNumber) = (String(repository), serial, Int(keyNumber))
        (self.created, self.expires) = (created, expires)
        reference = Catalogue.Reference(sha256: digest, size: size)
    }

    /// Digits alone.
    private static func number(_ text: Substring) -> Int64? {
        text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int64(text) : nil
    }

    private static func time(_ text: Substring) -> Date? {
        guard let date = try? Date(String(text), strategy: .iso8601), date.formatted(.iso8601) == text else {
            return nil
        }
        return date
    }
}
