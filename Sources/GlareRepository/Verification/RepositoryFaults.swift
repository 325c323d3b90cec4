import FoundationEssentials
import GlareModel
import GlareSystem
import GlareTransfer
import SystemPackage

/// What is wrong in a repository at one moment, and what would mend it.
struct RepositoryFaults {
    /// A small file that is known byte for byte.
    struct Known {
        let directory: Directory
        let fileName: String
        let bytes: [UInt8]
        /// Nil leaves the time of the writing.
        var modified: FileTime?
    }

    let view: RepositoryView
    let published: PublishedCatalogue
    let expected: ExpectedContents
    var told: Findings
    /// What could not be looked at.
    private(set) var limits: [String] = []
    /// Whether some file was not read yet, as it is now.
    private(set) var isUnsettled = false
    private(set) var versions: [ExpectedContent] = []
    private(set) var knownFiles: [Known] = []
    private(set) var links: [VersionName] = []
    /// Wrong, and made anew where it is missing.
    private(set) var derived: [(directory: Directory, fileName: String)] = []

    /// - Throws: ``RepositoryError``; `InvalidDocument`, for what a newer Glare wrote; `SystemError`.
    init(path: String, readings: ContentReadings) throws {
        view = try RepositoryView(path: path)
        told = Findings(in: view.root.path)
        published = try PublishedCatalogue(view)
        expected = try ExpectedContents(view, published)
        if view.isOwnClosed {
            limits.append(
                "\(view.root.path(of: RepositoryLayout.privateDirectory)) can't be read by this user: what is in it, and what nothing refers to, is not told"
            )
        }
        checkState()
        checkCatalogue()
        try checkDocuments()
        try checkListings()
        try checkContents(readings)
        try checkLinks()
        try checkPage()
        checkSignature()
        checkKeys()
        try checkBlockTables()
        try findOrphans()
    }

    /// Images of the catalogue whose current version is wrong or missing.
    var lostImages: [ImageName] {
        let lost = Set(versions.map(\.fileName))
        return (published.catalogue?.rows ?? []).filter { lost.contains($0.version.fileName) }.map(\.name)
    }

    /// Notes that a file at the top should have these bytes.
    mutating func putBack(_ bytes: [UInt8], as fileName: String) {
        knownFiles.append(Known(directory: view.root, fileName: fileName, bytes: bytes))
    }

    // MARK: What is small

    private mutating func checkState() {
        let path = "\(RepositoryLayout.privateDirectory)/\(RepositoryState.fileName)"
        if let fault = view.stateFault {
            told.add(path, .wrong, expected: "what Glare remembers", found: fault, Advice.rebuild)
        } else if view.state == nil, !view.isOwnClosed, published.catalogue != nil {
            told.add(path, .missing, Advice.rebuild)
        } else if view.state != nil {
            told.pass(path)
        }
    }

    private mutating func checkCatalogue() {
        guard let finding = published.finding else {
            if published.catalogue != nil { told.pass(RepositoryLayout.catalogue) }
            return
        }
        told.add(finding)
        guard let bytes = published.bytes, let catalogue = published.catalogue else { return }
        // Its time is its serial, as when it was published.
        knownFiles.append(
            Known(
                directory: view.root, fileName: RepositoryLayout.catalogue, bytes: bytes,
                modified: FileTime(seconds: catalogue.serial)))
    }

    private mutating func checkDocuments() throws {
        var named = Set((published.catalogue?.rows ?? []).map(\.record.sha256))
        if let bytes = published.bytes { named.insert(SHA256Digest(of: bytes)) }
        let there = Set(try view.documentDigests())
        for digest in named.union(there).sorted(by: { $0.hex < $1.hex }) {
            let (path, name) = (
                Catalogue.Reference(sha256: digest, size: 0).path, RepositoryLayout.documentName(digest)
            )
            guard try view.document(digest) == nil else {
                told.pass(path)
                continue
            }
            guard there.contains(digest), let documents = view.documents else {
                told.add(path, .missing, Advice.repair)
                continue
            }
            let found = try? SHA256Digest(of: documents.file(name).readAll(limit: Catalogue.sizeLimit))
            told.add(
                path, found == nil ? .unreadable : .wrong, expected: "SHA-256 \(digest)", found: found.map { "\($0)" },
                Advice.repair)
            derived.append((documents, name))
        }
    }

    private mutating func checkLinks() throws {
        for row in published.catalogue?.rows ?? [] {
            let target = RepositoryLayout.path(of: row.version)
            let link = try view.root.symbolicLink(row.name.text)
            guard link.flatMap(VersionName.init(linkDestination:)) != row.version else {
                told.pass(row.name.text)
                continue
            }
            if let next = link.flatMap(VersionName.init(linkDestination:)), isUnfinished(next, row.name) {
                told.add(
                    RepositoryLayout.catalogue, .wrong,
                    expected: "version \(next.id) of \(row.name), whose publish was cut off when its symlink was set",
                    found: "version \(row.current)", Advice.repair)
                continue
            }
            let isMissing = try view.root.status(of: row.name.text) == nil
            told.add(
                row.name.text, isMissing ? .missing : .wrong, expected: "a symlink to \(target)",
                found: isMissing ? nil : link.map { "one to \($0.quotedForDisplay)" } ?? "no symlink",
                isMissing || link != nil
                    ? "\(Advice.repair); if it was meant, `glare rebuild-index` publishes it" : "move it away")
            if isMissing || link != nil { links.append(row.version) }
        }
    }

    /// Whether a symlink was set by a command that was cut off before the catalogue said so: the next one completes
    /// that, by the entry that it left in the state or in the changelog.
    private func isUnfinished(_ version: VersionName, _ image: ImageName) -> Bool {
        guard version.image == image,
            expected.versions.contains(where: { $0.fileName == version.fileName }),
            !versions.contains(where: { $0.fileName == version.fileName })
        else { return false }
        if view.state?.pending?[image.text]?.id == version.id { return true }
        let file = try? view.root.fileIfPresent(RepositoryLayout.changelog(of: image))
        return Changelog((try? file?.read(at: 0, count: 64 << 10)) ?? []).newestID == version.id
    }

    private mutating func checkListings() throws {
        guard let catalogue = published.catalogue else { return }
        let names = Listings.imageList(catalogue.images.map(\.name))
        try check(RepositoryLayout.imageList, in: view.root, RepositoryLayout.imageList, against: names) { _ in true }
        guard let archive = view.archive, published.withoutRecord.isEmpty else { return }
        for listing in ChecksumListing.both(in: view.root, archive, catalogue.images, published.records) {
            // Somebody else's is left alone; what is as long as ours, or begins as ours does, was ours.
            try check(listing.path, in: listing.directory, ChecksumListing.name, against: listing.bytes) { found in
                found.count == listing.bytes.count || listing.bytes.starts(with: found)
            }
        }
    }

    private mutating func check(
        _ path: String, in directory: Directory, _ name: String, against bytes: [UInt8], isOurs: ([UInt8]) -> Bool
    ) throws {
        let found = try? directory.fileIfPresent(name)?.readAll(limit: 64 << 20)
        guard found != bytes else { return told.pass(path) }
        if let found, !isOurs(found) { return }
        let isMissing = try directory.status(of: name) == nil
        told.add(
            path, isMissing ? .missing : found == nil ? .unreadable : .wrong,
            expected: "what the catalogue says, SHA-256 \(SHA256Digest(of: bytes))",
            found: found.map { "\(SHA256Digest(of: $0))" }, Advice.repair)
        knownFiles.append(Known(directory: directory, fileName: name, bytes: bytes))
    }

    private mutating func checkPage() throws {
        guard published.catalogue != nil else { return }
        let name = RepositoryLayout.index
        switch try FoundPage(in: view.root) {
        case .none: told.add(name, .missing, expected: "the page for people", Advice.repair)
        case .damaged:
            told.add(name, .wrong, expected: "the SHA-256 that its last line says", found: "another", Advice.repair)
        case .whole: told.pass(name)
        // Somebody else's is theirs.
        case .foreign: break
        }
    }

    // MARK: What is large

    private mutating func checkContents(_ readings: ContentReadings) throws {
        for name in expected.lost {
            told.add(name, .missing, name == RepositoryLayout.archive ? Advice.version : Advice.repair)
        }
        if view.archive != nil { told.pass(RepositoryLayout.archive) }
        if view.transfer != nil { told.pass(RepositoryLayout.transfer) }
        var wrong = Set<String>()
        for file in expected.transfers where try !isRight(file, readings, Advice.repair) {
            wrong.insert(file.fileName)
            derived.append((file.directory, file.fileName))
        }
        let whole = expected.transfers.map(\.fileName).filter { !wrong.contains($0) }
            .compactMap(TransferName.init(fileName:))
        // Their frames, and what says where these are.
        let restorable = Set(whole.filter { $0.kind == .frames }.map(\.version.fileName))
            .intersection(whole.filter { $0.kind == .manifest }.map(\.version.fileName))
        for file in expected.versions {
            let advice = restorable.contains(file.fileName) ? Advice.repair : Advice.version
            if try !isRight(file, readings, advice) { versions.append(file) }
        }
    }

    private mutating func isRight(
        _ file: ExpectedContent, _ readings: ContentReadings, _ advice: String
    ) throws -> Bool {
        guard let status = try file.directory.status(of: file.fileName) else {
            if file.isListed { told.add(file.path, .missing, expected: file.words, advice) }
            return !file.isListed
        }
        guard status.kind == .regular else {
            told.add(file.path, .wrong, expected: "a regular file", found: "something else", advice)
            return false
        }
        switch readings.files.found(file.path, status.stamp) {
        case nil: isUnsettled = true
        case .success(let digests) where file.holds(digests): told.pass(file.path)
        case .success(let digests):
            told.add(file.path, .wrong, expected: file.words, found: "SHA-256 \(digests.sha256)", advice)
            return false
        case .failure(let error):
            told.add(file.path, .unreadable, expected: file.words, found: error.code.description, advice)
            return false
        }
        return true
    }

    private mutating func checkBlockTables() throws {
        guard let blocks = try view.own?.directoryIfPresent("blocks") else { return }
        for name in try blocks.names() where SHA256Digest(hex: name) != nil {
            let path = "\(RepositoryLayout.privateDirectory)/blocks/\(name)"
            guard let file = try? blocks.fileIfPresent(name), (try? BlockTable(file)) == nil else {
                told.pass(path)
                continue
            }
            told.add(path, .wrong, expected: "a block table", Advice.repair)
            derived.append((blocks, name))
        }
    }
}
