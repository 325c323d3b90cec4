import GlareModel
import GlareSystem

extension Cache {
    /// The version that is meant, of those that are here.
    ///
    /// - Throws: `InvalidReference`.
    func version(_ reference: ImageReference) throws -> VersionName {
        let here = versions
        let image = try reference.image(among: Set(here.map(\.image)).sorted()) { $0 }
        let own = here.filter { $0.image == image }.map(\.id)
        // The record tells the order also of versions that were published within one second.
        let listed = try listed(image).filter(own.contains)
        let id = try reference.resolve(
            among: listed + own.filter { !listed.contains($0) }, current: state.images[image.text]?.id)
        return VersionName(image, id)
    }

    /// The versions that the catalogue in the cache lists, newest first.
    func listed(_ image: ImageName) throws -> [VersionID] {
        let row = try catalogue()?.images.first { $0.name == image }
        return try row.flatMap { try record(of: $0) }?.versions.map(\.id) ?? []
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
