import GlareModel
import GlareSystem

extension Cache {
    /// The version that is meant, of those that are here.
    ///
    /// - Throws: `InvalidReference`.
    func version(_ reference: ImageReference) throws -> VersionName {
        let versions = self.versions
        let images = Set(versions.map(\.image)).sorted()
        let image = try reference.image(among: images) { $0 }
        return VersionName(
            image,
            try reference.resolve(
                among: versions.filter { $0.image == image }.map(\.id), current: state.images[image.text]?.id))
    }

    /// All that sync placed, those of each image newest first.
    var versions: [VersionName] {
        let found = state.versions.filter { $0.value.isSetAside != true }.compactMap { fileName, cached in
            VersionName(fileName: fileName).map { (name: $0, made: cached.stamp.modified) }
        }
        return found.sorted { ($1.made, $1.name.fileName) < ($0.made, $0.name.fileName) }.map(\.name)
    }

    /// The cache's directory, where it is one that is there.
    ///
    /// - Throws: ``SyncError/noCache(path:)``.
    func requireRoot() throws -> Directory {
        guard let root else { throw SyncError.noCache(path: path) }
        return root
    }
}
