/// The names in a repository and in a cache, in one place.
public enum RepositoryLayout {
    public static let imageList = "images.txt"
    public static let catalogue = "images.json"
    public static let catalogueSignature = signature(of: catalogue)
    public static let catalogueDirectory = "catalogue"
    public static let index = "index.html"
    public static let checksums = "SHA256SUMS"
    public static let archive = "archive"
    public static let transfer = "transfer"
    public static let keys = "keys"
    /// State, lock and temporary files. Never served.
    public static let privateDirectory = ".glare"

    /// What an image can't be called, because it stands for something else. Names that begin with a dot
    /// are excluded by the grammar.
    static let reservedNames: Set<String> = [
        imageList, catalogue, catalogueDirectory, index, checksums, archive, transfer, keys,
    ]

    /// Of a file beside it.
    public static func signature(of name: String) -> String { name + ".minisig" }

    /// In ``keys``: the repository's key of that number, counted from 1. Its ``signature(of:)`` is the key
    /// before's.
    public static func keyName(_ number: Int) -> String { "\(number).pub" }
    /// In ``keys``: the signature of a key by itself.
    public static func ownSignature(of keyName: String) -> String { keyName + ".own.minisig" }

    /// The number of a key, from its name in ``keys``.
    public static func keyNumber(_ name: String) -> Int? {
        guard name.hasSuffix(".pub"), let number = Int(name.dropLast(".pub".count)), keyName(number) == name else {
            return nil
        }
        return number >= 1 ? number : nil
    }

    public static func changelog(of image: ImageName) -> String { "\(image).md" }

    /// Relative to the repository.
    public static func path(of version: VersionName) -> String { "\(archive)/\(version.fileName)" }

    /// The name, in ``catalogueDirectory``, of a document with this digest.
    public static func documentName(_ digest: SHA256Digest) -> String { "\(digest).json" }

    /// Encodes a path for a URL: every byte but letters, digits, `.`, `_`, `-` and the slashes. So no
    /// server or proxy on the way can understand `+` or `~` in its own manner.
    public static func percentEncoded(_ path: String) -> String {
        var encoded = ""
        for byte in path.utf8 {
            if byte.isASCIIAlphanumeric || "._-/".utf8.contains(byte) {
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                encoded += "%" + (digits.count == 1 ? "0" + digits : digits)
            }
        }
        return encoded
    }
}
