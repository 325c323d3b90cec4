/// What a version is called in file names: 32 hexadecimal digits.
///
/// Ours are the first 32 digits of the content's SHA-256, the original's the MD5. Only the digest
/// itself says what a version is; the id names it.
public struct VersionID: Hashable, Sendable, CustomStringConvertible {
    public static let length = 32
    public let text: String

    /// Nil unless `text` is 32 lowercase hexadecimal digits.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == Self.length, text.utf8.allSatisfy(\.isLowercaseHexDigit) else { return nil }
        self.text = String(text)
    }

    /// The id that our publishers give a content.
    public init(_ digest: SHA256Digest) { text = String(digest.hex.prefix(Self.length)) }

    /// The id that the original gave a content.
    public init(_ digest: MD5Digest) { text = digest.hex }

    public var description: String { text }

    /// Whether a content with these digests may carry this id.
    public func names(_ digests: ContentDigests) -> Bool {
        self == VersionID(digests.sha256) || digests.md5.map { self == VersionID($0) } ?? false
    }
}

extension VersionID: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let id = VersionID(text) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "\(text.quotedForDisplay) is not a version's id (32 hexadecimal digits)")
        }
        self = id
    }

    public func encode(to encoder: any Encoder) throws { try text.encode(to: encoder) }
}

/// A version of an image, as its file in `archive/` is named: `NAME-ID`.
public struct VersionName: Hashable, Sendable, CustomStringConvertible {
    public let image: ImageName
    public let id: VersionID

    public init(_ image: ImageName, _ id: VersionID) {
        self.image = image
        self.id = id
    }

    /// Nil where the file's name is not of this form. The id is always the last 32 digits, so an
    /// image's own name may look like a version's.
    public init?(fileName: some StringProtocol) {
        guard let id = VersionID(fileName.suffix(VersionID.length)),
            fileName.dropLast(VersionID.length).last == "-",
            let image = try? ImageName(String(fileName.dropLast(VersionID.length + 1)))
        else { return nil }
        self.init(image, id)
    }

    /// The version that a symlink at the top of a repository means. Its destination's last component
    /// alone is looked at: the original's links are absolute, and wrong once a repository is moved or
    /// mounted elsewhere; and no link can lead out of `archive/` this way.
    public init?(linkDestination: String) {
        guard let last = linkDestination.split(separator: "/", omittingEmptySubsequences: false).last else {
            return nil
        }
        self.init(fileName: last)
    }

    public var fileName: String { "\(image)-\(id)" }
    /// As people name it, with as many digits as they need as a rule: `NAME@ID`.
    public var reference: String { "\(image)@\(id.text.prefix(12))" }
    public var description: String { fileName }
}

extension VersionID {
    /// 128 random bits, for what needs a name that nobody else has.
    public static func random() -> VersionID {
        VersionID(MD5Digest(bytes: (0..<16).map { _ in UInt8.random(in: .min ... .max) }))
    }
}
