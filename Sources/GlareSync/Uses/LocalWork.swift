import GlareModel
import GlareSystem

extension WritableCache {
    /// Opens a cache that is there, for a change that needs no server.
    ///
    /// - Throws: ``SyncError/noCache(path:)``, ``SyncError/busy(path:holder:)``, `LockHeld`, `SystemError`.
    static func openForLocalWork(_ path: String, as asker: LockAsker) throws -> WritableCache {
        guard let root = try Cache.directory(path), try root.status(of: RepositoryLayout.privateDirectory) != nil
        else { throw SyncError.noCache(path: path) }
        var options = SyncOptions(
            target: path, servers: [], http: HTTPOptions(), trustedKeys: [], resetTrust: false, allowUnsafe: false,
            largestDisk: .max, downloadDirectory: nil, only: ImageFilter(), dryRun: false, adopt: false, delete: false,
            jobs: 1,
            connections: 1, verification: .full, retry: .never,
            retention: RetentionPolicy(keepUnused: nil, keepVersions: 1, diskDirectories: [], sharing: .auto),
            fileMode: 0o444, holder: asker.holder,
            report: { event in if case .waiting(let holder) = event { asker.onWait(holder) } })
        options.lockWait = asker.lockWait
        switch try open(path, options: options) {
        case .opened(let cache): return cache
        case .busy(let holder): throw SyncError.busy(path: path, holder: holder)
        }
    }
}
