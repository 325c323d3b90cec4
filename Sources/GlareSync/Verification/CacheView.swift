import GlareModel
import GlareSystem
import SystemPackage

/// A cache as it stands, for reading: nothing is made, and nothing written.
struct CacheView {
    let root: Directory
    /// Each nil where it is not there.
    let archive, documents: Directory?
    /// `.glare`; nil also where this user may not read it.
    let own: Directory?
    let isOwnClosed: Bool
    let state: CacheState
    /// Why the state can't be used, if it is there.
    let stateFault: String?
    let hasState: Bool
    /// `images.json`, and what it says if it can be read.
    let catalogueBytes: [UInt8]?
    let catalogue: Catalogue?
    /// Whether a sync is at work.
    let isBusy: Bool

    /// - Throws: ``SyncError``; `InvalidDocument`, for what a newer Glare wrote; `SystemError`.
    init(path: String) throws {
        guard let root = try Cache.directory(path) else { throw SyncError.noCache(path: path) }
        self.root = root
        try root.requireKnownCache()
        archive = try root.directoryIfPresent(RepositoryLayout.archive)
        documents = try root.directoryIfPresent(RepositoryLayout.catalogueDirectory)
        (own, isOwnClosed) = try root.directoryIfReadable(RepositoryLayout.privateDirectory)
        isBusy = try own.map { try DirectoryLock.isHeld(in: $0) } ?? false
        (state, stateFault, hasState) = try Self.state(in: own, of: root)
        let bytes = try? root.fileIfPresent(RepositoryLayout.catalogue)?.readAll(limit: Catalogue.sizeLimit)
        catalogueBytes = bytes
        do {
            catalogue = try bytes.map { try Catalogue(json: $0, subject: root.path(of: RepositoryLayout.catalogue)) }
        } catch let error as InvalidDocument where !error.isNewer {
            catalogue = nil
        }
    }

    private static func state(
        in own: Directory?, of root: Directory
    ) throws -> (CacheState, fault: String?, isThere: Bool) {
        do {
            guard let file = try own?.fileIfPresent(CacheState.fileName) else { return (CacheState(), nil, false) }
            return (try Cache.read(file, of: root), nil, true)
        } catch let error as InvalidDocument where !error.isNewer {
            return (CacheState(), error.reason, true)
        } catch let error as SystemError {
            return (CacheState(), error.code.description, true)
        }
    }
}
