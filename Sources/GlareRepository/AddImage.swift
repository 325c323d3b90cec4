public import GlareDiskImage
public import GlareModel
import GlareSystem
import GlareTransfer
import SystemPackage

/// What to publish.
public struct AddRequest: Sendable {
    public var source: String
    public var name: ImageName
    public var message: String
    /// Versions to keep, at least 1; nil leaves all, and tells which are beyond ``proposedLimit``.
    public var limit: Int?
    public var proposedLimit: Int
    /// What the image must be.
    public var rules: InspectionRules
    /// Whether one that hosts should not open is published all the same, and called so.
    public var allowsUnsafe: Bool
    /// What is said of the version.
    public var properties: [PropertyAssignment]

    public init(
        source: String, name: ImageName, message: String, limit: Int?, proposedLimit: Int, rules: InspectionRules,
        allowsUnsafe: Bool, properties: [PropertyAssignment] = []
    ) {
        self.properties = properties
        self.rules = rules
        self.allowsUnsafe = allowsUnsafe
        self.source = source
        self.name = name
        self.message = message
        self.limit = limit
        self.proposedLimit = proposedLimit
    }
}

public struct AddResult: Sendable {
    public enum Outcome: Sendable {
        case published
        /// The content was retained under an older heading, and is current again.
        case currentAgain
        /// Nothing was changed.
        case alreadyCurrent
    }

    public let outcome: Outcome
    public let version: VersionName
    public let digests: ContentDigests
    /// Bytes of the file, of its data without holes, and of the disk that a VM sees.
    public let size, dataSize, virtualSize: Int64
    public let diskFormat: String
    /// What a host without anything fetches, in bytes; nil where that is the file itself.
    public let framesSize: Int64?
    /// From which versions hosts come to this one by a delta, and what that costs them.
    public let deltas: [DeltaReference]
    /// Deltas that time did not suffice for: `rebuild-index` makes them.
    public let unfinishedDeltas: Int
    public let retired: [RetiredVersion]
    /// What a limit of ``AddRequest/proposedLimit`` would retire.
    public let beyondLimit: [RetiredVersion]
}

extension Repository {
    /// Publishes an image file.
    ///
    /// Copying, hashing, compressing and comparing, which take long, happen before the lock is taken.
    /// Nothing is visible until all of it is whole and on disk; then, in this order, the version, its
    /// frames, the symlink, the changelog and the index.
    ///
    /// - Throws: ``RepositoryError``, `DiskImageError`, `Hazard`, `SystemError`.
    public func add(_ request: AddRequest) throws -> AddResult {
        guard request.message.contains(where: { !$0.isWhitespace }) else { throw RepositoryError.emptyMessage }
        let source = try open(request.source)
        let size = try source.status().size
        guard size <= BlockTable.largestImage else { throw RepositoryError.tooLarge(path: source.path, size: size) }
        // From here on: what is inspected is what will be published.
        let stamp = try source.status().stamp
        let image = try DiskImage.inspect(source, request.rules)
        if let hazard = image.hazard, !request.allowsUnsafe { throw hazard }
        for warning in image.warnings { report(.oddImage(path: source.path, warning: warning)) }
        try requireFreeName(request.name)
        let known = try survey()
        let taken = try take(source, as: request.name, unchangedSince: stamp)
        let deltas = try makeDeltas(for: taken, request, known.survey, known.state)
        return try change(known: known.survey) { change in
            try change.add(taken, deltas, image, as: request)
        }
    }

    private func open(_ path: String) throws -> File {
        let source: File
        do {
            source = try File.open(path)
        } catch let error as SystemError where error.meansNoFile {
            throw RepositoryError.notAFile(path: path)
        }
        guard try source.status().kind == .regular else { throw RepositoryError.notAFile(path: path) }
        return source
    }

    func requireFreeName(_ name: ImageName) throws {
        switch try root.status(of: name.text)?.kind {
        case nil, .symbolicLink: break
        case .directory: throw RepositoryError.nameTaken(path: root.path(of: name.text), by: "a directory")
        case .regular, .other: throw RepositoryError.nameTaken(path: root.path(of: name.text), by: "a file")
        }
    }

    private func take(_ source: File, as name: ImageName, unchangedSince stamp: FileStamp) throws -> TakenImage {
        let before = try source.status()
        source.adviseSequential()
        let copy = try TemporaryFile(in: scratch)
        let isClone = copy.file.clone(source)
        if !isClone { try scratch.requireSpace(before.allocated, for: source.path) }
        try copy.file.truncate(to: before.size)
        // The clone is read, not the source: what is digested is what will be published.
        let content = FileBlocks(isClone ? copy.file : source, size: before.size)
        let frames = try options.activities.during(.copying, name.text, total: before.size) { activity in
            try makeFrames(of: content, activity: activity) { bytes, offset in
                if !isClone { try copy.file.writeSparsely(bytes, at: offset) }
            }
        }
        guard try source.status().stamp == stamp else {
            throw RepositoryError.changedWhileRead(path: source.path)
        }
        // Here and not under the lock, where the publish syncs once more: by then little is left to write.
        try options.activities.during(.flushing, name.text) { _ in
            try copy.file.sync()
            if frames.encoded.frames != nil { try frames.file.file.sync() }
        }
        return TakenImage(copy: copy, size: before.size, frames: frames)
    }

    private func makeDeltas(
        for taken: TakenImage, _ request: AddRequest, _ survey: Survey, _ state: RepositoryState
    ) throws -> DeltaResults {
        let holdings = Holdings(files: survey.versions, links: try links(), state: state)
        let held = holdings.image(request.name)
        if held?.currentVersion?.file.digests.sha256 == taken.digest { return DeltaResults() }
        let version =
            survey.versions.retained(request.name, taken.digest) ?? VersionName(request.name, VersionID(taken.digest))
        let target = DeltaTarget(
            version: version, digest: taken.digest, content: FileBlocks(taken.copy.file, size: taken.size),
            framesSize: taken.frames.size,
            // Those that this publish takes out of the catalogue get none any more.
            predecessors: held?.predecessors(keeping: request.limit, without: taken.digest) ?? [],
            others: holdings.currentVersions(except: request.name))
        return try makeDeltas(
            into: target,
            except: TransferOffer(survey.transfers).bases(into: version, taken.digest)
                .union(state.uselessDeltas[taken.digest.hex] ?? []),
            deadline: .now + options.making.deltaTime)
    }
}

/// An image as it was taken in, before anybody sees it.
private struct TakenImage {
    let copy: TemporaryFile
    /// In bytes.
    let size: Int64
    let frames: MadeFrames

    var digest: SHA256Digest { frames.digest }
    var summary: ContentSummary { frames.encoded.summary }
}

extension Change {
    fileprivate mutating func add(
        _ taken: TakenImage, _ deltas: DeltaResults, _ image: Inspection, as request: AddRequest
    ) throws -> AddResult {
        let placed = try place(taken.copy, taken.summary, image, as: request)
        if TransferOffer(state.transfers).transfer(of: placed.version, taken.digest, withDeltas: false) == nil {
            state.transfers.merge(try repository.publish(taken.frames, of: placed.version)) { _, new in new }
        }
        state.uselessDeltas[taken.digest.hex, default: []].formUnion(deltas.useless)
        try annotate(placed.version, request.properties)
        if placed.outcome != .alreadyCurrent { try makeCurrent(placed.version, message: request.message) }
        let beyond = beyond(request.proposedLimit, of: request.name)
        let retired = try request.limit.map { try retire(request.name, beyond: $0) } ?? []
        guard let file = state.files[placed.version.fileName] else {
            throw SystemError(
                "find", repository.archive.path(of: placed.version.fileName), code: .noSuchFileOrDirectory)
        }
        try takeFinishedDeltas()
        let transfer = TransferOffer(state.transfers).transfer(of: placed.version, taken.digest, withDeltas: true)
        return AddResult(
            outcome: placed.outcome, version: placed.version, digests: taken.summary.digests, size: file.stamp.size,
            dataSize: file.dataSize, virtualSize: file.virtualSize, diskFormat: file.diskFormat,
            framesSize: transfer?.frames?.size, deltas: transfer?.deltas ?? [], unfinishedDeltas: deltas.unfinished,
            retired: retired,
            beyondLimit: request.limit == nil ? beyond : [])
    }

    /// Finds the content in the archive, or puts it there.
    private mutating func place(
        _ copy: TemporaryFile, _ summary: ContentSummary, _ image: Inspection, as request: AddRequest
    ) throws -> (outcome: AddResult.Outcome, version: VersionName) {
        let held = self.image(request.name)
        if let current = held?.currentVersion, current.file.digests.sha256 == summary.digests.sha256 {
            try requireNotWithdrawn(current.name)
            state.files[current.name.fileName]?.isUnsafe = image.hazard == nil ? nil : true
            return (.alreadyCurrent, current.name)
        }
        if let retained = state.files.retained(request.name, summary.digests.sha256) {
            try requireNotWithdrawn(retained)
            state.files[retained.fileName]?.isUnsafe = image.hazard == nil ? nil : true
            try renewTime(of: retained, spare: copy)
            return (.currentAgain, retained)
        }
        let version = VersionName(request.name, VersionID(summary.digests.sha256))
        if let other = state.files[version.fileName] {
            throw RepositoryError.otherContent(
                path: repository.archive.path(of: version.fileName), expected: summary.digests.sha256,
                found: other.digests.sha256)
        }
        let size = try copy.file.status().size
        let attributes = repository.attributes(
            mode: repository.options.fileMode, modified: nextModified(of: request.name))
        try copy.publish(
            to: repository.archive, as: version.fileName, attributes: attributes, size: size, replacing: false)
        guard let stamp = try repository.archive.status(of: version.fileName)?.stamp else {
            throw SystemError("find", repository.archive.path(of: version.fileName), code: .noSuchFileOrDirectory)
        }
        state.files[version.fileName] = RepositoryState.KnownFile(stamp: stamp, summary: summary, image: image)
        return (.published, version)
    }
}

extension HeldImage {
    /// The versions that stay beside a new current one: as many as the limit leaves, and those that are protected.
    fileprivate func predecessors(keeping limit: Int?, without digest: SHA256Digest) -> [HeldVersion] {
        let others = versions.filter { $0.file.digests.sha256 != digest }
        let counted = others.filter { $0.marks.isProtected != true }
        let kept = Set(counted.prefix(limit.map { $0 - 1 } ?? .max).map(\.name))
        return others.filter { $0.marks.isProtected == true || kept.contains($0.name) }
    }
}

extension [String: RepositoryState.KnownFile] {
    /// A version with this content in the archive, under whatever id, even one that waits for removal.
    fileprivate func retained(_ image: ImageName, _ digest: SHA256Digest) -> VersionName? {
        let names = compactMap { fileName, file -> VersionName? in
            guard let name = VersionName(fileName: fileName), name.image == image,
                file.digests.sha256 == digest, name.id.names(file.digests)
            else { return nil }
            return name
        }
        return names.min { $0.id.text < $1.id.text }
    }
}
