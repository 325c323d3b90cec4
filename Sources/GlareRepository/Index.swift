import FoundationEssentials
import GlareModel
import GlareSystem

/// All that is derived from the archive, the links and the changelogs.
///
/// The order in which it is written lets a reader follow from every file to the next at any moment:
/// records before the catalogue that names them, the catalogue last.
extension Change {
    mutating func publish() throws {
        for item in holdings.notListed {
            repository.report(.notListed(path: repository.root.path(of: item.path), reason: item.reason))
        }
        try takeFinishedDeltas()
        let images = holdings.images.sorted { $0.name < $1.name }
        var documents: [SHA256Digest: [UInt8]] = [:]
        let offer = TransferOffer(state.transfers)
        let records = images.map { $0.record(offer) }
        let rows = try zip(images, records).map { image, record in
            let bytes = try Document.encode(record)
            let reference = Catalogue.Reference(to: bytes)
            documents[reference.sha256] = bytes
            return try row(image, record: reference)
        }
        let catalogue = nextCatalogue(rows, of: images)
        let catalogueBytes = try Document.encode(catalogue)
        try requireAttachedFits(catalogueBytes)
        documents[SHA256Digest(of: catalogueBytes)] = catalogueBytes
        state.serial = catalogue.serial
        retireDocuments(
            except: Set(
                documents.keys.map { "\(RepositoryLayout.catalogueDirectory)/\(RepositoryLayout.documentName($0))" }))

        try retireTransfers(except: Set(records.flatMap(\.transferFileNames)), of: lostVersions)

        let listings = repository.checksumListings(catalogue.images, records)
        for listing in listings { claim(listing) }
        try renewGrace(replacing: catalogue == last ? nil : last)
        state.forgetMarks(except: lostVersions)
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

    private func row(_ image: HeldImage, record: Catalogue.Reference) throws -> Catalogue.Image {
        guard let version = image.currentVersion else {
            throw InvalidDocument(image.name.text, "has no current version")
        }
        return Catalogue.Image(
            name: image.name, current: image.current, size: version.file.stamp.size,
            sha256: version.file.digests.sha256, record: record, properties: version.marks.properties)
    }

    /// The last catalogue where it says the same; so a second run changes no byte.
    private func nextCatalogue(_ rows: [Catalogue.Image], of images: [HeldImage]) -> Catalogue {
        // Not below the clock, so that a repository restored from a backup is not older than its hosts.
        let serial = max(state.serial, last?.serial ?? 0)
        let suspended = Set(images.filter { $0.currentVersion?.marks.withdrawn != nil }.map(\.name))
        let next = Catalogue(
            repository: state.repository, serial: max(serial + 1, now.seconds),
            created: date, images: rows.filter { !suspended.contains($0.name) },
            suspended: rows.filter { suspended.contains($0.name) }, withdrawn: state.withdrawn)
        if let last, last.hasSameContent(as: next), last.serial == serial { return last }
        return next
    }
}
