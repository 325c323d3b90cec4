import GlareDiskImage
import GlareModel
import GlareSystem

/// One image from a repository as the original lays it out: a name, a file, and perhaps a changelog
/// whose first heading tells its MD5.
extension Sync {
    func syncByName(_ name: ImageName, _ place: Workplace) async throws -> ImageOutcome {
        let state = place.state
        let placed = state.server == source.address ? state.images[name.text] : nil
        let untouched = try await FileThreads.run {
            guard let placed else { return false }
            return try place.root?.status(of: name.text)?.stamp == placed.stamp
        }
        let known = untouched ? placed?.validators : nil
        let answer = try await options.retry.run(onRetry: retrying) {
            try await source.examine(name.text, unless: known)
        }
        switch answer {
        case .missing: throw SyncError.missing(address: source.url(name.text))
        case .unchanged:
            guard let placed else {
                throw SyncError.notWhatItSays(
                    address: source.url(name.text), reason: "is said to be unchanged, though it was not known")
            }
            return .current(placed.id)
        case .found(let size, let validators):
            return try await update(name, size: size, validators, place)
        }
    }

    private func update(
        _ name: ImageName, size: Int64, _ validators: Validators, _ place: Workplace
    ) async throws -> ImageOutcome {
        let state = place.state
        let changelog = try await changelog(of: name)
        let known = KnownContents(name, changelog: changelog, state: state)
        let local = try await FileThreads.run {
            try LocalImage.inspect(name, in: place.root, state: state, known: known)
        }
        // The original moves the name first and writes the changelog after: a heading that still names
        // what we have proves nothing unless the file was the same at the last sync already.
        let confirmed = state.images[name.text]?.unconfirmed == validators ? validators : nil
        if let newest = changelog?.newestID {
            let wanted = VersionName(name, newest)
            if let outcome = try await settle(wanted, local, validators: confirmed, place) {
                if case .leftAlone = outcome { return outcome }
                try await confirm(name, validators, isConfirmed: confirmed != nil, place)
                return outcome
            }
        } else if case .foreign(let reason) = local, !options.adopt {
            return .leftAlone(reason: reason)
        }
        guard let cache = place.cache else {
            return .wouldUpdate(from: local.version, to: changelog?.newestID, bytes: size)
        }
        try await makeRoom(name, local, cache)
        if let newest = changelog?.newestID,
            try await showFromArchive(VersionName(name, newest), sha256: nil, validators: confirmed, cache)
        {
            try await confirm(name, validators, isConfirmed: confirmed != nil, place)
            return .updated(from: local.version, to: newest, fetched: 0)
        }
        return try await fetchByName(name, from: local.version, cache)
    }

    private func confirm(_ name: ImageName, _ validators: Validators, isConfirmed: Bool, _ place: Workplace)
        async throws
    {
        guard let cache = place.cache else { return }
        try await FileThreads.run {
            try cache.update {
                $0.images[name.text]?.validators = isConfirmed ? validators : nil
                $0.images[name.text]?.unconfirmed = isConfirmed ? nil : validators
            }
        }
    }

    /// Fetches the file, with the changelog read before and after: only where both say the same is the
    /// file known to be what it speaks of.
    private func fetchByName(_ name: ImageName, from old: VersionID?, _ cache: WritableCache) async throws
        -> ImageOutcome
    {
        let address = source.url(name.text)
        var result: ImageOutcome?
        var unsettled: SyncError = .changedMeanwhile(address: address)
        for attempt in 0..<3 {
            // In the moment between a new name and its changelog a little patience is all that is needed.
            if attempt > 0 { try await Task.sleep(for: options.retry.firstWait) }
            let before = try await changelog(of: name)?.newestID
            let remote = RemoteFile(path: name.text, size: nil)
            do {
                // Without a changelog nothing would tell a wrong byte in what an earlier run left.
                let bytes = try await fetch(
                    remote, of: name, resume: before != nil, withMD5: true, spaceNeeded: nil, cache
                ) { download, file in
                    let after = try await changelog(of: name)?.newestID
                    guard before == after else { throw SyncError.changedMeanwhile(address: address) }
                    if let before, !before.names(file.digests) {
                        throw SyncError.wrongContent(
                            address: address, expected: "\(before), which its changelog names",
                            found: "MD5 \(file.digests.md5.map(\.hex) ?? "unknown"), SHA-256 \(file.digests.sha256)")
                    }
                    if before == nil { try requireDiskImage(download, at: address) }
                    let version = VersionName(name, before ?? VersionID(file.digests.sha256))
                    try await FileThreads.run {
                        try cache.place(download, as: version, file, modified: file.modified)
                    }
                    result = .updated(from: old, to: version.id, fetched: 0)
                }
                if case .updated(_, let id, _) = result { return .updated(from: old, to: id, fetched: bytes) }
            } catch let error as SyncError {
                switch error {
                case .changedMeanwhile, .wrongContent: unsettled = error
                default: throw error
                }
            }
        }
        throw unsettled
    }

    /// Where nothing says what the content should be, it must at least be a disk image: an error page that
    /// comes with status 200 is none.
    private func requireDiskImage(_ download: Download, at address: String) throws {
        do {
            _ = try DiskImage.inspect(download.file.file)
        } catch let error as DiskImageError {
            try download.discard()
            throw SyncError.notADiskImage(address: address, reason: error.description)
        }
    }

    private func changelog(of name: ImageName) async throws -> Changelog? {
        let path = RepositoryLayout.changelog(of: name)
        let answer = try await options.retry.run(onRetry: retrying) {
            try await source.document(path, limit: 16 << 20, unless: nil)
        }
        guard case .found(let bytes, _) = answer else { return nil }
        return Changelog(bytes)
    }
}
