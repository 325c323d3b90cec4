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
        let images = holdings.images.sorted { $0.name < $1.name }
        var documents: [SHA256Digest: [UInt8]] = [:]
        let rows = try images.map { image in
            let bytes = try Document.encode(image.record)
            let reference = Catalogue.Reference(to: bytes)
            documents[reference.sha256] = bytes
            return try row(image, record: reference)
        }
        let catalogue = nextCatalogue(rows)
        let catalogueBytes = try Document.encode(catalogue)
        documents[SHA256Digest(of: catalogueBytes)] = catalogueBytes
        state.serial = catalogue.serial
        retireDocuments(
            except: Set(
                documents.keys.map { "\(RepositoryLayout.catalogueDirectory)/\(RepositoryLayout.documentName($0))" }))

        let listings = self.listings(images)
        for listing in listings { claim(listing) }
        // Before any listing: a crash in between must not make our own file look like somebody else's,
        // nor bring back what was retired.
        try state.save(to: repository)
        for (digest, bytes) in documents.sorted(by: { $0.key.hex < $1.key.hex }) {
            try repository.publish(bytes, in: repository.catalogueDirectory, as: RepositoryLayout.documentName(digest))
        }
        for listing in listings { try write(listing) }
        try repository.publish(
            Listings.imageList(images.map(\.name)), in: repository.root, as: RepositoryLayout.imageList)
        try repository.publish(catalogueBytes, in: repository.root, as: RepositoryLayout.catalogue)
        try removeRetired()
    }

    private func row(_ image: HeldImage, record: Catalogue.Reference) throws -> Catalogue.Image {
        guard let version = image.currentVersion else {
            throw InvalidDocument(image.name.text, "has no current version")
        }
        return Catalogue.Image(
            name: image.name, current: image.current, size: version.file.stamp.size,
            sha256: version.file.digests.sha256, record: record)
    }

    /// The last catalogue where it says the same; so a second run changes no byte.
    private func nextCatalogue(_ rows: [Catalogue.Image]) -> Catalogue {
        // Not below the clock, so that a repository restored from a backup is not older than its hosts.
        let serial = max(state.serial, last?.serial ?? 0)
        let next = Catalogue(
            repository: state.repository, serial: max(serial + 1, now.seconds),
            created: Date(timeIntervalSince1970: TimeInterval(now.seconds)), images: rows)
        if let last, last.hasSameContent(as: next), last.serial == serial { return last }
        return next
    }

    // MARK: Listings that somebody else may have written

    private struct Listing {
        let directory: Directory
        let name: String
        let path: String
        let bytes: [UInt8]
    }

    private func listings(_ images: [HeldImage]) -> [Listing] {
        let name = RepositoryLayout.checksums
        let current = images.compactMap { image in
            image.currentVersion.map { (image.name.text, $0.file.digests.sha256) }
        }
        let all = images.flatMap(\.versions).map { ($0.name.fileName, $0.file.digests.sha256) }
        return [
            Listing(directory: repository.root, name: name, path: name, bytes: Listings.checksums(current)),
            Listing(
                directory: repository.archive, name: name, path: "\(RepositoryLayout.archive)/\(name)",
                bytes: Listings.checksums(all)),
        ]
    }

    /// Remembers that what is about to be written is ours, beside what was ours before.
    private mutating func claim(_ listing: Listing) {
        let digest = SHA256Digest(of: listing.bytes)
        state.generated[listing.path] = ([digest] + state.generated[listing.path, default: []].filter { $0 != digest })
            .prefix(2).map { $0 }
    }

    private func write(_ listing: Listing) throws {
        if let file = try listing.directory.fileIfPresent(listing.name) {
            let found = SHA256Digest(of: try file.readAll(limit: 64 << 20))
            guard state.generated[listing.path, default: []].contains(found) else {
                return repository.report(.leftAlone(path: file.path))
            }
        }
        try repository.publish(listing.bytes, in: listing.directory, as: listing.name)
    }
}
