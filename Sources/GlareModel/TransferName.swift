/// A file in `transfer/`: `NAME-ID.DIGEST.KIND`. DIGEST is the beginning of the file's own SHA-256, because
/// another level or library makes other bytes of the same image.
public struct TransferName: Hashable, Sendable {
    public enum Kind: String, Sendable {
        case frames = "zst"
        case manifest
        case delta
    }

    public static let digestLength = 16

    public let version: VersionName
    public let digest: String
    public let kind: Kind

    public init(_ version: VersionName, _ kind: Kind, _ content: ContentReference) {
        self.version = version
        self.kind = kind
        digest = String(content.sha256.hex.prefix(Self.digestLength))
    }

    /// Nil where the file's name is not of this form.
    public init?(fileName: String) {
        // From the end: an image's name may have dots.
        let parts = fileName.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count >= 3, let kind = Kind(rawValue: String(parts[parts.count - 1])),
            parts[parts.count - 2].utf8.count == Self.digestLength,
            parts[parts.count - 2].utf8.allSatisfy(\.isLowercaseHexDigit),
            let version = VersionName(fileName: parts.dropLast(2).joined(separator: "."))
        else { return nil }
        self.version = version
        self.kind = kind
        digest = String(parts[parts.count - 2])
    }

    public var fileName: String { "\(version.fileName).\(digest).\(kind.rawValue)" }
    /// Relative to the repository.
    public var path: String { "\(RepositoryLayout.transfer)/\(fileName)" }
}
