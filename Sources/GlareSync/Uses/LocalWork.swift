import GlareModel
import GlareSystem

extension WritableCache {
    /// Opens a cache that is there, for a change that needs no server.
    ///
    /// - Throws: ``SyncError/noCache(path:)``, ``SyncError/busy(path:holder:)``, `LockHeld`, `SystemError`.
    static func openForLocalWork(_ path: String, as asker: LockAsker) throws -> WritableCache {
        guard let root = try Cache.directory(path), try root.status(of: RepositoryLayout.privateDirectory) != nil
        else { throw SyncError.noCache(path: path) }
        switch try open(path, CacheAccess(asker: asker)) {
        case .opened(let cache): return cache
        case .busy(let holder): throw SyncError.busy(path: path, holder: holder)
        }
    }
}
