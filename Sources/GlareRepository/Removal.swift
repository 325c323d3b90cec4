public import GlareModel

public struct RemovalResult: Sendable {
    public let image: ImageName
    /// Whether the name went too.
    public let isWholeImage: Bool
    public let versions: [RetiredVersion]
    /// Bytes that are free now, on disk.
    public let freed: Int64
}

extension Repository {
    /// Takes a version, or with the name alone an image, out of the catalogue, also one that the disk has lost. The
    /// files go when no catalogue has named them for ``Options/grace`` seconds.
    ///
    /// - Parameter dryRun: Only tell.
    /// - Throws: `InvalidReference`, ``RepositoryError``, `SystemError`.
    public func remove(_ reference: ImageReference, dryRun: Bool) throws -> RemovalResult {
        let (known, state) = try survey()
        if dryRun {
            return try RemovalResult(Removal(of: reference, lookup(in: known, state), known.versions), freed: 0)
        }
        let (removal, change) = try completed(known: known) { change in
            let removal = try Removal(of: reference, change.lookup(), change.state.files)
            for version in removal.versions { change.retire(RepositoryLayout.path(of: version.name)) }
            if removal.isWholeImage { try change.remove(removal.image) } else { try change.refresh() }
            return removal
        }
        return RemovalResult(removal, freed: change.freed.values.reduce(0, +))
    }
}

/// What goes by a removal, as far as it may.
private struct Removal {
    let image: ImageName
    let isWholeImage: Bool
    let versions: [RetiredVersion]

    /// - Parameter files: What is in the archive, by file name.
    init(of reference: ImageReference, _ lookup: Lookup, _ files: [String: RepositoryState.KnownFile]) throws {
        let (record, id) = try lookup.listedVersion(reference)
        image = record.name
        isWholeImage = reference.selector == .current || record.versions.count == 1
        let meant = isWholeImage ? record.versions : record.versions.filter { $0.id == id }
        guard isWholeImage || id != record.current else {
            throw RepositoryError.isCurrent(VersionName(record.name, id))
        }
        let protected = meant.filter { $0.isProtected == true }.map { VersionName(record.name, $0.id) }
        guard protected.isEmpty else { throw RepositoryError.protected(protected) }
        versions = meant.map { version in
            let name = VersionName(record.name, version.id)
            return RetiredVersion(
                name: name, dataSize: files[name.fileName]?.dataSize ?? 0, modified: version.modified)
        }
    }
}

extension RemovalResult {
    fileprivate init(_ removal: Removal, freed: Int64) {
        self.init(image: removal.image, isWholeImage: removal.isWholeImage, versions: removal.versions, freed: freed)
    }
}
