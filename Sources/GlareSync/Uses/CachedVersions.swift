import GlareModel
import GlareSystem

extension Cache {
    /// The version that is meant, of those that are here.
    ///
    /// - Parameter alsoListed: Or of those that the catalogue in the cache lists.
    /// - Throws: `InvalidReference`.
    func version(_ reference: ImageReference, alsoListed: Bool = false) throws -> VersionName {
        let here = versions
        let rows = alsoListed ? try catalogue()?.rows ?? [] : []
        let image = try reference.image(among: Set(here.map(\.image) + rows.map(\.name)).sorted()) { $0 }
        let own = here.filter { $0.image == image }.map(\.id)
        // The record tells the order also of versions that were published within one second; those that are here
        // alone come after them.
        let listed = try listed(image).filter { alsoListed || own.contains($0) }
        let id = try reference.resolve(
            among: listed + own.filter { !listed.contains($0) },
            current: state.images[image.text]?.id ?? (alsoListed ? listed.first : nil))
        return VersionName(image, id)
    }

    /// The versions that the catalogue in the cache lists, newest first; of an image whose record is not here, the
    /// current one alone.
    func listed(_ image: ImageName) throws -> [VersionID] {
        let row = try catalogue()?.rows.first { $0.name == image }
        return try row.flatMap { try record(of: $0) }?.versions.map(\.id) ?? row.map { [$0.current] } ?? []
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
