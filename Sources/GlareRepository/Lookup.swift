import GlareModel

/// What somebody means by a reference: its place is the one among all that are listed, as `glare list` shows them,
/// also where the disk has lost one of them.
struct Lookup {
    let holdings: Holdings
    let listed: ListedImages

    /// A version that is listed, in the record of its image.
    ///
    /// - Throws: `InvalidReference`, where there is none; ``RepositoryError/notListed(_:reason:)``.
    func listedVersion(_ reference: ImageReference) throws -> (image: ImageRecord, id: VersionID) {
        let records = listed.images.map(\.record)
        // Of one that is not listed the holdings know why.
        if !records.contains(where: { $0.name == reference.image }) { _ = try holdings.image(reference) }
        let image = try reference.image(among: records) { $0.name }
        return (image, try reference.resolve(among: image.versions.map(\.id), current: image.current))
    }

    /// A version whose file is there and whole.
    ///
    /// - Throws: As ``listedVersion(_:)``; ``RepositoryError/lost(_:)``.
    func version(_ reference: ImageReference) throws -> (image: HeldImage, version: HeldVersion) {
        let image = try holdings.image(reference)
        let id = try listedVersion(reference).id
        guard let version = image.versions.first(where: { $0.name.id == id }) else {
            throw RepositoryError.lost([VersionName(image.name, id)])
        }
        return (image, version)
    }
}

extension Change {
    func lookup() throws -> Lookup { Lookup(holdings: holdings, listed: try listedImages()) }
}

extension Repository {
    /// The same before the lock is taken.
    ///
    /// - Parameter state: As it was saved.
    func lookup(in known: Survey, _ state: RepositoryState) throws -> Lookup {
        var state = state
        (state.files, state.transfers) = (known.versions, known.transfers)
        let holdings = Holdings(files: state.files, links: try links(), state: state)
        let last = try publishedCatalogue().map(records) ?? []
        return Lookup(holdings: holdings, listed: try ListedImages(holdings, state, last: last))
    }
}
