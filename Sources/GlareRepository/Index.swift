import FoundationEssentials
import GlareModel
import GlareSystem

/// All that is derived from the archive, the links and the changelogs.
///
/// The order in which it is written lets a reader follow from every file to the next at any moment:
/// records before the catalogue that names them, the catalogue last.
extension Change {
    mutating func publish() throws {
        try takeFinishedDeltas()
        let listed = try listedImages()
        tellLosses(listed)
        let records = listed.images.map(\.record)
        var documents = Dictionary(listed.images.map { ($0.row.record.sha256, $0.bytes) }) { first, _ in first }
        let catalogue = nextCatalogue(listed)
        let catalogueBytes = try Document.encode(catalogue)
        try requireAttachedFits(catalogueBytes)
        documents[SHA256Digest(of: catalogueBytes)] = catalogueBytes
        state.serial = catalogue.serial
        retireDocuments(
            except: Set(
                documents.keys.map { "\(RepositoryLayout.catalogueDirectory)/\(RepositoryLayout.documentName($0))" }))

        let lost = lostVersions.union(listed.lost)
        try retireTransfers(except: Set(records.flatMap(\.transferFileNames)), of: lost)

        let listings = repository.checksumListings(catalogue.images, records)
        for listing in listings { claim(listing) }
        try renewGrace(replacing: catalogue == last ? nil : last)
        state.forgetMarks(except: lost)
        // Before any listing: a crash in between must not make our own file look like somebody else's,
        // nor bring back what was retired.
        try state.save(to: repository)
        for (digest, bytes) in documents.sorted(by: { $0.key.hex < $1.key.hex }) {
            try repository.publish(bytes, in: repository.catalogueDirectory, as: RepositoryLayout.documentName(digest))
        }
        for listing in listings { try write(listing) }
        try publishPage(of: catalogue, records)
        try repository.publish(
            Listings.imageList(catalogue.images.map(\.name)), in: repository.root, as: RepositoryLayout.imageList)
        // nginx makes its entity tag of the size and the whole second, and two catalogues of one second
        // may well be of one size: the serial, which grows by at least 1, is the time.
        try repository.publish(
            catalogueBytes, in: repository.root, as: RepositoryLayout.catalogue,
            modified: FileTime(seconds: catalogue.serial))
        try sign(catalogue, catalogueBytes)
        try removeRetired()
        try forgetBlocks()
    }

    /// Those that can be made again from what hosts fetch, as long as that stays.
    private var lostVersions: Set<VersionName> {
        let current = (last?.rows ?? []).map(\.version).filter { version in
            state.retired[RepositoryLayout.path(of: version)] == nil && state.files[version.fileName] == nil
        }
        return holdings.lost.union(current)
    }

    /// The last catalogue where it says the same; so a second run changes no byte.
    private func nextCatalogue(_ listed: ListedImages) -> Catalogue {
        // Not below the clock, so that a repository restored from a backup is not older than its hosts.
        let serial = max(state.serial, last?.serial ?? 0)
        let lost = (last?.withdrawn ?? []).filter { listed.lost.contains(VersionName($0.name, $0.id)) }
        let withdrawn = (state.withdrawn + lost).sorted {
            VersionName($0.name, $0.id).fileName < VersionName($1.name, $1.id).fileName
        }
        let next = Catalogue(
            repository: state.repository, serial: max(serial + 1, now.seconds),
            created: date, images: listed.images.filter { !$0.isSuspended }.map(\.row),
            suspended: listed.images.filter(\.isSuspended).map(\.row), withdrawn: withdrawn)
        if let last, last.hasSameContent(as: next), last.serial == serial { return last }
        return next
    }
}
