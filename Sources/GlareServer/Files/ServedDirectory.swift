import GlareSystem
import Synchronization

/// The directory that a path leads to. Where that becomes another one, by a mount, a restore or a symlink that is
/// set anew, it is the new one that is served.
final class ServedDirectory: Sendable {
    private let path: String
    private let current: Mutex<RepositoryFiles>

    /// - Throws: ``ServerError``, where nothing can be served.
    init(_ path: String) throws {
        self.path = path
        do {
            current = Mutex(RepositoryFiles(root: try Directory.open(path)))
        } catch {
            throw ServerError.opening(path, error)
        }
    }

    var files: RepositoryFiles { current.withLock { $0 } }

    /// Looks where the path leads by now; waits for the disk.
    ///
    /// - Returns: Whether that is another directory than before.
    /// - Throws: `SystemError`, where it leads to none that can be read; the one before is served on.
    func look() throws -> Bool {
        let found = try readable()
        // Of one on a server that is gone nothing can be told any more.
        let before = try? files.root.status().stamp
        let isAnother = try before?.isSameFile(as: found.status().stamp) != true
        if isAnother { current.withLock { $0 = RepositoryFiles(root: found) } }
        return isAnother
    }

    /// What the path leads to.
    ///
    /// - Throws: `SystemError`, where that is no directory which can be looked into.
    @discardableResult
    func readable() throws -> Directory {
        let directory = try Directory.open(path)
        _ = try directory.names()
        return directory
    }
}
