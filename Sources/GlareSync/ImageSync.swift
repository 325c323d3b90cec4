import GlareModel
import GlareSystem
import GlareTransfer

/// What both kinds of repositories have in common: looking at what stands under a name, and replacing it.
extension Sync {
    /// What stands under the name now.
    func inspect(_ name: ImageName, _ place: Workplace, known: KnownContents) async throws -> LocalImage {
        let (root, state, activities) = (place.root, place.state, options.activities)
        let found = try await FileThreads.run {
            try LocalImage.inspect(name, in: root, state: state, known: known, activities: activities)
        }
        // As it was placed, and yet wrong: it is worth nothing, and stays until the right one is there.
        if case .verified(let id) = found, options.wrong.contains(VersionName(name, id).fileName) { return .absent }
        // A sync that changes something tells what it made of it.
        if place.cache == nil, let damage = DamagedName(name, found, in: root, state) {
            options.report(.damaged(name, damage))
        }
        return found
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
            if let reason = try await FileThreads.run({ try nameInUse(wanted.image, place) }) { throw reason }
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
        guard !options.wrong.contains(version.fileName), let cached = cache.snapshot.versions[version.fileName],
            sha256 == nil || cached.sha256 == sha256
        else { return false }
        let activities = options.activities
        return try await FileThreads.run {
            guard let file = try? cache.archive.file(version.fileName) else { return false }
            let status = try file.status()
            // A link that came or went changes the stamp, and so does a write: the content tells which.
            if status.stamp != cached.stamp {
                let found = try activities.during(.verifying, version.image.text, total: status.size) { activity in
                    try PlainContent.read(file, length: status.size, activity: activity).digests.sha256
                }
                guard found == cached.sha256 else { return false }
            }
            // To the repository a rollback is a publish, and gives the version a new time.
            if let modified { try? file.setModified(modified) }
            // What is recorded of it must hold after a power cut.
            try file.sync()
            try cache.note(version, sha256: cached.sha256)
            try cache.show(version, validators: validators)
            return true
        }
    }

    /// Fetches a file, over as many attempts and from as many servers as it takes, and gives it to `accept`,
    /// which throws `wrongContent` for bytes that are not the published ones.
    ///
    /// - Parameter expected: Its length as the server told it: for those who look on.
    /// - Returns: The bytes that came over the network.
    func fetch(
        _ remote: RemoteFile, of name: ImageName, expected: Int64, resume: Bool, withMD5: Bool, spaceNeeded: Int64?,
        _ cache: WritableCache,
        accept: (any RepositorySource, Download, FetchedFile) async throws -> Void
    ) async throws -> Int64 {
        try await options.activities.during(.fetching, name.text, total: expected) { activity in
            let download = try await FileThreads.run {
                try Download(
                    of: name, in: cache, resume: resume, withMD5: withMD5, spaceNeeded: spaceNeeded,
                    activity: activity)
            }
            do {
                return try await mirrors.run(options.retry) { source in
                    for isLast in [download.received == 0, true] {
                        do {
                            try await accept(source, download, source.fetch(remote, into: download))
                            break
                        } catch let error as SyncError {
                            guard case .wrongContent = error else { throw error }
                            // What an earlier run, attempt or server had left may be at fault: once more, from
                            // the start; and another server's bytes don't go on after these.
                            try await FileThreads.run { try download.forget() }
                            if isLast { throw error }
                        }
                    }
                    return download.fetched
                }
            } catch let error as SyncError {
                if case .wrongContent = error { try await FileThreads.run { try download.discard() } }
                throw error
            }
        }
    }
}
