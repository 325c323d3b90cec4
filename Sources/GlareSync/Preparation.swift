import GlareModel
import GlareSystem
import GlareTransfer

/// What there is to know of an image before a plan is made.
enum Prepared: Sendable {
    /// Nothing has to be fetched, or nothing may be.
    case settled(ImageOutcome)
    case wanted(WantedImage)
}

extension Sync {
    /// Looks at what stands under an image's name, and at what the repository has instead.
    ///
    /// - Parameter mayComeAgain: Whether a new catalogue is read if something is missing.
    func prepare(_ row: Catalogue.Image, _ place: Workplace, mayComeAgain: Bool) async throws -> Prepared {
        let (record, cost) = try await record(of: row, place)
        let known = KnownContents(row.name, record: record, state: place.state)
        let local = try await inspect(row.name, place, known: known)
        if let outcome = try await settle(row.version, sha256: row.sha256, local, validators: nil, place) {
            return .settled(outcome)
        }
        guard let version = record.versions.first(where: { $0.id == row.current }) else {
            throw SyncError.missing(address: row.record.path)
        }
        try requireAcceptable(version, of: row.name)
        var image = WantedImage(row: row, version: version, local: local, knowing: cost)
        let isWrong = options.wrong.contains(row.version.fileName)
        if !isWrong, place.state.versions[row.version.fileName]?.sha256 == row.sha256 {
            image.isInArchive = true
        } else {
            try await compare(&image, place, mayComeAgain: mayComeAgain)
        }
        return .wanted(image)
    }

    /// Finds out what of an image has to be fetched frame by frame, where the repository offers that.
    func compare(_ image: inout WantedImage, _ place: Workplace, mayComeAgain: Bool) async throws {
        guard let transfer = image.version.transfer else { return }
        do {
            let (manifest, cost) = try await manifest(image.row, transfer, place)
            image.knowing = image.knowing + cost
            let bases = Set(place.versionsHere.map(\.sha256))
            // To read a version here for its frames is worth it where no delta leads from it.
            let mayRead = !transfer.deltas.contains { bases.contains($0.base) }
            let local = try await localFrames(of: manifest, for: image.name, place, mayRead: mayRead)
            let requests = FrameRequest.cover(
                local.missing(of: manifest), of: manifest, connections: options.connections)
            image.frames = (requests.cost, local.size(in: manifest))
        } catch {
            let isMissing = (error as? SyncError)?.isMissing == true
            guard error.meansAnotherWay, !(isMissing && mayComeAgain) else { throw error }
            options.report(.wayLeft(image.name, .frames, next: .plain, reason: "\(error)"))
        }
    }

    /// The images whose names stand for what the catalogue says, as sync left them: the common case, for which
    /// nothing else is looked at.
    func current(among rows: [Catalogue.Image], _ place: Workplace) async throws -> Set<ImageName> {
        let (root, state, wrong) = (place.root, place.state, options.wrong)
        return try await FileThreads.run {
            let current = try rows.filter { row in
                guard !wrong.contains(row.version.fileName), let placed = state.images[row.name.text],
                    placed.id == row.current,
                    state.versions[row.version.fileName]?.sha256 == row.sha256
                else { return false }
                return try root?.status(of: row.name.text)?.stamp == placed.stamp
            }
            return Set(current.map(\.name))
        }
    }

    /// Reads the records of images that stay as they are here, where those have changed: `list` tells from them
    /// what their publisher says. What can't be read now is read by the next sync.
    func readRecords(of rows: [Catalogue.Image], _ place: Workplace) async {
        guard place.cache != nil else { return }
        await forEach(rows, atATime: options.connections) { row in
            _ = try? await record(of: row, place)
        } done: {
            _, _ in
        }
    }

    /// The record that the catalogue names, from the cache where it is there.
    func record(of row: Catalogue.Image, _ place: Workplace) async throws -> (ImageRecord, Cost) {
        let row = place.holds.published[row.name] ?? row
        if let cached = try await FileThreads.run({ try place.root?.record(of: row) }) { return (cached, Cost()) }
        let (bytes, record) = try await mirrors.run(options.retry) { source in
            let address = source.url(row.record.path)
            let answer = try await source.document(row.record.path, limit: Int(row.record.size), unless: nil)
            guard case .found(let bytes, _) = answer else { throw SyncError.missing(address: address) }
            return (bytes, try ImageRecord(json: bytes, of: row, subject: address))
        }
        if let cache = place.cache {
            try await FileThreads.run { try cache.saveDocument(bytes, digest: row.record.sha256) }
        }
        return (record, Cost(bytes: Int64(bytes.count), requests: 1))
    }

    /// The manifest that the record names, from the cache where it is there.
    func manifest(
        _ row: Catalogue.Image, _ transfer: ImageRecord.Version.Transfer, _ place: Workplace
    ) async throws -> (Manifest, Cost) {
        let reference = transfer.manifest
        let cached = try await FileThreads.run {
            try place.manifests?.read(row.sha256) { SHA256Digest(of: $0) == reference.sha256 }
        }
        if let cached { return (cached, Cost()) }
        let path = TransferName(row.version, .manifest, reference).path
        let (bytes, manifest) = try await mirrors.run(options.retry) { source in
            let address = source.url(path)
            guard case .found(let bytes, _) = try await source.document(path, limit: Int(reference.size), unless: nil)
            else { throw SyncError.missing(address: address) }
            guard SHA256Digest(of: bytes) == reference.sha256 else {
                throw SyncError.wrongContent(
                    address: address, expected: "SHA-256 \(reference.sha256)", found: "\(SHA256Digest(of: bytes))")
            }
            let manifest = try Manifest(bytes, subject: address)
            guard manifest.image.text == row.sha256, manifest.imageSize == row.size else {
                throw InvalidDocument(address, "is the manifest of another image: \(manifest.image.text)")
            }
            let frames = transfer.frames ?? ContentReference(sha256: row.sha256, size: row.size)
            guard manifest.stored.text == frames.sha256, manifest.storedSize == frames.size else {
                throw InvalidDocument(address, "has its frames in another file than the record says")
            }
            return (bytes, manifest)
        }
        if let cache = place.cache {
            try await FileThreads.run { try cache.saveManifest(bytes, of: row.sha256) }
        }
        return (manifest, Cost(bytes: Int64(bytes.count), requests: 1))
    }

    /// Which frames versions here have.
    ///
    /// - Parameters:
    ///   - mayRead: Whether an older version of the image whose manifest is not here is read for one.
    ///   - wrong: Versions that were found to be other than they should.
    func localFrames(
        of manifest: Manifest, for name: ImageName, _ place: Workplace, mayRead: Bool,
        except wrong: Set<SHA256Digest> = []
    ) async throws -> LocalFrames {
        let (options, state) = (options, place.state)
        return try await FileThreads.run {
            let versions = place.versionsHere.filter { !wrong.contains($0.sha256) }
            // Of its own image first, and of those the one under the name: it is the likeliest to have most.
            let shown = state.images[name.text]?.id
            let ranked = versions.sorted {
                ($0.name.image != name ? 1 : 0, $0.name.id != shown ? 1 : 0, $0.name.fileName)
                    < ($1.name.image != name ? 1 : 0, $1.name.id != shown ? 1 : 0, $1.name.fileName)
            }
            return try LocalFrames(of: manifest, in: ranked) { version in
                if let theirs = try place.manifests?.read(version.sha256) { return theirs }
                guard mayRead, version.name.image == name, let archive = place.archive,
                    let file = try? archive.file(version.name.fileName)
                else { return nil }
                let content = FileBlocks(file, size: version.stamp.size, givesBack: true)
                let found = try options.activities.during(
                    .reading, version.name.fileName, total: content.size
                ) { activity in
                    try Manifest(
                        describing: content, image: version.sha256, threads: FileThreads.count, activity: activity)
                }
                try place.cache?.saveManifest(found.bytes, of: version.sha256)
                return found
            }
        }
    }
}
