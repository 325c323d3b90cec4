import GlareModel
import GlareSystem

/// A large file of a repository, and what it should hold.
struct ExpectedContent {
    enum Content: Equatable {
        case known(ContentReference)
        /// A version that is in no record: its id is the beginning of its SHA-256, or its MD5.
        case named(VersionID)
        /// A file of `transfer/` that no record names: the beginning of its SHA-256.
        case beginning(String)
    }

    let directory: Directory
    let fileName: String
    /// In the repository.
    let path: String
    let content: Content
    /// Whether it must be there.
    let isListed: Bool

    func holds(_ digests: ContentDigests) -> Bool {
        switch content {
        case .known(let reference): reference.sha256 == digests.sha256
        case .named(let id): id.names(digests)
        case .beginning(let digits): digests.sha256.hex.hasPrefix(digits)
        }
    }

    /// Whether that may be what it should hold, as far as a SHA-256 alone tells: some ids are an MD5.
    func mayHold(_ digest: SHA256Digest) -> Bool {
        switch content {
        case .known(let reference): reference.sha256 == digest
        case .named: true
        case .beginning(let digits): digest.hex.hasPrefix(digits)
        }
    }

    /// For people.
    var words: String {
        switch content {
        case .known(let reference): "SHA-256 \(reference.sha256)"
        case .named(let id): "a content whose SHA-256 begins with \(id), or whose MD5 it is"
        case .beginning(let digits): "a content whose SHA-256 begins with \(digits)"
        }
    }
}

/// All large files that should be, or are, in a repository.
struct ExpectedContents {
    private(set) var transfers: [ExpectedContent] = []
    private(set) var versions: [ExpectedContent] = []
    /// How the versions of records can be fetched, by name in the archive.
    private(set) var offers: [String: ImageRecord.Version.Transfer] = [:]
    let transferDirectory: Directory?
    /// Directories that are not there, with all that should be in them.
    private(set) var lost: [String] = []

    /// - Throws: `SystemError`.
    init(_ view: RepositoryView, _ published: PublishedCatalogue) throws {
        transferDirectory = view.transfer
        var listed: [String: ContentReference] = [:]
        var parts: [String: ContentReference] = [:]
        for record in published.records {
            for version in record.versions {
                let name = VersionName(record.name, version.id)
                listed[name.fileName] = ContentReference(sha256: version.sha256, size: version.size)
                offers[name.fileName] = version.transfer
                for part in version.transfer?.parts ?? [] {
                    parts[TransferName(name, part.kind, part.content).fileName] = part.content
                }
            }
        }
        // Of an image whose record is lost, the catalogue knows the current one.
        for row in published.withoutRecord {
            listed[row.version.fileName] = ContentReference(sha256: row.sha256, size: row.size)
        }
        if view.archive == nil && !listed.isEmpty { lost.append(RepositoryLayout.archive) }
        if view.transfer == nil && !parts.isEmpty { lost.append(RepositoryLayout.transfer) }
        versions = try versions(in: view, listed)
        transfers = try transfers(in: view.transfer, RepositoryLayout.transfer, parts)
        if let own = view.own, let finished = try own.directoryIfPresent("deltas") {
            transfers += try transfers(in: finished, "\(RepositoryLayout.privateDirectory)/deltas", [:])
        }
    }

    private func versions(
        in view: RepositoryView, _ listed: [String: ContentReference]
    ) throws -> [ExpectedContent] {
        guard let archive = view.archive else { return [] }
        let names = try archive.names().compactMap { VersionName(fileName: $0) }
        // Also where the catalogue has lost it.
        let linked = try Set(view.linkedVersions().map(\.fileName))
        let all = Set(names.map(\.fileName)).union(listed.keys).union(linked)
        return all.sorted().compactMap { fileName in
            guard let name = VersionName(fileName: fileName) else { return nil }
            var content = listed[fileName].map(ExpectedContent.Content.known) ?? .named(name.id)
            // What was read when it was published, if that was what its name says.
            if listed[fileName] == nil, let known = view.state?.files[fileName], name.id.names(known.digests) {
                content = .known(ContentReference(sha256: known.digests.sha256, size: known.stamp.size))
            }
            return ExpectedContent(
                directory: archive, fileName: fileName, path: RepositoryLayout.path(of: name), content: content,
                isListed: listed[fileName] != nil || linked.contains(fileName))
        }
    }

    private func transfers(
        in directory: Directory?, _ prefix: String, _ listed: [String: ContentReference]
    ) throws -> [ExpectedContent] {
        guard let directory else { return [] }
        let all = Set(try directory.names()).union(listed.keys)
        return all.sorted().compactMap { fileName in
            guard let name = TransferName(fileName: fileName) else { return nil }
            return ExpectedContent(
                directory: directory, fileName: fileName, path: "\(prefix)/\(fileName)",
                content: listed[fileName].map(ExpectedContent.Content.known) ?? .beginning(name.digest),
                isListed: listed[fileName] != nil)
        }
    }
}

extension ImageRecord.Version.Transfer {
    /// All its files.
    fileprivate var parts: [(kind: TransferName.Kind, content: ContentReference)] {
        [(.manifest, manifest)] + (frames.map { [(.frames, $0)] } ?? []) + deltas.map { (.delta, $0.content) }
    }
}
