/// How a cache is opened to be changed.
struct CacheAccess: Sendable {
    let asker: LockAsker
    /// Of the files that are placed.
    var fileMode: UInt32 = 0o444
    /// Where partial downloads go instead of the cache's own place, if that is on the same filesystem.
    var downloadDirectory: String?
    /// Told where it is not.
    var report: @Sendable (SyncEvent) -> Void = { _ in }
}

extension SyncOptions {
    var access: CacheAccess {
        CacheAccess(asker: asker, fileMode: fileMode, downloadDirectory: downloadDirectory, report: report)
    }
}
