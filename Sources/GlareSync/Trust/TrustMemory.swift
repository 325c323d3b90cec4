import FoundationEssentials
import GlareModel
import GlareSystem

/// `.glare/trust.json` of a cache: what was verified last, against which the next is held. A file of its own:
/// what else is remembered can be lost without harm.
struct TrustMemory: Codable, Equatable {
    static let format = 1
    static let fileName = "trust.json"

    var format = Self.format
    let repository: String
    /// The highest seen, with the digest of its catalogue.
    let serial: Int64
    let catalogue: SHA256Digest
    /// The key that signed it, where it is not a trusted one but was followed from one.
    var followed: Followed?

    struct Followed: Codable, Equatable {
        let key: String
        /// The trusted key from which the way led to it.
        let from: String
    }

    /// The key that was followed, as long as what it came from is trusted.
    func followedKey(from trusted: [PublicKey]) -> PublicKey? {
        guard let followed, trusted.contains(where: { "\($0)" == followed.from }) else { return nil }
        return PublicKey(line: followed.key)
    }

    /// - Throws: `SystemError`; and `InvalidDocument`: a damaged memory must not be taken for none.
    static func load(from root: Directory?) throws -> TrustMemory? {
        guard let root, try root.status(of: RepositoryLayout.privateDirectory) != nil else { return nil }
        let directory = try root.directory(RepositoryLayout.privateDirectory)
        guard let file = try directory.fileIfPresent(fileName) else { return nil }
        return try Document.decode(
            Self.self, format: Self.format, from: file.readAll(limit: 1 << 16), subject: file.path)
    }
}
