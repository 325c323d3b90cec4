import GlareModel
import GlareSystem

/// A `SHA256SUMS`, which somebody else may have put there before us.
struct ChecksumListing {
    let directory: Directory
    /// Relative to the repository.
    let path: String
    let bytes: [UInt8]

    static let name = RepositoryLayout.checksums
}

extension ChecksumListing {
    /// The two that a catalogue amounts to: of the images by their names, and of all versions.
    static func both(
        in root: Directory, _ archive: Directory, _ rows: [Catalogue.Image], _ records: [ImageRecord]
    ) -> [ChecksumListing] {
        let versions = records.flatMap { record in
            record.versions.map { (VersionName(record.name, $0.id).fileName, $0.sha256) }
        }
        return [
            ChecksumListing(
                directory: root, path: name, bytes: Listings.checksums(rows.map { ($0.name.text, $0.sha256) })),
            ChecksumListing(
                directory: archive, path: "\(RepositoryLayout.archive)/\(name)", bytes: Listings.checksums(versions)),
        ]
    }
}

extension Repository {
    func checksumListings(_ rows: [Catalogue.Image], _ records: [ImageRecord]) -> [ChecksumListing] {
        ChecksumListing.both(in: root, archive, rows, records)
    }

    /// Those of the catalogue that hosts see now.
    func checksumListings(of catalogue: Catalogue) throws -> [ChecksumListing] {
        checksumListings(catalogue.images, try records(of: catalogue))
    }

    /// Those of a catalogue's records that are there.
    func records(of catalogue: Catalogue) throws -> [ImageRecord] {
        try catalogue.rows.compactMap { row -> ImageRecord? in
            let name = RepositoryLayout.documentName(row.record.sha256)
            guard let file = try catalogueDirectory.fileIfPresent(name) else { return nil }
            return try? ImageRecord(json: file.readAll(limit: Catalogue.sizeLimit), of: row, subject: file.path)
        }
    }
}

extension Change {
    /// Remembers that what is about to be written is ours, beside what was ours before.
    mutating func claim(_ listing: ChecksumListing) {
        let digest = SHA256Digest(of: listing.bytes)
        let before = state.generated[listing.path, default: []].filter { $0 != digest }
        state.generated[listing.path] = [digest] + before.prefix(1)
    }

    /// Where the memory of what is ours was lost: what says just what the last catalogue does, is.
    mutating func reclaimListings() throws {
        guard state.generated.isEmpty, let last else { return }
        for listing in try repository.checksumListings(of: last) { claim(listing) }
    }

    func write(_ listing: ChecksumListing) throws {
        let name = ChecksumListing.name
        if let status = try listing.directory.status(of: name) {
            guard status.kind == .regular, try isOurs(listing) else {
                return repository.report(.leftAlone(path: listing.directory.path(of: name)))
            }
        }
        try repository.publish(listing.bytes, in: listing.directory, as: name)
    }

    private func isOurs(_ listing: ChecksumListing) throws -> Bool {
        let file = try listing.directory.file(ChecksumListing.name)
        let found = SHA256Digest(of: try file.readAll(limit: 64 << 20))
        return state.generated[listing.path, default: []].contains(found)
    }
}
