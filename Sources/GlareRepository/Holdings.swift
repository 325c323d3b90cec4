import FoundationEssentials
import GlareModel
import GlareSystem

/// An image as the repository holds it: what is retained, newest first, and which of it is current.
struct HeldImage {
    let name: ImageName
    let current: VersionID
    let versions: [HeldVersion]

    var currentVersion: HeldVersion? { versions.first { $0.name.id == current } }

    /// - Parameter offer: How its versions can be fetched; deltas lead to the current one alone.
    func record(_ offer: TransferOffer) -> ImageRecord {
        ImageRecord(
            name: name, current: current,
            versions: versions.map { version in
                let transfer = offer.transfer(
                    of: version.name, version.file.digests.sha256, withDeltas: version.name.id == current)
                return version.recordEntry(transfer)
            })
    }
}

struct HeldVersion {
    let name: VersionName
    let file: RepositoryState.KnownFile
    let marks: VersionMarks

    var modified: FileTime { file.stamp.modified }

    fileprivate func recordEntry(_ transfer: ImageRecord.Version.Transfer?) -> ImageRecord.Version {
        ImageRecord.Version(
            id: name.id, sha256: file.digests.sha256, size: file.stamp.size, diskFormat: file.diskFormat,
            virtualSize: file.virtualSize, dataSize: file.dataSize,
            modified: Date(timeIntervalSince1970: TimeInterval(modified.seconds)), transfer: transfer,
            isUnsafe: file.isUnsafe, marks: marks)
    }
}

/// What of the archive may be listed, and why the rest may not.
struct Holdings {
    private(set) var images: [HeldImage] = []
    private(set) var notListed: [NotListed] = []
    /// Versions that nobody has removed, and whose file is torn, or missing though a symlink leads there. What hosts
    /// fetch of them may be the only whole copy.
    private(set) var lost: Set<VersionName> = []

    struct NotListed {
        let path: String
        let reason: String
        /// Set where this takes an image from the hosts that had it.
        var image: ImageName?
    }

    /// - Parameters:
    ///   - files: What is in the archive, by file name.
    ///   - links: The symlinks beside it, name to destination.
    ///   - state: What waits for its removal, and what was said of versions.
    init(files: [String: RepositoryState.KnownFile], links: [String: String], state: RepositoryState) {
        let versions = whole(files, state)
        for (link, destination) in links.sorted(by: { $0.key < $1.key }) {
            guard let name = try? ImageName(link), let version = VersionName(linkDestination: destination),
                version.image == name
            else {
                let reason =
                    "it is a symlink to \(destination.quotedForDisplay), and not to a version of an image of that name"
                notListed.append(NotListed(path: link, reason: reason))
                continue
            }
            let held = versions[name, default: []]
            guard held.contains(where: { $0.name == version }) else {
                lost.insert(version)
                notListed.append(
                    NotListed(path: link, reason: "its version \(version.id) is missing or torn", image: name))
                continue
            }
            images.append(HeldImage(name: name, current: version.id, versions: held))
        }
    }

    func image(_ name: ImageName) -> HeldImage? { images.first { $0.name == name } }

    /// The image that somebody means.
    ///
    /// - Throws: `InvalidReference`, where there is none; ``RepositoryError/notListed(_:reason:)``.
    func image(_ reference: ImageReference) throws -> HeldImage {
        if let lost = notListed.first(where: { $0.image == reference.image }) {
            throw RepositoryError.notListed(reference.image, reason: lost.reason)
        }
        return try reference.image(among: images) { $0.name }
    }

    /// The version that somebody means.
    ///
    /// - Throws: `InvalidReference`, where there is none; ``RepositoryError/notListed(_:reason:)``.
    func version(_ reference: ImageReference) throws -> (image: HeldImage, version: HeldVersion) {
        let image = try image(reference)
        let id = try reference.resolve(among: image.versions.map(\.name.id), current: image.current)
        guard let version = image.versions.first(where: { $0.name.id == id }) else {
            throw InvalidReference.noSuchVersion(reference.description)
        }
        return (image, version)
    }

    /// What the other images' names stand for.
    func currentVersions(except name: ImageName) -> [HeldVersion] {
        images.filter { $0.name != name }.compactMap(\.currentVersion)
    }

    /// The versions whose content is the one that their name says, newest first.
    private mutating func whole(
        _ files: [String: RepositoryState.KnownFile], _ state: RepositoryState
    ) -> [ImageName: [HeldVersion]] {
        var versions: [ImageName: [HeldVersion]] = [:]
        for (fileName, file) in files.sorted(by: { $0.key < $1.key }) {
            guard let name = VersionName(fileName: fileName), state.retired[RepositoryLayout.path(of: name)] == nil
            else {
                continue
            }
            guard name.id.names(file.digests), file.stamp.size > 0 else {
                let reason =
                    "its content is not the one in its name, it is torn or was changed (SHA-256 \(file.digests.sha256))"
                notListed.append(NotListed(path: RepositoryLayout.path(of: name), reason: reason))
                lost.insert(name)
                continue
            }
            versions[name.image, default: []].append(
                HeldVersion(name: name, file: file, marks: state.marks(of: name)))
        }
        return versions.mapValues { $0.sorted { ($1.modified, $0.name.id.text) < ($0.modified, $1.name.id.text) } }
    }
}
