import FoundationEssentials
import GlareModel
import GlareSystem
import GlareTransfer

/// One image, from a repository with a catalogue.
extension Sync {
    func sync(_ row: Catalogue.Image, _ place: Workplace) async throws -> ImageOutcome {
        let record = try await record(of: row, place)
        let known = KnownContents(row.name, record: record, state: place.state)
        let local = try await FileThreads.run {
            try LocalImage.inspect(row.name, in: place.root, state: place.state, known: known)
        }
        if let outcome = try await settle(row.version, sha256: row.sha256, local, validators: nil, place) {
            return outcome
        }
        guard let cache = place.cache else {
            return .wouldUpdate(from: local.version, to: row.current, bytes: row.size)
        }
        try await makeRoom(row.name, local, cache)
        let version = record.currentVersion
        let modified = version.map { FileTime(seconds: Int64($0.modified.timeIntervalSince1970)) }
        if try await showFromArchive(row.version, sha256: row.sha256, modified: modified, validators: nil, cache) {
            return .updated(from: local.version, to: row.current, fetched: 0)
        }
        let remote = RemoteFile(path: RepositoryLayout.path(of: row.version), size: row.size)
        let bytes = try await fetch(
            remote, of: row.name, resume: true, withMD5: false, spaceNeeded: version?.dataSize, cache
        ) { download, file in
            guard file.digests.sha256 == row.sha256 else {
                throw SyncError.wrongContent(
                    address: source.url(remote.path), expected: "SHA-256 \(row.sha256)", found: "\(file.digests.sha256)"
                )
            }
            try await FileThreads.run {
                try cache.place(download, as: row.version, file, modified: modified ?? file.modified)
            }
        }
        return .updated(from: local.version, to: row.current, fetched: bytes)
    }

    /// The record that the catalogue names, from the cache where it is there.
    private func record(of row: Catalogue.Image, _ place: Workplace) async throws -> ImageRecord {
        if let cached = try await FileThreads.run({ try Cache(path: options.target).record(of: row) }) { return cached }
        let address = source.url(row.record.path)
        let answer = try await options.retry.run(onRetry: retrying) {
            try await source.document(row.record.path, limit: Int(row.record.size), unless: nil)
        }
        guard case .found(let bytes, _) = answer else { throw SyncError.missing(address: address) }
        let record = try ImageRecord(json: bytes, of: row, subject: address)
        if let cache = place.cache {
            try await FileThreads.run { try cache.saveDocument(bytes, digest: row.record.sha256) }
        }
        return record
    }

    /// The outcome where the name stands for the wanted version already, or may not be touched.
    func settle(
        _ wanted: VersionName, sha256: SHA256Digest?, _ local: LocalImage, validators: Validators?, _ place: Workplace
    ) async throws -> ImageOutcome? {
        switch local {
        case .verified(wanted.id) where sha256 == nil || place.state.versions[wanted.fileName]?.sha256 == sha256:
            return .current(wanted.id)
        case .known(wanted.id, let digests, let stamp) where sha256 == nil || digests.sha256 == sha256:
            // One that sync placed, and that somebody touched without changing it, is no news.
            let wasPlaced = place.state.images[wanted.image.text]?.id == wanted.id
            if let cache = place.cache {
                try await FileThreads.run {
                    try cache.adopt(wanted, sha256: digests.sha256, seen: stamp, validators: validators)
                }
            }
            return wasPlaced ? .current(wanted.id) : .adopted(wanted.id)
        case .foreign(let reason) where !options.adopt:
            return .leftAlone(reason: reason)
        default:
            return nil
        }
    }

    /// Keeps what stands under the name, where it has a value of its own, before it is replaced.
    func makeRoom(_ name: ImageName, _ local: LocalImage, _ cache: WritableCache) async throws {
        switch local {
        case .known(let id, let digests, let stamp):
            try await FileThreads.run {
                try cache.adopt(VersionName(name, id), sha256: digests.sha256, seen: stamp, validators: nil)
            }
        case .changed(let was, let digests, let stamp):
            let kept = try await FileThreads.run { try cache.setAside(name, was: was, digests: digests, seen: stamp) }
            options.report(.image(name, .setAside(path: cache.archive.path(of: kept.fileName))))
        case .absent, .verified, .foreign:
            break
        }
    }

    /// Shows a version that the archive has, as after a rollback; false where it has none, or one that
    /// is not what it was.
    func showFromArchive(
        _ version: VersionName, sha256: SHA256Digest?, modified: FileTime?, validators: Validators?,
        _ cache: WritableCache
    ) async throws -> Bool {
        guard let cached = cache.snapshot.versions[version.fileName], sha256 == nil || cached.sha256 == sha256 else {
            return false
        }
        return try await FileThreads.run {
            guard let file = try? cache.archive.file(version.fileName) else { return false }
            let status = try file.status()
            // A link that came or went changes the stamp, and so does a write: the content tells which.
            if status.stamp != cached.stamp {
                let found = try PlainContent.read(file, length: status.size).digests.sha256
                guard found == cached.sha256 else { return false }
            }
            // To the repository a rollback is a publish, and gives the version a new time.
            if let modified { try? file.setModified(modified) }
            try cache.note(version, sha256: cached.sha256)
            try cache.show(version, validators: validators)
            return true
        }
    }

    /// Fetches a file, over as many attempts as it takes, and gives it to `accept`, which throws
    /// `wrongContent` for bytes that are not the published ones.
    ///
    /// - Returns: The bytes that came over the network.
    func fetch(
        _ remote: RemoteFile, of name: ImageName, resume: Bool, withMD5: Bool, spaceNeeded: Int64?,
        _ cache: WritableCache,
        accept: (Download, FetchedFile) async throws -> Void
    ) async throws -> Int64 {
        let download = try await FileThreads.run {
            try Download(of: name, in: cache, resume: resume, withMD5: withMD5, spaceNeeded: spaceNeeded)
        }
        var wasResumed = download.received > 0
        while true {
            let file = try await options.retry.run(onRetry: retrying) { try await source.fetch(remote, into: download) }
            do {
                try await accept(download, file)
                return download.fetched
            } catch let error as SyncError {
                guard case .wrongContent = error else { throw error }
                // What an earlier run had left may be at fault: once more, from the start.
                guard wasResumed else {
                    try await FileThreads.run { try download.discard() }
                    throw error
                }
                wasResumed = false
                try await FileThreads.run { try download.forget() }
            }
        }
    }
}
