public import GlareModel
import GlareSystem
public import GlareTransfer

/// Holds every file that sync placed against its digest, and changes nothing.
///
/// It needs no lock: beside a sync that is at work it reads again what was replaced meanwhile, and leaves out what
/// only that sync knows.
public struct CacheVerification: Sendable {
    /// A file that is another one each time is in motion, and not to be told.
    private static let rounds = 4

    private let path: String
    private let trustedKeys: [PublicKey]
    private let readings: FileReadings<SHA256Digest>

    /// - Parameter trustedKeys: Keys of which one must have signed the catalogue; none: nobody asks.
    public init(path: String, trustedKeys: [PublicKey], activities: Activities = Activities()) {
        self.path = path
        self.trustedKeys = trustedKeys
        readings = FileReadings(activities: activities)
    }

    /// Looks at everything. What was read before, and not touched since, is not read again.
    ///
    /// - Throws: ``SyncError``; `InvalidDocument`, for what a newer Glare wrote; `SystemError`.
    public func run() throws -> VerificationReport { report(on: try faults()) }

    /// Mends what can be, by a sync: images that are wrong or missing are fetched as sync fetches them. The wrong
    /// file stays until the right one is whole and on disk.
    ///
    /// - Parameter options: Of this cache.
    /// - Returns: What was wrong, and what of it was repaired.
    /// - Throws: What keeps the sync from happening: ``SyncError``, `LockHeld`, `SystemError`, `InvalidDocument`.
    public func repair(_ options: SyncOptions) async throws -> VerificationReport {
        let (faults, before) = try await FileThreads.run {
            let faults = try self.faults()
            return (faults, report(on: faults))
        }
        guard before.isWrong else { return before }
        var options = options
        options.wrong = faults.wrong
        options.only = ImageFilter(faults.images.sorted().map(\.text))
        let busy = try await FileThreads.run { [options] in try clear(options) }
        if let busy { throw LockHeld(path: path, holder: busy) }
        let synced = try await Sync(options).run()
        if let busy = synced.busy { throw LockHeld(path: path, holder: busy) }
        if let error = synced.unfinished { throw error }
        return try await FileThreads.run {
            let after = try run()
            return before.repaired(leaving: after) { faults.isReplaced($0, in: after.sound) }
        }
    }

    /// Takes away what is fetched again where it is missing.
    ///
    /// - Returns: Who has the cache, if another sync does.
    private func clear(_ options: SyncOptions) throws -> String? {
        switch try WritableCache.open(path, options.access) {
        case .busy(let holder): return holder
        case .opened(let cache):
            defer { cache.close() }
            // As it is now that nobody else writes.
            for (directory, fileName) in try current().derived { try directory.remove(fileName) }
            // So that the server sends its catalogue, whatever we have.
            try cache.update { $0.catalogue = nil }
            return nil
        }
    }

    private func faults() throws -> CacheFaults {
        var round = 1
        while true {
            let view = try CacheView(path: path)
            try readings.read(CachedContent.all(of: view), view.manifests.map(ManifestStore.init))
            let faults = try current()
            let after = try CacheView(path: path)
            let isSettled =
                !faults.isUnsettled && after.isBusy == faults.view.isBusy && after.state == faults.view.state
            if isSettled || round == Self.rounds { return faults }
            round += 1
        }
    }

    private func current() throws -> CacheFaults {
        try CacheFaults(path: path, trustedKeys: trustedKeys, readings: readings)
    }

    private func report(on faults: CacheFaults) -> VerificationReport {
        let (files, bytes) = readings.total
        return VerificationReport(
            findings: faults.told.all, files: files, bytes: bytes, limits: faults.limits, sound: faults.told.sound)
    }
}

extension CacheFaults {
    /// Whether a later version, or catalogue, which is right, was fetched in place of what was wrong.
    fileprivate func isReplaced(_ path: String, in sound: Set<String>) -> Bool {
        let parts = path.dropFirst(view.root.path.count).split(separator: "/").map(String.init)
        guard parts.count > 1, let fileName = parts.last else { return false }
        guard parts[0] == RepositoryLayout.archive else {
            return sound.contains(view.root.path(of: RepositoryLayout.catalogue))
        }
        guard let version = VersionName(fileName: fileName),
            view.state.images[version.image.text]?.id == version.id
        else { return false }
        return sound.contains(view.root.path(of: version.image.text))
    }
}
