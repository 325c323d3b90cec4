import GlareModel
import GlareSystem
import GlareTransfer

extension Change {
    /// Of a changelog, in bytes: what the page shows of the newest entries.
    private static let changelogShown = 64 << 10

    /// Writes `index.html`, unless it says the same already, or somebody else wrote the one that stands there. One of
    /// ours that was damaged is made again.
    ///
    /// An image at a time goes to the disk, so that many of them take no memory.
    func publishPage(of catalogue: Catalogue, _ records: [ImageRecord]) throws {
        let name = RepositoryLayout.index
        let found = try FoundPage(in: repository.root)
        if case .foreign = found { return repository.report(.leftAlone(path: repository.root.path(of: name))) }
        var draft = PageDraft(file: try TemporaryFile(in: repository.scratch))
        let page = RepositoryPage(catalogue, versionCount: records.reduce(0) { $0 + $1.versions.count })
        try draft.write(page.opening)
        for record in records { try draft.write(page.part(record, changelog: newestEntries(of: record.name))) }
        try draft.write(page.closing)
        let digest = try draft.seal()
        if case .whole(digest) = found { return }
        // As with the catalogue: two pages of one second may well be of one size.
        try draft.file.publish(
            to: repository.root, as: name,
            attributes: repository.attributes(mode: 0o664, modified: FileTime(seconds: catalogue.serial)),
            size: draft.size)
    }

    /// A page says less where a changelog can't be read; hosts don't depend on either.
    private func newestEntries(of image: ImageName) -> Changelog {
        let file = try? repository.root.fileIfPresent(RepositoryLayout.changelog(of: image))
        return Changelog((try? file?.read(at: 0, count: Self.changelogShown)) ?? [])
    }
}

/// A page on its way to the disk.
private struct PageDraft {
    let file: TemporaryFile
    /// In bytes.
    private(set) var size: Int64 = 0
    private var hasher = ContentHasher()

    init(file: TemporaryFile) { self.file = file }

    mutating func write(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes {
            hasher.update($0)
            try file.file.write($0, at: size)
        }
        size += Int64(bytes.count)
    }

    /// Ends it; the digest of what was written.
    mutating func seal() throws -> SHA256Digest {
        let digest = hasher.finalize().sha256
        try write(PageSeal.seal(digest))
        return digest
    }
}
