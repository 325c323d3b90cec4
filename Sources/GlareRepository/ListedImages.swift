import FoundationEssentials
import GlareModel
import GlareSystem

/// An image as the next catalogue lists it.
struct ListedImage {
    let row: Catalogue.Image
    let record: ImageRecord
    /// Of the record.
    let bytes: [UInt8]
    /// Whether no host installs it.
    let isSuspended: Bool

    fileprivate init(_ record: ImageRecord, like current: ImageRecord.Version) throws {
        bytes = try Document.encode(record)
        row = Catalogue.Image(
            name: record.name, current: current.id, size: current.size, sha256: current.sha256,
            record: Catalogue.Reference(to: bytes), properties: current.properties)
        isSuspended = current.withdrawn != nil
        self.record = record
    }
}

/// All images as the next catalogue lists them.
struct ListedImages {
    /// By name.
    private(set) var images: [ListedImage] = []
    /// Versions that the last catalogue has, and whose file is torn or missing.
    private(set) var lost: Set<VersionName> = []

    /// - Parameter last: What the last catalogue says, of what the disk may have lost.
    fileprivate init(_ change: Change, _ offer: TransferOffer, last: [ImageRecord]) throws {
        let before = Dictionary(last.map { ($0.name, $0) }) { first, _ in first }
        for image in change.holdings.images {
            try add(image.record(offer).keeping(before[image.name]) { !change.isRetired($0) }, change)
        }
        // Hosts would take an image that is missing for one that its publisher let go.
        for name in Set(change.holdings.notListed.compactMap(\.image)) {
            guard let record = before[name], !change.isRetired(VersionName(name, record.current)) else { continue }
            try add(record, change)
        }
        images.sort { $0.row.name < $1.row.name }
    }

    private mutating func add(_ record: ImageRecord, _ change: Change) throws {
        guard let current = record.currentVersion else {
            throw InvalidDocument(record.name.text, "has no current version")
        }
        images.append(try ListedImage(record, like: current))
        lost.formUnion(record.versions.map { VersionName(record.name, $0.id) }.filter { !change.isWhole($0) })
    }
}

extension Change {
    /// What the archive holds; and, as the last catalogue says it, what that has and the disk has lost, unless
    /// somebody said that it is gone.
    func listedImages() throws -> ListedImages {
        let last = try keepsLost ? self.last.map(repository.records) ?? [] : []
        return try ListedImages(self, TransferOffer(state.transfers), last: last)
    }

    fileprivate func isRetired(_ version: VersionName) -> Bool {
        state.retired[RepositoryLayout.path(of: version)] != nil
    }

    fileprivate func isWhole(_ version: VersionName) -> Bool {
        state.files[version.fileName].map { version.id.names($0.digests) } ?? false
    }

    /// Tells what is not listed, and what is though it is not there.
    func tellLosses(_ listed: ListedImages) {
        let root = repository.root
        let images = Set(listed.lost.map(\.image))
        var untold = Set(listed.lost.map(RepositoryLayout.path))
        for item in holdings.notListed {
            let isListed = item.image.map(images.contains) ?? (untold.remove(item.path) != nil)
            let path = root.path(of: item.path)
            repository.report(
                isListed ? .lost(path: path, reason: item.reason) : .notListed(path: path, reason: item.reason))
        }
        let missing = untold.filter { path in !holdings.lost.contains { RepositoryLayout.path(of: $0) == path } }
        for path in missing.sorted() { repository.report(.lost(path: root.path(of: path), reason: "it is missing")) }
    }
}

extension ImageRecord {
    /// With the versions that an earlier record has besides.
    fileprivate func keeping(_ before: ImageRecord?, where isMeant: (VersionName) -> Bool) -> ImageRecord {
        let ids = Set(versions.map(\.id))
        let others = (before?.versions ?? []).filter { !ids.contains($0.id) && isMeant(VersionName(name, $0.id)) }
        guard !others.isEmpty else { return self }
        let all = versions + others.map(\.withoutDeltas)
        return ImageRecord(
            name: name, current: current,
            versions: all.sorted { ($1.modified, $0.id.text) < ($0.modified, $1.id.text) })
    }
}

extension ImageRecord.Version {
    /// As those that are not current are listed.
    fileprivate var withoutDeltas: Self {
        Self(
            id: id, sha256: sha256, size: size, diskFormat: diskFormat, virtualSize: virtualSize, dataSize: dataSize,
            modified: modified,
            transfer: transfer.map { Transfer(manifest: $0.manifest, frames: $0.frames, deltas: []) },
            isUnsafe: isUnsafe, marks: marks)
    }
}
