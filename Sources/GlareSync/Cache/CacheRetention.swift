import GlareModel
import GlareSystem
import GlareTransfer
import SystemPackage

/// What an unfinished sync, or a lost state, left in a cache.
extension WritableCache {
    /// Removes partial downloads of images that are not offered any more, and those a week old.
    func removePartials(except offered: Set<ImageName>) throws {
        let present = Set(try partial.names())
        let names = Set(
            offered.flatMap { image in
                let data = Download.dataName(image.text)
                // A file that got its name in the archive, and no more, left behind where it came from.
                let download = present.contains(data) ? [data, Download.originName(image.text)] : []
                return download + [Self.deltaName(image)]
            })
        let weekAgo = FileTime.now.seconds - 7 * 86400
        for name in present {
            guard let status = try partial.status(of: name), status.kind == .regular else { continue }
            if !names.contains(name) || status.modified.seconds < weekAgo { try partial.remove(name) }
        }
    }

    /// After a loss of the state: the versions whose content is the one in their name, as if superseded
    /// now. What a name stands for is found again by its content.
    static func versionsFound(in archive: Directory) throws -> [String: CacheState.CachedVersion] {
        // One time for all: then which of them is newer, their own times tell.
        let now = FileTime.now
        var versions: [String: CacheState.CachedVersion] = [:]
        for fileName in try archive.names() {
            guard let name = VersionName(fileName: fileName), let file = try? archive.file(fileName) else { continue }
            let status = try file.status()
            guard status.kind == .regular else { continue }
            let digests = try PlainContent.read(file, length: status.size, withMD5: true).digests
            guard name.id.names(digests) else { continue }
            versions[fileName] = CacheState.CachedVersion(
                sha256: digests.sha256, stamp: status.stamp, superseded: now, isFound: true)
        }
        return versions
    }
}
