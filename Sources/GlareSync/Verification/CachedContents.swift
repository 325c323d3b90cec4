import GlareModel
import GlareSystem
import GlareTransfer
import SystemPackage

/// A file of a cache that sync placed, and what it should hold.
struct CachedContent {
    let directory: Directory
    let fileName: String
    /// In the cache.
    let path: String
    let version: VersionName
    let expected: ContentReference
    /// Digest of the manifest that its frames were verified against, if they were.
    let manifest: SHA256Digest?

    /// All of them: versions, and names that are files of their own.
    static func all(of view: CacheView) throws -> [CachedContent] {
        guard let archive = view.archive else { return [] }
        // What somebody made of a placed file is theirs.
        let versions = view.state.versions.filter { $0.value.isSetAside != true }.sorted { $0.key < $1.key }
            .compactMap { fileName, cached in
                VersionName(fileName: fileName).map {
                    CachedContent(
                        directory: archive, fileName: fileName, path: "\(RepositoryLayout.archive)/\(fileName)",
                        version: $0, expected: ContentReference(sha256: cached.sha256, size: cached.stamp.size),
                        manifest: cached.manifest)
                }
            }
        return versions + (try names(of: view, versions, in: archive))
    }

    /// A name is a second one of its version's file, as a rule. Where links are refused, it is a copy.
    private static func names(
        of view: CacheView, _ versions: [CachedContent], in archive: Directory
    ) throws -> [CachedContent] {
        // A sync that is at work notes what it shows after it did.
        guard !view.isBusy else { return [] }
        return try view.state.images.sorted { $0.key < $1.key }.compactMap { text, placed in
            guard let image = try? ImageName(text), let status = try view.root.status(of: text) else { return nil }
            let own = versions.filter { $0.version.image == image }
            // A sync that was killed, or is at work, may have moved the name before it noted that.
            let isLinked = try own.contains {
                try archive.status(of: $0.fileName)?.stamp.isSameFile(as: status.stamp) ?? false
            }
            guard !isLinked, let content = own.first(where: { $0.version.id == placed.id }) else { return nil }
            return CachedContent(
                directory: view.root, fileName: text, path: text, version: content.version,
                expected: content.expected, manifest: content.manifest)
        }
    }
}

extension FileReadings<SHA256Digest> {
    /// Reads what is there and was not read yet, each file on all cores.
    func read(_ contents: [CachedContent], _ manifests: ManifestStore?) throws {
        for content in contents where try isUnread(content.fileName, in: content.directory, as: content.path) {
            let proven = try content.manifest.flatMap { digest in
                try manifests?.read(content.expected.sha256) { SHA256Digest(of: $0) == digest }
            }
            try read(content.fileName, in: content.directory, as: content.path) { file, activity in
                try ContentCheck.digest(
                    of: file, expected: content.expected, manifest: proven, threads: FileThreads.count,
                    activity: activity)
            }
        }
    }
}
