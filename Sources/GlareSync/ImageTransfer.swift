import GlareModel
import GlareSystem
import GlareTransfer

/// One image on one of its ways into the cache.
struct ImageTransfer {
    private let sync: Sync
    private let image: WantedImage
    private let place: Workplace
    private let cache: WritableCache
    private let counter = TransferMeter()
    /// Versions here that turned out to be other than they should.
    private(set) var wrongBases: Set<SHA256Digest> = []
    private var plainBytes: Int64 = 0

    init(_ sync: Sync, _ image: WantedImage, _ place: Workplace, _ cache: WritableCache) {
        self.sync = sync
        self.image = image
        self.place = place
        self.cache = cache
    }

    /// Bytes of the image that came over the network.
    var fetched: Int64 { counter.total.bytes + plainBytes }

    private var options: SyncOptions { sync.options }

    /// - Throws: What went wrong; the cache is as it was.
    mutating func run(_ way: Way) async throws {
        switch way {
        case .archive: try await showFromArchive()
        case .delta(let delta): try await apply(delta)
        case .frames, .twin: try await fetchFrames()
        case .plain: try await fetchWhole()
        }
    }

    private func showFromArchive() async throws {
        // It may have been placed by other rules than today's.
        if let file = try? cache.archive.file(image.row.version.fileName) {
            try await sync.requireSafe(file, image.version, of: image.name)
        }
        let isShown = try await sync.showFromArchive(
            image.row.version, sha256: image.row.sha256, modified: image.modified, validators: nil, cache)
        guard isShown else {
            throw InvalidDocument(
                cache.archive.path(of: image.row.version.fileName), "is not what it was when it was placed")
        }
    }

    private mutating func fetchWhole() async throws {
        let (image, row, cache, modified) = (image, image.row, cache, image.modified)
        let remote = RemoteFile(path: RepositoryLayout.path(of: row.version), size: row.size, sha256: row.sha256)
        plainBytes += try await sync.fetch(
            remote, of: row.name, expected: row.size, resume: true, withMD5: false, spaceNeeded: image.version.dataSize,
            cache
        ) { source, download, file in
            guard file.digests.sha256 == row.sha256 else {
                throw SyncError.wrongContent(
                    address: source.url(remote.path), expected: "SHA-256 \(row.sha256)", found: "\(file.digests.sha256)"
                )
            }
            try await sync.inspecting(discard: download.discard) {
                try await sync.requireSafe(download.file.file, image.version, of: row.name)
            }
            try await FileThreads.run { try cache.place(download, as: row.version, file, modified: modified) }
        }
    }

    // MARK: Frame by frame

    private mutating func apply(_ delta: DeltaReference) async throws {
        let (name, path) = (image.name, TransferName(image.row.version, .delta, delta.content).path)
        guard let base = place.versionsHere.first(where: { $0.sha256 == delta.base }) else {
            throw InvalidDocument(path, "starts from a version that is not here: \(delta.base)")
        }
        let manifest = try await self.manifest()
        do {
            let file = try await FileThreads.run { [cache] in try cache.archive.file(base.name.fileName) }
            try await assemble(manifest, from: base) { partial in
                if options.verification == .changed {
                    let local = try await sync.localFrames(of: manifest, for: name, place, mayRead: false)
                    _ = try await takeOver(local, into: partial) { $0.sha256 == delta.base && isTrusted($0) }
                }
                try await FileThreads.run { try partial.requireRoom(forDelta: delta.content.size) }
                let fetch = DeltaFetch(
                    read: ranged, delta: delta, path: path, target: partial.target,
                    base: BaseBlocks(FileBlocks(file, size: base.stamp.size, givesBack: true)), gate: sync.segments)
                try await fetch.run(keeping: WritableCache.deltaName(name), in: cache.partial)
            }
        } catch {
            if error is WrongBase {
                options.report(.wrongVersion(path: cache.archive.path(of: base.name.fileName)))
                wrongBases.insert(delta.base)
            }
            throw error
        }
    }

    private mutating func fetchFrames() async throws {
        let manifest = try await self.manifest()
        let local = try await sync.localFrames(
            of: manifest, for: image.name, place, mayRead: true, except: wrongBases)
        let path =
            image.version.transfer?.frames.map { TransferName(image.row.version, .frames, $0).path }
            ?? RepositoryLayout.path(of: image.row.version)
        var wrong: [LocalVersion] = []
        try await assemble(manifest, from: local.mostInPlace(of: manifest)) { partial in
            wrong = try await takeOver(local, into: partial) { _ in true }
            try await FileThreads.run { try partial.requireRoom() }
            try await FrameFetch(partial.target, path: path, connections: options.connections, read: ranged).run()
        }
        for version in wrong {
            options.report(.wrongVersion(path: cache.archive.path(of: version.name.fileName)))
            wrongBases.insert(version.sha256)
        }
    }

    private var ranged: RangedRead { RangedRead(mirrors: sync.mirrors, retry: options.retry, counter: counter) }

    private func manifest() async throws -> Manifest {
        guard let transfer = image.version.transfer else {
            throw SyncError.missing(address: "the manifest of \(image.row.version)")
        }
        return try await sync.manifest(image.row, transfer, place).0
    }

    /// Puts an image together in a file of its own, and places it when every frame of it is right.
    ///
    /// - Parameter base: What to begin with, where its file can be cloned.
    private func assemble(
        _ manifest: Manifest, from base: LocalVersion?, _ body: (PartialImage) async throws -> Void
    ) async throws {
        let (cache, image) = (cache, image)
        try await options.activities.during(.fetching, image.name.text, total: manifest.dataSize) { activity in
            let partial = try await FileThreads.run {
                try PartialImage(
                    of: image.row.version, manifest, in: cache,
                    base: base.map { (try cache.archive.file($0.name.fileName), $0.sha256) },
                    spaceNeeded: image.version.dataSize, activity: activity)
            }
            try await body(partial)
            try await sync.inspecting(discard: partial.discard) {
                try await sync.requireSafe(partial.file, image.version, of: image.name)
            }
            try await FileThreads.run {
                try cache.place(
                    partial, as: image.row.version, sha256: image.row.sha256,
                    manifest: SHA256Digest(of: manifest.bytes),
                    modified: image.modified)
            }
        }
    }

    /// Whether nobody has touched a version since it was verified.
    private func isUntouched(_ version: LocalVersion) -> Bool {
        (try? cache.archive.status(of: version.name.fileName)?.stamp) == version.stamp
    }

    /// Whether its frames need not be verified again: they were, against the manifest that is in the cache.
    private func isTrusted(_ version: LocalVersion) -> Bool {
        guard options.verification == .changed, let proven = version.manifest, isUntouched(version) else {
            return false
        }
        let manifest = try? cache.manifests.read(version.sha256) { SHA256Digest(of: $0) == proven }
        return manifest != nil
    }

    /// Takes frames from versions here.
    ///
    /// - Returns: Versions that had not what their manifests say.
    private func takeOver(
        _ local: LocalFrames, into partial: PartialImage, from isMeant: (LocalVersion) -> Bool
    ) async throws -> [LocalVersion] {
        var wrong: [LocalVersion] = []
        for (index, version) in local.versions.enumerated() where isMeant(version) {
            let isTrusted = isTrusted(version)
            let frames = local.places.filter { $0.value.version == index }.map { ($0.key, $0.value.offset) }
                .sorted { $0.0 < $1.0 }
            let (archive, isClone) = (cache.archive, partial.target.beginning == .clone)
            let areRight = try await FileThreads.run {
                try partial.takeOver(
                    frames, from: archive.file(version.name.fileName), size: version.stamp.size,
                    isCloneOf: isClone && version.sha256 == partial.base, isTrusted: isTrusted)
            }
            if !areRight { wrong.append(version) }
            if isTrusted && !isUntouched(version) {
                throw InvalidDocument(archive.path(of: version.name.fileName), "was changed while it was read")
            }
        }
        return wrong
    }
}
