import GlareDiskImage
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

    public init(source: String, name: ImageName, message: String, limit: Int?, proposedLimit: Int) {
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
    public let retired: [RetiredVersion]
    /// What a limit of ``AddRequest/proposedLimit`` would retire.
    public let beyondLimit: [RetiredVersion]
}

extension Repository {
    /// Publishes an image file.
    ///
    /// Copying and hashing, which take long, happen before the lock is taken. Nothing is visible until
    /// the copy is whole and on disk; then, in this order, the version, the symlink, the changelog and
    /// the index.
    ///
    /// - Throws: ``RepositoryError``, `DiskImageError`, `SystemError`.
    public func add(_ request: AddRequest) throws -> AddResult {
        guard request.message.contains(where: { !$0.isWhitespace }) else { throw RepositoryError.emptyMessage }
        let source = try open(request.source)
        let image = try DiskImage.inspect(source)
        try requireFreeName(request.name)
        let known = try survey()
        let copy = try TemporaryFile(in: scratch)
        let summary = try take(source, into: copy)
        return try change(known: known) { change in
            try change.add(copy, summary, image, as: request)
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

    private func requireFreeName(_ name: ImageName) throws {
        switch try root.status(of: name.text)?.kind {
        case nil, .symbolicLink: break
        case .directory: throw RepositoryError.nameTaken(path: root.path(of: name.text), by: "a directory")
        case .regular, .other: throw RepositoryError.nameTaken(path: root.path(of: name.text), by: "a file")
        }
    }

    private func take(_ source: File, into copy: TemporaryFile) throws -> ContentSummary {
        let before = try source.status()
        let summary = try PlainContent.copy(source, to: copy.file, length: before.size) {
            try scratch.requireSpace(before.allocated, for: source.path)
        }
        guard try source.status().stamp == before.stamp else {
            throw RepositoryError.changedWhileRead(path: source.path)
        }
        // Here and not under the lock, where the publish syncs once more: by then little is left to write.
        try copy.file.sync()
        return summary
    }
}

extension Change {
    fileprivate mutating func add(
        _ copy: TemporaryFile, _ summary: ContentSummary, _ image: DiskImage, as request: AddRequest
    ) throws -> AddResult {
        let placed = try place(copy, summary, image, as: request)
        if placed.outcome != .alreadyCurrent { try makeCurrent(placed.version, message: request.message) }
        let beyond = beyond(request.proposedLimit, of: request.name)
        let retired = try request.limit.map { try retire(request.name, beyond: $0) } ?? []
        guard let file = state.files[placed.version.fileName] else {
            throw SystemError(
                "find", repository.archive.path(of: placed.version.fileName), code: .noSuchFileOrDirectory)
        }
        return AddResult(
            outcome: placed.outcome, version: placed.version, digests: summary.digests, size: file.stamp.size,
            dataSize: file.dataSize, virtualSize: file.virtualSize, diskFormat: file.diskFormat, retired: retired,
            beyondLimit: request.limit == nil ? beyond : [])
    }

    /// Finds the content in the archive, or puts it there.
    private mutating func place(
        _ copy: TemporaryFile, _ summary: ContentSummary, _ image: DiskImage, as request: AddRequest
    ) throws -> (outcome: AddResult.Outcome, version: VersionName) {
        let held = self.image(request.name)
        if let current = held?.currentVersion, current.file.digests.sha256 == summary.digests.sha256 {
            return (.alreadyCurrent, current.name)
        }
        if let retained = retained(request.name, summary.digests.sha256) {
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

    /// A version with this content in the archive, under whatever id, even one that waits for removal.
    private func retained(_ image: ImageName, _ digest: SHA256Digest) -> VersionName? {
        let names = state.files.compactMap { fileName, file -> VersionName? in
            guard let name = VersionName(fileName: fileName), name.image == image,
                file.digests.sha256 == digest, name.id.names(file.digests)
            else { return nil }
            return name
        }
        return names.min { $0.id.text < $1.id.text }
    }
}
