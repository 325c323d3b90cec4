import FoundationEssentials
import GlareModel
import GlareSystem

/// `.glare/state.json`: what the publisher remembers between commands. All but the repository's id,
/// the serial and what was said of versions can be found again by reading the archive, and those stand in the last
/// catalogue.
struct RepositoryState: Codable, Equatable {
    static let format = 1
    static let fileName = "state.json"
    /// 64 MiB, some 200,000 versions.
    private static let sizeLimit = 64 << 20

    var format = Self.format
    var repository: String
    var serial: Int64 = 0
    /// By name in `archive/`.
    var files: [String: KnownFile] = [:]
    /// By name in `transfer/`.
    var transfers: [String: TransferFile] = [:]
    /// Deltas that would be of no use, not to be tried again: the bases, by the digest of the target.
    var uselessDeltas: [String: Set<SHA256Digest>] = [:]
    /// Path in the repository, and since when no catalogue names it.
    var retired: [String: Date] = [:]
    /// Changelog entries, by image, of publishes that are under way.
    var pending: [String: Changelog.Entry]?
    /// Images whose name goes, for the case that the command which takes it away is cut off.
    var leaving: [String: Departure]?
    /// What was said of versions, by name in `archive/`.
    private var marks: [String: VersionMarks]?
    /// Path in the repository, and the digests that tell a listing of ours from somebody else's.
    var generated: [String: [SHA256Digest]] = [:]

    /// What was found in a version's file, trusted while the stamp is the file's.
    struct KnownFile: Codable, Equatable {
        let stamp: FileStamp
        let digests: ContentDigests
        let diskFormat: String
        let virtualSize: Int64
        /// True for one that was published although hosts should not open it; else nil.
        var isUnsafe: Bool?
        let dataSize: Int64
    }

    struct Departure: Codable, Equatable {
        /// After a rename: the name that must be there first.
        var successor: ImageName?
    }

    init(repository: String, serial: Int64) { (self.repository, self.serial) = (repository, serial) }

    func marks(of version: VersionName) -> VersionMarks { marks?[version.fileName] ?? VersionMarks() }

    mutating func setMarks(_ new: VersionMarks, of version: VersionName) {
        marks = (marks ?? [:]).merging([version.fileName: new]) { $1 }.filter { $0.value != VersionMarks() }
    }

    /// Of versions that are not in the archive any more.
    ///
    /// - Parameter lost: That may come back.
    mutating func forgetMarks(except lost: Set<VersionName>) {
        let names = Set(lost.map(\.fileName))
        marks = marks?.filter { files[$0.key] != nil || names.contains($0.key) }
    }

    /// The state as it was saved, or a new one with what the last catalogue tells. One that a newer Glare wrote is
    /// not damaged: whoever writes would lose what it says.
    static func load(from repository: Repository, last: Catalogue?) throws -> RepositoryState {
        if let file = try repository.privateDirectory.fileIfPresent(fileName) {
            do {
                return try read(file, of: repository.root)
            } catch let error as InvalidDocument where !error.isNewer {
                repository.report(.stateRebuilt(path: file.path, reason: error.reason))
            }
        }
        let id = last?.repository ?? VersionID.random().text
        var state = RepositoryState(repository: id, serial: last?.serial ?? 0)
        // Also of versions that no record lists any more, while their files wait for their removal.
        for version in last?.withdrawn ?? [] {
            state.setMarks(VersionMarks(withdrawn: version.withdrawal), of: VersionName(version.name, version.id))
        }
        for record in try last.map(repository.records) ?? [] {
            for version in record.versions {
                state.setMarks(version.marks, of: VersionName(record.name, version.id))
            }
        }
        return state
    }

    /// - Throws: `InvalidDocument` where it can't be used; ``RepositoryError/isACache(path:)``, `SystemError`.
    static func read(_ file: File, of root: Directory) throws -> RepositoryState {
        let bytes = try file.readAll(limit: sizeLimit)
        do {
            return try Document.decode(Self.self, format: Self.format, from: bytes, subject: file.path)
        } catch let error as InvalidDocument {
            guard (try? Document.decode(CacheMark.self, from: bytes, subject: "")) == nil else {
                throw RepositoryError.isACache(path: root.path)
            }
            throw error
        }
    }

    func save(to repository: Repository) throws {
        try repository.privateDirectory.publish(
            Document.encode(self), as: Self.fileName, attributes: repository.attributes(mode: 0o660),
            scratch: repository.scratch)
    }
}

/// What the state of a cache has and that of a repository has not.
private struct CacheMark: Decodable {
    let images: [String: AnyContent]

    struct AnyContent: Decodable {}
}
