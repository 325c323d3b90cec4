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
    /// Takes a version, or with the name alone an image, out of the catalogue. The files go when no catalogue has
    /// named them for ``Options/grace`` seconds.
    ///
    /// - Parameter dryRun: Only tell.
    /// - Throws: `InvalidReference`, ``RepositoryError``, `SystemError`.
    public func remove(_ reference: ImageReference, dryRun: Bool) throws -> RemovalResult {
        let (known, state) = try survey()
        if dryRun {
            let holdings = Holdings(files: known.versions, links: try links(), state: state)
            return try RemovalResult(Removal(of: reference, in: holdings), freed: 0)
        }
        let (removal, change) = try completed(known: known) { change in
            let removal = try Removal(of: reference, in: change.holdings)
            if removal.isWholeImage {
                try change.remove(removal.image)
            } else {
                for version in removal.versions { change.retire(RepositoryLayout.path(of: version.name)) }
                try change.refresh()
            }
            return removal
        }
        return RemovalResult(removal, freed: change.freed.values.reduce(0, +))
    }
}

/// What goes by a removal, as far as it may.
private struct Removal {
    let image: ImageName
    let isWholeImage: Bool
    let versions: [HeldVersion]

    init(of reference: ImageReference, in holdings: Holdings) throws {
        let (image, version) = try holdings.version(reference)
        self.image = image.name
        isWholeImage = reference.selector == .current || image.versions.count == 1
        versions = isWholeImage ? image.versions : [version]
        guard isWholeImage || version.name.id != image.current else { throw RepositoryError.isCurrent(version.name) }
        let protected = versions.filter { $0.marks.isProtected == true }
        guard protected.isEmpty else { throw RepositoryError.protected(protected.map(\.name)) }
    }
}

extension RemovalResult {
    fileprivate init(_ removal: Removal, freed: Int64) {
        self.init(
            image: removal.image, isWholeImage: removal.isWholeImage,
            versions: removal.versions.map(RetiredVersion.init),
            freed: freed)
    }
}
