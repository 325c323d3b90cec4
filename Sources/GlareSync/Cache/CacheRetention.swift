import GlareModel
import GlareSystem
import GlareTransfer
import SystemPackage

/// What of a cache goes, and when.
extension WritableCache {
    /// Removes versions that were superseded more than `seconds` ago and that nobody has open. Of each
    /// image the version before the current one stays, so that a rollback costs nothing.
    ///
    /// - Returns: How many superseded versions are left, and what they take on disk, in bytes.
    func removeUnused(
        after seconds: Int64, report: (SyncEvent) -> Void
    ) throws -> (count: Int, size: Int64) {
        let now = FileTime.now.seconds
        let state = snapshot
        let superseded = state.versions.compactMap { fileName, cached in
            cached.superseded.map {
                (
                    fileName: fileName, since: $0, made: cached.stamp.modified,
                    image: VersionName(fileName: fileName)?.image.text
                )
            }
        }
        var seen = Set<String>()
        var removed: [String] = []
        for version in superseded.sorted(by: { ($0.since, $0.made) > ($1.since, $1.made) }) {
            if state.versions[version.fileName]?.isSetAside == true { continue }
            let isPrevious = version.image.map { state.images[$0] != nil && seen.insert($0).inserted } ?? false
            guard !isPrevious, now - version.since.seconds >= seconds else { continue }
            if try removeIfUnused(version.fileName, report: report) { removed.append(version.fileName) }
        }
        if !removed.isEmpty {
            try archive.sync()
            try update { state in for fileName in removed { state.versions[fileName] = nil } }
            try manifests.removeAll(except: Set(snapshot.versions.values.map(\.sha256)))
        }
        let left = try superseded.map(\.fileName).filter { !removed.contains($0) }.compactMap {
            try archive.status(of: $0)
        }
        return (left.count, left.reduce(0) { $0 + $1.allocated })
    }

    private func removeIfUnused(_ fileName: String, report: (SyncEvent) -> Void) throws -> Bool {
        let path = archive.path(of: fileName)
        let file: File
        do {
            guard let opened = try archive.fileIfPresent(fileName) else { return true }
            file = opened
        } catch let error as SystemError {
            report(.versionKept(path: path, reason: error.description))
            return false
        }
        return try file.withUse { use in
            switch use {
            case .unused:
                try archive.remove(fileName)
                report(.versionRemoved(path: path))
                return true
            case .inUse:
                report(.versionKept(path: path, reason: "somebody has it open"))
                return false
            case .unknown:
                report(.versionKept(path: path, reason: "the system does not tell whether somebody has it open"))
                return false
            }
        }
    }

    /// Removes partial downloads of images that are not offered any more, and those a week old.
    func removePartials(except offered: Set<ImageName>) throws {
        let names = Set(
            offered.flatMap { [Download.dataName($0.text), Download.originName($0.text), Self.deltaName($0)] })
        let weekAgo = FileTime.now.seconds - 7 * 86400
        for name in try partial.names() {
            guard let status = try partial.status(of: name), status.kind == .regular else { continue }
            if !names.contains(name) || status.modified.seconds < weekAgo { try partial.remove(name) }
        }
    }

    /// After a loss of the state: the versions whose content is the one in their name, as if superseded
    /// now. What a name stands for is found again by its content.
    static func versionsFound(in archive: Directory) throws -> [String: CacheState.CachedVersion] {
        var versions: [String: CacheState.CachedVersion] = [:]
        for fileName in try archive.names() {
            guard let name = VersionName(fileName: fileName), let file = try? archive.file(fileName) else { continue }
            let status = try file.status()
            guard status.kind == .regular else { continue }
            let digests = try PlainContent.read(file, length: status.size, withMD5: true).digests
            guard name.id.names(digests) else { continue }
            versions[fileName] = CacheState.CachedVersion(
                sha256: digests.sha256, stamp: status.stamp, superseded: .now)
        }
        return versions
    }
}
