import FoundationEssentials
import GlareModel
import GlareSystem
import Glibc
import SystemPackage

/// One change of a repository, with its lock held: from what stands there to what hosts see next.
struct Change {
    let repository: Repository
    var state: RepositoryState
    let last: Catalogue?
    private(set) var holdings: Holdings
    let now = FileTime.now
    var signing: Signing
    /// Whether what the last catalogue has and the disk has lost stays listed; false for who says that it is gone.
    var keepsLost = true
    /// Whether even a young signature is made anew.
    var renewsSignature = false
    /// Files that this change removed for good: path in the repository, and bytes that they took on disk.
    var freed: [String: Int64] = [:]
    /// Times that versions had before they were to become current, until they are.
    private var timesBefore: [(file: File, modified: FileTime)] = []
    /// A signature from elsewhere, to be published instead of one of our own.
    var attached: (signature: Signature, key: PublicKey)?

    /// - Parameter known: What was read before the lock was taken.
    init(_ repository: Repository, known: Survey) throws {
        self.repository = repository
        signing = repository.options.signing
        last = try repository.publishedCatalogue()
        state = try RepositoryState.load(from: repository, last: last)
        state.files.merge(known.versions) { _, new in new }
        state.files = try repository.survey(known: state.files)
        state.transfers.merge(known.transfers) { _, new in new }
        state.transfers = try repository.surveyTransfer(known: state.transfers)
        holdings = Holdings(files: [:], links: [:], state: state)
        try dateGrace()
        try reclaimListings()
        try completeChangelogs()
        try completeDepartures()
        try refresh()
    }

    /// Looks again at what the files, the links and the list of the retired amount to.
    mutating func refresh() throws {
        let links = try repository.links()
        // What a link points to is not retired, whoever pointed it there.
        for version in links.values.compactMap(VersionName.init(linkDestination:)) {
            state.retired[RepositoryLayout.path(of: version)] = nil
            state.retired[RepositoryLayout.changelog(of: version.image)] = nil
        }
        holdings = Holdings(files: state.files, links: links, state: state)
    }

    func image(_ name: ImageName) -> HeldImage? { holdings.image(name) }

    /// Makes a version that is in the archive the current one: link, then changelog.
    mutating func makeCurrent(_ version: VersionName, message: String) throws {
        state.retired[RepositoryLayout.path(of: version)] = nil
        if let modified = state.files[version.fileName]?.stamp.modified { waitFor(modified) }
        // Noted first, so that the entry is not lost with a crash between the link and the changelog; and
        // the changelog read, for what can't be read is to be found out while nothing has moved.
        _ = try changelog(of: version.image)
        state.pending = [version.image.text: Changelog.Entry(id: version.id, date: date, message: message)]
        try state.save(to: repository)
        try point(version.image, to: version)
        timesBefore = []
        try completeChangelogs()
        try refresh()
    }

    /// For one that failed: whoever means a version by its place among the others means the same one again.
    func restoreTimes() {
        for (file, modified) in timesBefore { try? file.setModified(modified) }
    }

    /// Writes the entries of publishes whose link has moved, this one's and those that a crash cut off.
    private mutating func completeChangelogs() throws {
        for (text, entry) in state.pending ?? [:] {
            guard let image = try? ImageName(text), let link = try repository.root.symbolicLink(text),
                VersionName(linkDestination: link)?.id == entry.id
            else { continue }
            var changelog = try changelog(of: image)
            if changelog.begins(with: entry) { continue }
            changelog.add(entry)
            try repository.publish(
                changelog.bytes, in: repository.root, as: RepositoryLayout.changelog(of: image))
        }
        state.pending = nil
    }

    func point(_ image: ImageName, to version: VersionName) throws { try repository.point(image, to: version) }

    func changelog(of image: ImageName) throws -> Changelog {
        let file = try repository.root.fileIfPresent(RepositoryLayout.changelog(of: image))
        return Changelog(try file?.readAll(limit: 64 << 20) ?? [])
    }

    /// Later than the current version's time, in whole seconds: wget's time-stamping passes over an
    /// older file, HTTP's dates have no fractions, and web servers make their ETags of time and size.
    func nextModified(of image: ImageName) -> FileTime {
        let predecessor = self.image(image)?.currentVersion?.modified.seconds ?? modifiedWhenPublished(image) ?? 0
        return FileTime(seconds: max(now.seconds, predecessor + 1))
    }

    /// Of the current version that hosts have, where the disk has lost it: in seconds.
    private func modifiedWhenPublished(_ image: ImageName) -> Int64? {
        let records = try? last.map(repository.records)
        let current = records?.first { $0.name == image }?.currentVersion
        return current.map { Int64($0.modified.timeIntervalSince1970) }
    }

    /// Waits, for the rest of a second as a rule, until a time that ``nextModified(of:)`` gave has come.
    ///
    /// A server must not send a Last-Modified in the future (RFC 9110, 8.8.2.1): Apache sends the present
    /// instead, and wget would take a version published in the same second for the one it has. A
    /// predecessor from far in the future, made by a wrong clock, is not waited for.
    private func waitFor(_ time: FileTime) {
        let now = FileTime.now
        let left = Double(time.seconds - now.seconds) - Double(now.nanoseconds) * 1e-9
        if left > 0 && left <= 2 { usleep(UInt32(left * 1_000_000) + 1) }
    }

    /// Moves a retained version's time forward, as becoming current demands.
    ///
    /// - Parameters:
    ///   - spare: A copy of the same content, for the case that the file is not ours to change.
    ///   - sharing: Whether it keeps the file that another name, which is about to go, has as well.
    mutating func renewTime(of version: VersionName, spare: TemporaryFile? = nil, sharing: Bool = false) throws {
        let archive = repository.archive
        let attributes = repository.attributes(
            mode: repository.options.fileMode, modified: nextModified(of: version.image))
        let file = try archive.file(version.fileName)
        let twins = try namesOfSameFile(as: version, file.status().stamp)
        // The time of one image's version is not another's.
        if !sharing && !twins.isEmpty {
            try replace(file, by: spare, as: version, attributes)
        } else {
            timesBefore.append((file, try file.status().modified))
            do {
                try file.apply(attributes)
                try file.sync()
            } catch let error as SystemError where error.code == .notPermitted {
                try replace(file, by: spare, as: version, attributes)
            }
        }
        guard let stamp = try archive.status(of: version.fileName)?.stamp else { return }
        state.files[version.fileName] = state.files[version.fileName]?.with(stamp: stamp)
        if sharing {
            for name in twins { state.files[name] = state.files[name]?.with(stamp: stamp) }
        }
    }

    /// Other names of a version's file in the archive, as a rename leaves them until the old ones go.
    private func namesOfSameFile(as version: VersionName, _ stamp: FileStamp) -> [String] {
        state.files.filter { $0.key != version.fileName && $0.value.stamp.isSameFile(as: stamp) }.map(\.key)
    }

    /// Another member of the group owns the file, and only an owner may set times: a copy of our own, the
    /// same bytes, under the same name.
    private func replace(
        _ file: File, by spare: TemporaryFile?, as version: VersionName, _ attributes: FileAttributes
    ) throws {
        let size = try file.status().size
        let copy = try spare ?? TemporaryFile(in: repository.scratch)
        if spare == nil {
            let requireSpace = { try repository.scratch.requireSpace(size, for: version.fileName) }
            try copy.file.fill(from: file, length: size, willCopy: requireSpace, digest: { _ in })
        }
        try copy.publish(to: repository.archive, as: version.fileName, attributes: attributes, size: size)
    }
}
