import GlareModel
import GlareSystem
import GlareTransfer

extension Directory {
    /// Requires that nothing in this cache is of a format that only a newer Glare knows; before anything is made or
    /// written in it.
    ///
    /// - Throws: `InvalidDocument`.
    func requireKnownCache() throws {
        // What can't be opened is no directory of ours, and told where it is needed.
        let own = try? directoryIfPresent(RepositoryLayout.privateDirectory)
        let manifests = try? own?.directoryIfPresent(ManifestStore.name)
        try KnownFormats.requireTransfers(in: manifests, where: { _ in true }, isWhole: { _ in true })
        try KnownFormats.require(CacheState.fileName, in: own, format: CacheState.format)
        try KnownFormats.require(TrustMemory.fileName, in: own, format: TrustMemory.format)
        try KnownFormats.require(PinList.fileName, in: own, format: PinList.format)
        let uses = try? own?.directoryIfPresent(UseRecords.name)
        for name in (try? uses?.names()) ?? [] where VersionID(name) != nil {
            try KnownFormats.require(name, in: uses, format: UseRecords.format)
        }
        try KnownFormats.require(RepositoryLayout.catalogue, in: self, format: Catalogue.format)
        let bytes = try? fileIfPresent(RepositoryLayout.catalogue)?.readAll(limit: Catalogue.sizeLimit)
        try KnownFormats.requireRecords(
            of: bytes.flatMap { try? Catalogue(json: $0, subject: "") },
            in: try? directoryIfPresent(RepositoryLayout.catalogueDirectory))
    }
}
