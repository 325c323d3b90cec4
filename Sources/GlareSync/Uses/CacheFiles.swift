import GlareModel
import GlareSystem

/// Which paths lead to the files that sync placed in a cache.
struct CacheFiles {
    private let root: FileStamp
    private let archive: FileStamp?
    /// Names that sync gave.
    private let images: Set<String>
    private let versions: Set<String>
    /// Names of the archive's files, by inode: whoever finds one by another name finds it.
    private let files: [UInt64: String]

    enum Place {
        /// An image's name.
        case name(String)
        /// A version's, in the archive.
        case version(String)
    }

    /// - Throws: `SystemError`.
    init(of cache: Directory, archive: Directory?, _ state: CacheState) throws {
        root = try cache.status().stamp
        self.archive = try archive?.status().stamp
        images = Set(state.images.keys)
        versions = Set(state.versions.keys)
        var files: [UInt64: String] = [:]
        for name in try archive?.names() ?? [] {
            guard state.versions[name] != nil || VersionName(fileName: name) != nil else { continue }
            if let stamp = try archive?.status(of: name)?.stamp { files[stamp.inode] = name }
        }
        self.files = files
    }

    /// Whether a name in a directory is the cache's own: images have no backing files, sync does not install such.
    func isOwn(_ directory: FileStamp, _ name: String) -> Bool {
        if name == WritableCache.downloadName(for: root) { return true }
        if directory.isSameFile(as: root) { return Self.own.contains(name) || images.contains(name) }
        if let archive, directory.isSameFile(as: archive) { return versions.contains(name) }
        return false
    }

    private static let own: Set<String> = [RepositoryLayout.privateDirectory, RepositoryLayout.catalogueDirectory]

    /// Nil for a path that leads to none of them: also for another file that somebody put beside them.
    func place(of path: String) -> Place? {
        let (directory, name) = splitPath(path)
        // A file that is gone is still named by its place.
        let place = (try? canonicalPath(path)) ?? (try? canonicalPath(directory)).map { $0 + "/" + name } ?? path
        let (parent, last) = splitPath(place)
        if let stamp = try? FileStatus(ofFileAt: parent).stamp {
            if stamp.isSameFile(as: root), images.contains(last) { return .name(last) }
            if let archive, stamp.isSameFile(as: archive), versions.contains(last) || VersionName(fileName: last) != nil
            {
                return .version(last)
            }
        }
        guard let stamp = try? FileStatus(ofFileAt: place).stamp, stamp.device == root.device else { return nil }
        return files[stamp.inode].map(Place.version)
    }
}
