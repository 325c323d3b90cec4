import GlareModel
import GlareSystem
import GlareTransfer

/// What stands under an image's name in the cache.
enum LocalImage: Sendable {
    case absent
    /// Placed by sync, and not touched since it was verified.
    case verified(VersionID)
    /// A content that the repository knows, whoever put it there.
    case known(VersionID, ContentDigests, FileStamp)
    /// Placed by sync, and changed since into something that nobody knows.
    case changed(was: VersionID, ContentDigests, FileStamp)
    /// Not placed by sync, and not known.
    case foreign(reason: String)

    var version: VersionID? {
        switch self {
        case .verified(let id), .known(let id, _, _): id
        case .absent, .changed, .foreign: nil
        }
    }

    /// Looks at the file; its content is read only where neither stamp nor size settles the question.
    static func inspect(
        _ name: ImageName, in root: Directory?, state: CacheState, known: KnownContents,
        activities: Activities
    ) throws -> LocalImage {
        guard let root, let status = try root.status(of: name.text) else { return .absent }
        guard status.kind == .regular else {
            return .foreign(
                reason: status.kind == .directory
                    ? "it is a directory, and no sync replaces it; move it away"
                    : "it is not a regular file; --adopt replaces it")
        }
        let placed = state.images[name.text]
        if let placed, placed.stamp == status.stamp { return .verified(placed.id) }
        let wasPlaced = placed.map { $0.stamp.isSameFile(as: status.stamp) } ?? false
        if !wasPlaced && !known.mayHave(size: status.size) {
            return .foreign(
                reason:
                    "sync did not place it, and its size (\(status.size) bytes) is that of no known version; --adopt replaces it"
            )
        }
        let file = try root.file(name.text)
        let stamp = try file.status().stamp
        let digests = try activities.during(.verifying, name.text, total: stamp.size) { activity in
            try PlainContent.read(file, length: stamp.size, withMD5: true, activity: activity).digests
        }
        // A VM may have been started on it meanwhile: then what was read is nobody's content.
        guard try file.status().stamp == stamp else { throw SyncError.changedWhileRead(path: file.path) }
        if let id = known.id(of: digests) { return .known(id, digests, stamp) }
        if wasPlaced, let placed { return .changed(was: placed.id, digests, stamp) }
        return .foreign(reason: "sync did not place it, and its content is no known version's; --adopt replaces it")
    }
}

/// The contents that an image is known to have had.
struct KnownContents: Sendable {
    private var ids: [SHA256Digest: VersionID] = [:]
    /// Nil where a content is known by an id alone, whose file may be of any size.
    private var sizes: Set<Int64>? = []
    private var bareIDs: [VersionID] = []

    /// What the repository's record lists, and what the cache has.
    init(_ image: ImageName, record: ImageRecord, state: CacheState) {
        for version in record.versions {
            ids[version.sha256] = version.id
            sizes?.insert(version.size)
        }
        addVersions(of: image, in: state)
    }

    /// What a changelog names, and what the cache has.
    init(_ image: ImageName, changelog: Changelog?, state: CacheState) {
        bareIDs = changelog?.ids ?? []
        if !bareIDs.isEmpty { sizes = nil }
        addVersions(of: image, in: state)
    }

    private mutating func addVersions(of image: ImageName, in state: CacheState) {
        for (fileName, cached) in state.versions {
            guard let version = VersionName(fileName: fileName), version.image == image, ids[cached.sha256] == nil
            else { continue }
            ids[cached.sha256] = version.id
            sizes?.insert(cached.stamp.size)
        }
    }

    func mayHave(size: Int64) -> Bool { sizes?.contains(size) ?? true }

    func id(of digests: ContentDigests) -> VersionID? {
        ids[digests.sha256] ?? bareIDs.first { $0.names(digests) }
    }
}
