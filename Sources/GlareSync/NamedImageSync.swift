import GlareModel
import GlareSystem

/// One image from a repository as the original lays it out: a name, a file, and perhaps a changelog
/// whose first heading tells its MD5.
extension Sync {
    /// Brings images up to date, a few at a time.
    func syncByName(_ names: [ImageName], _ place: Workplace) async -> Outcomes {
        var outcomes: Outcomes = [:]
        await forEach(names, atATime: max(1, options.jobs)) { name in
            await syncByName(name, place)
        } done: { name, outcome in
            outcomes[name] = outcome
            options.report(.image(name, outcome))
        }
        return outcomes
    }

    private func syncByName(_ name: ImageName, _ place: Workplace) async -> ImageOutcome {
        do {
            // Where nothing but the server says what an image is, all of it must come from one.
            return try await mirrors.run(mirrors.count > 1 ? options.retry : .never) { source in
                let retry = mirrors.count > 1 ? RetryPolicy.never : options.retry
                return try await pinned(to: source, retry).syncByName(name, place, from: source)
            }
        } catch {
            return .failed(error)
        }
    }

    private func syncByName(
        _ name: ImageName, _ place: Workplace, from source: any RepositorySource
    ) async throws -> ImageOutcome {
        let state = place.state
        var placed = state.server == source.address ? state.images[name.text] : nil
        if let id = placed?.id, options.wrong.contains(VersionName(name, id).fileName) { placed = nil }
        let untouched = try await FileThreads.run { [placed] in
            guard let placed else { return false }
            return try place.root?.status(of: name.text)?.stamp == placed.stamp
        }
        let known = untouched ? placed?.validators : nil
        let answer = try await mirrors.run(options.retry) { try await $0.examine(name.text, unless: known) }
        switch answer {
        case .missing: throw SyncError.missing(address: source.url(name.text))
        case .unchanged:
            guard let placed else {
                throw SyncError.notWhatItSays(
                    address: source.url(name.text), reason: "is said to be unchanged, though it was not known")
            }
            return .current(placed.id)
        case .found(let size, let validators):
            return try await update(name, size: size, validators, place, from: source)
        }
    }

    private func update(
        _ name: ImageName, size: Int64, _ validators: Validators, _ place: Workplace,
        from source: any RepositorySource
    ) async throws -> ImageOutcome {
        let state = place.state
        let changelog = try await changelog(of: name)
        let known = KnownContents(name, changelog: changelog, state: state)
        let local = try await inspect(name, place, known: known)
        // The original moves the name first and writes the changelog after: a heading that still names
        // what we have proves nothing unless the file was the same at the last sync already.
        let confirmed = state.images[name.text]?.unconfirmed == validators ? validators : nil
        if let newest = changelog?.newestID {
            let wanted = VersionName(name, newest)
            if let outcome = try await settle(wanted, sha256: nil, local, validators: confirmed, place) {
                if case .leftAlone = outcome { return outcome }
                try await confirm(name, validators, isConfirmed: confirmed != nil, place)
                return outcome
            }
        } else if case .foreign(let reason) = local, !options.adopt {
            return .leftAlone(reason: reason)
        } else if let reason = try await FileThreads.run({ try nameInUse(name, place) }) {
            throw reason
        }
        guard let cache = place.cache else {
            let plan = TransferPlan(way: .plain, bytes: size, requests: 1, reused: 0)
            return .wouldUpdate(from: local.version, to: changelog?.newestID, plan)
        }
        try await makeRoom(name, local, cache)
        if let newest = changelog?.newestID,
            try await showFromArchive(
                VersionName(name, newest), sha256: nil, modified: nil, validators: confirmed, cache)
        {
            try await confirm(name, validators, isConfirmed: confirmed != nil, place)
            return .updated(from: local.version, to: newest, by: .archive, fetched: 0)
        }
        return try await fetchByName(
            name, size: size, isVerifiable: changelog?.newestID != nil, from: local.version, cache)
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

    /// Fetches the file, and the changelog after it, which must name what came. If the server moved on
    /// meanwhile, again, up to three times.
    private func fetchByName(
        _ name: ImageName, size: Int64, isVerifiable: Bool, from old: VersionID?, _ cache: WritableCache
    ) async throws -> ImageOutcome {
        let remote = RemoteFile(path: name.text, size: nil)
        for _ in 0..<3 {
            var placed: VersionID?
            do {
                // Without a changelog nothing would tell a wrong byte in what an earlier run left.
                let bytes = try await fetch(
                    remote, of: name, expected: size, resume: isVerifiable, withMD5: true, spaceNeeded: nil, cache
                ) { source, download, file in
                    // Where nothing names the content, it must at least be an image, before all else.
                    if !isVerifiable { try await requireSafe(download, of: name, from: source, isNamed: false) }
                    let version = VersionName(name, try await identify(name, file, download, from: source))
                    if isVerifiable { try await requireSafe(download, of: name, from: source, isNamed: true) }
                    try await FileThreads.run { try cache.place(download, as: version, file, modified: file.modified) }
                    placed = version.id
                }
                if let placed { return .updated(from: old, to: placed, by: .plain, fetched: bytes) }
            } catch SyncError.changedMeanwhile {}
        }
        throw SyncError.changedMeanwhile(address: mirrors.ranked[0].url(name.text))
    }

    /// The id under which the changelog names a content as the newest; the content's own where there is no
    /// changelog.
    ///
    /// - Throws: `changedMeanwhile` for what has become an older version, `wrongContent` for what is none.
    private func identify(
        _ name: ImageName, _ file: FetchedFile, _ download: Download, from source: any RepositorySource
    ) async throws -> VersionID {
        let address = source.url(name.text)
        var newest: VersionID?
        for attempt in 0..<3 {
            // The original moves the name first: a moment later the changelog may name what came.
            if attempt > 0 { try await Task.sleep(for: options.retry.firstWait) }
            guard let changelog = try await changelog(of: name), let first = changelog.newestID else {
                // No digest to go by: at least nobody may have written to it meanwhile.
                guard case .unchanged = try await source.examine(name.text, unless: file.validators) else {
                    throw SyncError.changedMeanwhile(address: address)
                }
                return VersionID(file.digests.sha256)
            }
            if first.names(file.digests) { return first }
            if changelog.ids.contains(where: { $0.names(file.digests) }) {
                throw SyncError.changedMeanwhile(address: address)
            }
            newest = first
        }
        throw SyncError.wrongContent(
            address: address, expected: "\(newest?.text ?? ""), which its changelog names",
            found: "MD5 \(file.digests.md5?.hex ?? "unknown"), SHA-256 \(file.digests.sha256)")
    }

    private func requireSafe(
        _ download: Download, of name: ImageName, from source: any RepositorySource, isNamed: Bool
    ) async throws {
        try await inspecting(discard: download.discard) {
            try await requireSafe(download.file.file, at: source.url(name.text), isNamed: isNamed)
        }
    }

    private func changelog(of name: ImageName) async throws -> Changelog? {
        let path = RepositoryLayout.changelog(of: name)
        let answer = try await mirrors.run(options.retry) {
            let answer = try await $0.document(path, limit: Changelog.sizeLimit, unless: nil)
            // It would read as a changelog that names no content, and prove nothing.
            if case .found(let bytes, _) = answer, Listings.isWebPage(bytes) {
                throw InvalidDocument($0.url(path), "expected a changelog, found a web page")
            }
            return answer
        }
        guard case .found(let bytes, _) = answer else { return nil }
        return Changelog(bytes)
    }
}
