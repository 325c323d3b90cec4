import GlareModel
import GlareSystem
import SystemPackage

/// A cache as it stands, for reading: it needs no lock and changes nothing.
public struct Cache: Sendable {
    public let path: String
    /// Nil where the directory is not there yet.
    let root: Directory?
    let state: CacheState

    /// - Throws: ``SyncError/notADirectory(path:)``, `SystemError`, `InvalidDocument` for a state that a newer Glare
    ///   wrote.
    public init(path: String) throws {
        self.path = path
        root = try Self.directory(path)
        state = try Self.state(in: root)
    }

    /// Nil where it is not there yet.
    static func directory(_ path: String) throws -> Directory? {
        do {
            return try Directory.open(path)
        } catch let error as SystemError where error.code == .noSuchFileOrDirectory {
            return nil
        } catch let error as SystemError where error.code == .notDirectory {
            throw SyncError.notADirectory(path: path)
        }
    }

    static func state(in root: Directory?) throws -> CacheState {
        guard let root, try root.status(of: RepositoryLayout.privateDirectory) != nil else { return CacheState() }
        let directory = try root.directory(RepositoryLayout.privateDirectory)
        guard let file = try directory.fileIfPresent(CacheState.fileName) else { return CacheState() }
        do {
            return try read(file, of: root)
        } catch let error as InvalidDocument where !error.isNewer {
            // Nothing is lost with it: every file is looked at again, and known again by its content.
            return CacheState()
        }
    }

    /// - Throws: `InvalidDocument` where it can't be used; ``SyncError/isARepository(path:)``, `SystemError`.
    static func read(_ file: File, of root: Directory) throws -> CacheState {
        let bytes = try file.readAll(limit: CacheState.sizeLimit)
        do {
            return try Document.decode(CacheState.self, format: CacheState.format, from: bytes, subject: file.path)
        } catch let error as InvalidDocument {
            guard (try? Document.decode(RepositoryMark.self, from: bytes, subject: "")) == nil else {
                throw SyncError.isARepository(path: root.path)
            }
            throw error
        }
    }

    /// The catalogue that it was last synced from.
    func catalogue() throws -> Catalogue? {
        guard let file = try root?.fileIfPresent(RepositoryLayout.catalogue) else { return nil }
        return try? Catalogue(json: file.readAll(limit: Catalogue.sizeLimit), subject: file.path)
    }

    /// The record of an image, where the cache has the one that the catalogue names.
    func record(of image: Catalogue.Image) throws -> ImageRecord? {
        try root?.record(of: image)
    }
}

extension Directory {
    /// The record of an image, where the cache in this directory has the one that the catalogue names.
    func record(of image: Catalogue.Image) throws -> ImageRecord? {
        guard try status(of: RepositoryLayout.catalogueDirectory) != nil,
            let file = try directory(RepositoryLayout.catalogueDirectory)
                .fileIfPresent(RepositoryLayout.documentName(image.record.sha256))
        else { return nil }
        return try? ImageRecord(json: file.readAll(limit: Catalogue.sizeLimit), of: image, subject: file.path)
    }
}

/// What the state of a repository has and that of a cache has not.
private struct RepositoryMark: Decodable {
    let repository: String
}
