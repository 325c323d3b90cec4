import GlareModel
import GlareSystem
import Synchronization
import SystemPackage

/// A cache with its lock held. All calls block on the disk.
final class WritableCache: Sendable {
    let root: Directory
    let archive: Directory
    let partial: Directory
    let scratch: Directory
    private let catalogueDirectory: Directory
    let privateDirectory: Directory
    let manifests: ManifestStore
    private let owner: Ownership
    private let fileMode: UInt32
    private let lock: DirectoryLock
    private let state: Mutex<CacheState>

    enum Opening {
        case opened(WritableCache)
        case busy(holder: String)
    }

    /// Opens the cache at `path`, which is made where its parent is there, unless another sync has it.
    static func open(_ path: String, _ access: CacheAccess) throws -> Opening {
        do {
            _ = try Directory.create(path)
        } catch let error as SystemError where error.code == .notDirectory || error.code == .noSuchFileOrDirectory {
            throw SyncError.notADirectory(path: path)
        }
        guard let directory = try Cache.directory(path) else { throw SyncError.notADirectory(path: path) }
        guard try directory.status(of: RepositoryLayout.imageList) == nil else {
            throw SyncError.isARepository(path: path)
        }
        try directory.requireKnownCache()
        try PlantedLinks.remove(fromTopOf: directory)
        let owner = try Ownership(of: directory)
        let closed = try directory.directory(RepositoryLayout.privateDirectory, create: (0o2770, owner))
        try PlantedLinks.removeAll(from: closed)
        switch try lock(closed, of: path, access.asker) {
        case .held(let holder): return .busy(holder: holder)
        case .acquired(let lock):
            // Now that nobody else writes.
            let state = try Cache.state(in: directory)
            return .opened(
                try WritableCache(
                    root: directory, privateDirectory: closed, owner: owner, lock: lock, state: state, access)
            )
        }
    }

    private static func lock(
        _ directory: Directory, of path: String, _ asker: LockAsker
    ) throws -> DirectoryLock.Attempt {
        guard let limit = asker.lockWait else {
            return try DirectoryLock.attempt(in: directory, holder: asker.holder)
        }
        return .acquired(
            try DirectoryLock.acquire(
                in: directory, holder: asker.holder, limit: limit, of: path, onWait: asker.onWait))
    }

    /// Lets others write: nothing may be written from here on.
    func close() { lock.release() }

    private init(
        root: Directory, privateDirectory: Directory, owner: Ownership, lock: DirectoryLock, state: CacheState,
        _ access: CacheAccess
    ) throws {
        self.root = root
        self.privateDirectory = privateDirectory
        self.owner = owner
        self.lock = lock
        self.fileMode = access.fileMode
        archive = try root.directory(RepositoryLayout.archive, create: (0o2775, owner))
        catalogueDirectory = try root.directory(RepositoryLayout.catalogueDirectory, create: (0o2775, owner))
        scratch = try privateDirectory.directory("tmp", create: (0o2770, owner))
        manifests = ManifestStore(
            directory: try privateDirectory.directory(ManifestStore.name, create: (0o2770, owner)))
        try PlantedLinks.removeAll(from: catalogueDirectory)
        try PlantedLinks.removeAll(from: manifests.directory)
        try PlantedLinks.remove(fromArchive: archive)
        try scratch.requireMovable(to: archive)
        try TemporaryFile.removeAbandoned(in: scratch)
        var state = state
        if state.versions.isEmpty {
            state.versions = try Self.versionsFound(in: archive)
            let images = Set(state.versions.keys.compactMap { VersionName(fileName: $0)?.image.text })
            // How their names moved is lost as well.
            if !images.isEmpty { state.movedUnseen = images.sorted() }
        }
        partial = try Self.downloads(root: root, privateDirectory: privateDirectory, owner: owner, &state, access)
        try PlantedLinks.removeAll(from: partial)
        self.state = Mutex(state)
    }

    /// Where partial downloads live: on the cache's filesystem, or they could not be renamed into it.
    private static func downloads(
        root: Directory, privateDirectory: Directory, owner: Ownership, _ state: inout CacheState,
        _ access: CacheAccess
    ) throws -> Directory {
        let own = { try privateDirectory.directory("partial", create: (UInt32(0o2770), owner)) }
        guard let path = access.downloadDirectory else { return try own() }
        let place = try Directory.open(path)
        let stamp = try root.status().stamp
        guard try place.status().stamp.device == stamp.device else {
            if state.unusableDownloadDirectory != path { access.report(.downloadDirectoryUnusable(path: path)) }
            state.unusableDownloadDirectory = path
            return try own()
        }
        // A directory of our own, because the place may be as public as /tmp: what others put there is
        // not ours to resume.
        let directory = try place.directory(Self.downloadName(for: stamp), create: (0o700, nil))
        guard try directory.status().isPrivateToThisUser else {
            throw SystemError("use, because others can write there,", directory.path, code: .permissionDenied)
        }
        return directory
    }

    /// What the directory for downloads of the cache with this root is called, in a place that the user named.
    static func downloadName(for root: FileStamp) -> String {
        "glare-\(String(root.device, radix: 16))-\(String(root.inode, radix: 16))"
    }

    func attributes(mode: UInt32, modified: FileTime? = nil) -> FileAttributes {
        FileAttributes(mode: mode, owner: owner, modified: modified)
    }

    // MARK: State

    var snapshot: CacheState { state.withLock { $0 } }

    /// Changes the state and makes it durable; a sync that finds nothing new writes nothing.
    func update(_ change: (inout CacheState) throws -> Void) throws {
        try state.withLock { state in
            let before = state
            try change(&state)
            guard state != before else { return }
            try privateDirectory.publish(
                Document.encode(state), as: CacheState.fileName, attributes: attributes(mode: 0o660), scratch: scratch)
        }
    }

    /// Makes durable what the next catalogue is held against.
    func remember(_ memory: TrustMemory) throws {
        // A damaged one is written anew: it comes to that only where it was to be forgotten.
        if let before = try? TrustMemory.load(from: root), before == memory { return }
        try privateDirectory.publish(
            Document.encode(memory), as: TrustMemory.fileName, attributes: attributes(mode: 0o660), scratch: scratch)
    }

    // MARK: Documents

    func saveDocument(_ bytes: [UInt8], digest: SHA256Digest) throws {
        let name = RepositoryLayout.documentName(digest)
        guard try catalogueDirectory.status(of: name) == nil else { return }
        try catalogueDirectory.publish(bytes, as: name, attributes: attributes(mode: 0o664), scratch: scratch)
    }

    /// Remembers a catalogue that is about to be saved, beside the one that is there: a damaged one is neither.
    func claim(_ catalogue: SHA256Digest) throws {
        guard snapshot.catalogues?.first != catalogue else { return }
        try update { $0.catalogues = [catalogue] + ($0.catalogues ?? []).prefix(1) }
    }

    /// Keeps the catalogue that was synced from with its signature, and of `catalogue/` what it names.
    ///
    /// A signature that is there is that of the catalogue, at every moment: the old one goes before the catalogue
    /// is replaced, and the new one comes after it.
    func saveCatalogue(_ bytes: [UInt8], signature: Signature?, named: Set<SHA256Digest>) throws {
        let before = try root.fileIfPresent(RepositoryLayout.catalogue)?.readAll(limit: Catalogue.sizeLimit)
        if before != bytes {
            try saveSignature(nil)
            try root.publish(
                bytes, as: RepositoryLayout.catalogue, attributes: attributes(mode: 0o664), scratch: scratch)
        }
        try saveSignature(signature)
        let names = Set(named.map(RepositoryLayout.documentName))
        for name in try catalogueDirectory.names() where name.hasSuffix(".json") && !names.contains(name) {
            try catalogueDirectory.remove(name)
        }
        try manifests.removeAll(except: Set(snapshot.versions.values.map(\.sha256)))
    }

    private func saveSignature(_ signature: Signature?) throws {
        let name = RepositoryLayout.catalogueSignature
        let before = try root.fileIfPresent(name)?.readAll(limit: Signature.sizeLimit)
        guard before != signature?.fileBytes else { return }
        guard let signature else {
            try root.remove(name)
            return try root.sync()
        }
        try root.publish(
            signature.fileBytes, as: name, attributes: attributes(mode: 0o664), scratch: scratch)
    }

    func saveManifest(_ bytes: [UInt8], of image: SHA256Digest) throws {
        try manifests.directory.publish(bytes, as: image.hex, attributes: attributes(mode: 0o660), scratch: scratch)
    }

    // MARK: Images

    /// What an unfinished delta is called in ``partial``.
    static func deltaName(_ image: ImageName) -> String { image.text + ".delta" }

    /// Makes an image that was put together a version in the archive and what its name stands for.
    ///
    /// - Parameter manifest: Digest of the manifest that each of its frames was verified against.
    func place(
        _ partial: PartialImage, as version: VersionName, sha256: SHA256Digest, manifest: SHA256Digest,
        modified: FileTime
    ) throws {
        try partial.publish(as: version, attributes: attributes(mode: fileMode, modified: modified))
        try self.partial.remove(Self.deltaName(version.image))
        try note(version, sha256: sha256, manifest: manifest)
        try show(version, validators: nil)
    }

    /// Makes a finished download a version in the archive and what its image's name stands for.
    func place(_ download: Download, as version: VersionName, _ file: FetchedFile, modified: FileTime?) throws {
        try download.publish(
            as: version, attributes: attributes(mode: fileMode, modified: modified), size: file.size)
        try partial.remove(Self.deltaName(version.image))
        try note(version, sha256: file.digests.sha256)
        try show(version, validators: file.validators)
    }

    /// Records a version's file as it is now.
    ///
    /// - Parameter manifest: Digest of the manifest that its frames were verified against, if they were.
    func note(_ version: VersionName, sha256: SHA256Digest, manifest: SHA256Digest? = nil) throws {
        guard let stamp = try archive.status(of: version.fileName)?.stamp else { return }
        try update { state in
            let before = state.versions[version.fileName]
            let known = before?.sha256 == sha256 ? before?.manifest : nil
            state.versions[version.fileName] = CacheState.CachedVersion(
                sha256: sha256, stamp: stamp, superseded: nil, manifest: manifest ?? known)
        }
    }

    /// Makes an image's name stand for a version that is in the archive, in one step.
    func show(_ version: VersionName, validators: Validators?) throws {
        let name = version.image.text
        let untouched = try untouchedVersions(of: version.image)
        try archive.publishSecondName(
            of: version.fileName, to: root, as: name, attributes: attributes(mode: fileMode), scratch: scratch)
        try recordShown(version, validators: validators, untouched: untouched)
    }

    /// Gives a file under an image's name, whose content is this version, its second name in the archive.
    func adopt(
        _ version: VersionName, sha256: SHA256Digest, seen: FileStamp, validators: Validators?
    ) throws {
        let name = version.image.text
        let untouched = try untouchedVersions(of: version.image)
        let file = try root.file(name)
        // Somebody else's file may stay somebody else's: only its owner may change its mode.
        try? file.setMode(fileMode)
        try root.publishSecondName(
            of: name, to: archive, as: version.fileName, attributes: attributes(mode: fileMode), scratch: scratch)
        try requireUntouched(root, name, since: seen)
        try note(version, sha256: sha256)
        try recordShown(version, validators: validators, untouched: untouched)
    }

    /// Versions whose file is just as it is recorded: when links come and go, their stamp may be renewed. One
    /// that somebody wrote to, and put its time back, keeps the stamp that gives it away.
    private func untouchedVersions(of image: ImageName) throws -> Set<String> {
        let versions = snapshot.versions.filter { VersionName(fileName: $0.key)?.image == image }
        return Set(try versions.filter { try archive.status(of: $0.key)?.stamp == $0.value.stamp }.keys)
    }

    /// What is recorded is what was read: only links and the mode may have changed since.
    private func requireUntouched(_ directory: Directory, _ name: String, since seen: FileStamp) throws {
        guard let found = try directory.status(of: name)?.stamp, found.isSameFile(as: seen),
            found.hasContentTimes(of: seen)
        else { throw SyncError.changedWhileRead(path: directory.path(of: name)) }
    }

    /// Records what stands under the name, and that the other versions of the image don't any more.
    private func recordShown(_ version: VersionName, validators: Validators?, untouched: Set<String>) throws {
        guard let shown = try root.status(of: version.image.text)?.stamp else { return }
        let now = FileTime.now
        try update { state in
            state.images[version.image.text] = CacheState.PlacedImage(
                id: version.id, stamp: shown, validators: validators)
            for (fileName, cached) in state.versions where VersionName(fileName: fileName)?.image == version.image {
                let superseded = fileName == version.fileName ? nil : cached.superseded ?? now
                state.versions[fileName]?.superseded = superseded
                guard untouched.contains(fileName), let stamp = try archive.status(of: fileName)?.stamp,
                    stamp.isSameFile(as: cached.stamp), stamp.hasContentTimes(of: cached.stamp)
                else { continue }
                // Links that came and went have changed it, and nothing else.
                state.versions[fileName]?.stamp = stamp
            }
        }
    }

    /// Keeps what somebody made of a placed file under the id of what it now holds.
    func setAside(
        _ image: ImageName, was: VersionID, digests: ContentDigests, seen: FileStamp
    ) throws -> VersionName {
        let changed = VersionName(image, VersionID(digests.sha256))
        let before = VersionName(image, was).fileName
        let shown = try root.status(of: image.text)?.stamp
        if let shown, let linked = try archive.status(of: before)?.stamp, linked.isSameFile(as: shown) {
            try archive.rename(before, to: archive, as: changed.fileName)
            try archive.sync()
            try update { $0.versions[before] = nil }
        } else {
            try root.publishSecondName(
                of: image.text, to: archive, as: changed.fileName, attributes: attributes(mode: fileMode),
                scratch: scratch)
        }
        try requireUntouched(root, image.text, since: seen)
        try note(changed, sha256: digests.sha256)
        try update { $0.versions[changed.fileName]?.isSetAside = true }
        return changed
    }

    /// Takes an image's name away; its versions stay in the archive until they are old.
    func remove(_ image: ImageName) throws {
        let now = FileTime.now
        try root.remove(image.text)
        try root.sync()
        try update { state in
            state.images[image.text] = nil
            for (fileName, cached) in state.versions
            where VersionName(fileName: fileName)?.image == image && cached.superseded == nil {
                state.versions[fileName]?.superseded = now
            }
        }
    }
}

extension FileStatus {
    fileprivate var isPrivateToThisUser: Bool { owner == effectiveUser && mode & 0o022 == 0 }
}
