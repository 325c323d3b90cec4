import GlareDiskImage
public import GlareModel
import GlareSystem
import SystemPackage

/// A disk for a new VM, made from a version of a cache.
public struct DiskClone: Sendable {
    public enum Format: String, CaseIterable, Sendable {
        /// An overlay: what the VM writes, on the version's file.
        case qcow2
        /// A copy of its own, sharing blocks where the filesystem can.
        case raw
    }

    /// The cache.
    public var target: String
    public var reference: ImageReference
    /// An absolute path.
    public var disk: String
    public var format: Format
    /// Bytes that the VM sees; nil for as many as the image has.
    public var size: Int64?
    /// Replace a disk that is there.
    public var force: Bool
    public var asker: LockAsker

    public init(
        target: String, reference: ImageReference, disk: String, format: Format, size: Int64?, force: Bool,
        asker: LockAsker
    ) {
        (self.target, self.reference, self.disk) = (target, reference, disk)
        (self.format, self.size, self.force, self.asker) = (format, size, force, asker)
    }

    /// A disk that was made.
    public struct Result: Sendable {
        public let version: VersionName
        /// The version's file, which an overlay is made on.
        public let source: String
        /// Bytes that the VM sees.
        public let virtualSize: Int64
        public let way: Way
        /// Why its publisher withdrew the version, if so.
        public let withdrawal: Withdrawal?
    }

    /// How it was made.
    public enum Way: String, Encodable, Sendable { case overlay, reflink, copy, converted }

    /// Makes the disk: whole and durable under its name, or not at all; but see ``CloningError/notDurable(path:reason:)``.
    ///
    /// - Throws: ``SyncError``, `InvalidReference`, `LockHeld`, `SystemError`, and `DiskImageError` for a version that
    ///   is none, where the catalogue in the cache does not say what it is.
    public func make() throws -> Result {
        let (place, name) = splitPath(disk)
        let directory = try Directory.open(place)
        // First of all, so that nothing is made in vain.
        try whileFree(directory, name) { _ in }
        guard let root = try Cache.directory(target) else { throw SyncError.noCache(path: target) }
        let home = try canonicalPath(place)
        try requireOutside(root, home, name)
        let (records, scratch) = try records(of: root)
        // Until the disk is there, no version is taken away.
        let share = try records.share(by: asker)
        defer { withExtendedLifetime(share) {} }
        let source = try source(in: root)
        // A copy takes a while, and needs the version no longer than it has it open, which nobody takes away.
        if format == .raw { share.release() }
        defer { withExtendedLifetime(source) {} }
        let virtualSize = size ?? source.virtualSize
        guard virtualSize >= source.virtualSize else {
            throw SyncError.cloning(
                .tooSmall(size: virtualSize, version: source.version.reference, virtualSize: source.virtualSize))
        }
        let temporary = try TemporaryFile(in: directory, beside: name)
        let way = try fill(temporary.file, from: source, to: virtualSize)
        // Before the last look at what is there, after which whoever opens that has to wait.
        try temporary.file.sync()
        try uninterrupted {
            guard way == .overlay else { return try publish(temporary, to: directory, as: name) }
            let record = UseRecords.Record(
                disk: home == "/" ? "/" + name : "\(home)/\(name)", version: source.version.fileName,
                device: try directory.status().stamp.device)
            try records.recording(record, of: temporary, scratch: scratch) {
                try publish(temporary, to: directory, as: name)
            }
        }
        return Result(
            version: source.version, source: source.path, virtualSize: virtualSize, way: way,
            withdrawal: source.withdrawal)
    }

    // MARK: Where it goes

    /// Runs `body` while nobody can open what is under the name, told whether something is there to be replaced:
    /// a file of which it is sure that nobody has it open.
    private func whileFree<Result>(
        _ directory: Directory, _ name: String, _ body: (_ isThere: Bool) throws -> Result
    ) throws -> Result {
        guard let status = try directory.status(of: name) else { return try body(false) }
        guard status.kind == .regular else { throw SyncError.cloning(.notAFile(path: disk)) }
        guard force else { throw SyncError.cloning(.diskExists(path: disk)) }
        let file: File
        do {
            file = try directory.file(name)
        } catch let error as SystemError {
            throw SyncError.cloning(
                .diskInUse(path: disk, reason: "whether somebody has it open is not known: \(error)"))
        }
        return try file.withOpenReason { reason in
            if let reason { throw SyncError.cloning(.diskInUse(path: disk, reason: "\(reason)")) }
            return try body(true)
        }
    }

    /// Beside the images disks may well be, as in a pool of libvirt's, under names that are not images'; not in what
    /// is sync's own.
    ///
    /// - Parameter home: Where the disk goes, without symlinks.
    private func requireOutside(_ root: Directory, _ home: String, _ name: String) throws {
        let cache = try canonicalPath(root.path)
        let own = [RepositoryLayout.archive, RepositoryLayout.catalogueDirectory, RepositoryLayout.privateDirectory]
        let isInside = own.contains { "\(home)/".hasPrefix("\(cache)/\($0)/") }
        guard !isInside, try home != cache || !isSyncs(name) else {
            throw SyncError.cloning(.insideCache(path: disk))
        }
    }

    /// Whether a name in the cache's directory is one that sync gives.
    private func isSyncs(_ name: String) throws -> Bool {
        let cache = try Cache(path: target)
        let documents = [
            RepositoryLayout.catalogue, RepositoryLayout.catalogueSignature, RepositoryLayout.imageList,
        ]
        return try documents.contains(name) || cache.state.images[name] != nil
            || cache.catalogue()?.rows.contains { $0.name.text == name } == true
    }

    private func records(of root: Directory) throws -> (UseRecords, scratch: Directory) {
        guard try root.status(of: RepositoryLayout.privateDirectory) != nil else {
            throw SyncError.noCache(path: target)
        }
        do {
            let directory = try root.directory(RepositoryLayout.privateDirectory)
            return (
                try UseRecords.make(in: directory, of: root),
                try directory.directory("tmp", create: (0o2770, Ownership(of: root)))
            )
        } catch let error as SystemError where [.permissionDenied, .notPermitted].contains(error.code) {
            throw SyncError.cloning(
                .noRecords(path: root.path(of: RepositoryLayout.privateDirectory), reason: "\(error.code)"))
        }
    }

    /// What a disk is made from.
    private struct Source {
        let version: VersionName
        /// As it was when it was verified.
        let file: File
        /// Without symlinks: a disk names it, whatever becomes of the way that led to the cache.
        let path: String
        let format: DiskImageFormat
        /// Bytes that a VM sees.
        let virtualSize: Int64
        let withdrawal: Withdrawal?

        /// What its publisher says that it is, or where nothing says that, its header. One that was published as
        /// raw may have no mark that tells, or a misleading one.
        init(_ version: VersionName, _ file: File, in cache: Cache, _ digest: SHA256Digest) throws {
            (self.version, self.file) = (version, file)
            path = try canonicalPath(file.path)
            let catalogue = try cache.catalogue()
            withdrawal = catalogue?.withdrawal(of: version, digest)
            let row = catalogue?.rows.first { $0.name == version.image }
            let entry = try row.flatMap { try cache.record(of: $0) }?.versions.first { $0.sha256 == digest }
            if let entry, let format = DiskImageFormat(rawValue: entry.diskFormat), entry.virtualSize > 0 {
                (self.format, virtualSize) = (format, entry.virtualSize)
            } else {
                let image = try DiskImage.recognise(file)
                (format, virtualSize) = (image.format, image.virtualSize)
            }
        }
    }

    /// The version that is meant.
    ///
    /// - Throws: ``CloningError/notHere(_:isCurrent:)`` for one that only the server has, as far as the catalogue in
    ///   the cache tells; `InvalidReference`.
    private func version(in cache: Cache) throws -> VersionName {
        do {
            return try cache.version(reference)
        } catch let error as InvalidReference {
            guard let listed = try? cache.version(reference, alsoListed: true) else { throw error }
            let isCurrent = try cache.catalogue()?.images.contains { $0.version == listed } == true
            throw SyncError.cloning(.notHere(listed, isCurrent: isCurrent))
        }
    }

    private func source(in root: Directory) throws -> Source {
        let archive = try root.directory(RepositoryLayout.archive)
        var attemptsLeft = 20
        while true {
            let cache = try Cache(path: target)
            let version = try self.version(in: cache)
            if let file = try archive.fileIfPresent(version.fileName),
                let recorded = cache.state.versions[version.fileName],
                try file.status().stamp.hasContentTimes(of: recorded.stamp)
            {
                return try Source(version, file, in: cache, recorded.sha256)
            }
            guard attemptsLeft > 0 else {
                throw SyncError.cloning(.changedVersion(path: archive.path(of: version.fileName)))
            }
            attemptsLeft -= 1
            // A sync may be between giving it a new time, as for a rollback, and recording that.
            pause(milliseconds: 50)
        }
    }

    private func publish(_ temporary: TemporaryFile, to directory: Directory, as name: String) throws {
        do {
            try whileFree(directory, name) { isThere in
                try temporary.publish(
                    to: directory, as: name,
                    attributes: FileAttributes(mode: 0o644, owner: Ownership(of: directory)),
                    size: temporary.file.status().size, replacing: isThere)
            }
        } catch let error as SystemError where error.code == .fileExists {
            throw SyncError.cloning(.diskExists(path: disk))
        } catch  where temporary.isPublished {
            throw SyncError.cloning(.notDurable(path: disk, reason: "\(error)"))
        }
    }

    // MARK: What is in it

    private func fill(_ file: File, from source: Source, to virtualSize: Int64) throws -> Way {
        switch format {
        case .qcow2:
            try Self.qemuImg([
                "create", "-q", "-f", "qcow2", "-F", source.format.qemuName, "-b", source.path, file.path,
                String(virtualSize),
            ])
            return .overlay
        case .raw where source.format.qemuName == "raw":
            let isShared = file.clone(source.file)
            if !isShared { try file.fill(from: source.file, length: source.file.status().size) { _ in } }
            try file.truncate(to: virtualSize)
            return isShared ? .reflink : .copy
        case .raw:
            try Self.qemuImg([
                "convert", "-q", "-f", source.format.qemuName, "-O", "raw", source.path, file.path,
            ])
            try file.truncate(to: virtualSize)
            return .converted
        }
    }

    /// A conversion of a large image takes a while; one that hangs on a dead filesystem would for ever.
    private static let longest: Int64 = 86400

    private static func qemuImg(_ arguments: [String]) throws {
        let ended: ChildProcess
        do {
            ended = try ChildProcess.run("qemu-img", arguments, seconds: longest)
        } catch let error as SystemError where error.code == .noSuchFileOrDirectory {
            throw SyncError.cloning(.noTool("qemu-img"))
        }
        guard ended.status == 0 else {
            let reason = ended.message.split(separator: "\n").first.map { String($0).safeForDisplay }
            throw SyncError.cloning(.toolFailed("qemu-img", reason: reason ?? "status \(ended.status ?? -1)"))
        }
    }
}

extension DiskImageFormat {
    /// As `qemu-img` takes it.
    var qemuName: String { self == .iso ? "raw" : rawValue }
}
