import GlareModel
import GlareSystem
import SystemPackage

/// `.glare/uses/` of a cache: where the disks are that `clone` made. What each is made on, its own header
/// tells; a record is there so that the disk is looked at, and lapses when it is gone.
struct UseRecords: Sendable {
    static let name = "uses"
    private static let sizeLimit = 1 << 16

    struct Record: Codable, Equatable {
        var format = 1
        let disk: String
        /// Its file's name in the archive.
        let version: String
        /// The number of the disk's filesystem: where that is not mounted, the disk is not gone.
        var device: UInt64
    }

    let directory: Directory

    /// Makes the directory where it is missing.
    ///
    /// - Throws: `SystemError`, where a member of the cache's group is needed.
    static func make(in privateDirectory: Directory, of cache: Directory) throws -> UseRecords {
        UseRecords(directory: try privateDirectory.directory(name, create: (0o2770, Ownership(of: cache))))
    }

    /// Nil where a cache has none.
    static func existing(in cache: Directory) throws -> UseRecords? {
        guard try cache.status(of: RepositoryLayout.privateDirectory) != nil else { return nil }
        let directory = try cache.directory(RepositoryLayout.privateDirectory)
        return try directory.status(of: name) == nil ? nil : UseRecords(directory: directory.directory(name))
    }

    /// Keeps versions from being taken away while a disk is made on one.
    ///
    /// - Throws: `LockHeld`, `SystemError`.
    func share(by asker: LockAsker) throws -> DirectoryLock {
        try DirectoryLock.prepare(in: directory)
        guard
            let share = try DirectoryLock.share(
                in: directory, limit: asker.lockWait, of: directory.path, onWait: asker.onWait)
        else { throw SystemError("lock", directory.path, code: .permissionDenied) }
        return share
    }

    /// Waits for those who are making a disk, and keeps others from it.
    ///
    /// - Throws: `LockHeld`, `SystemError`.
    func claim(by asker: LockAsker) throws -> DirectoryLock {
        try DirectoryLock.acquire(
            in: directory, holder: asker.holder, limit: asker.lockWait, onWait: asker.onWait)
    }

    /// Makes a record durable, in the place of an older one of the same disk.
    func add(_ record: Record, scratch: Directory) throws {
        try directory.publish(
            Document.encode(record), as: Self.fileName(record.disk),
            attributes: FileAttributes(mode: 0o660, owner: Ownership(of: directory)), scratch: scratch)
    }

    /// Lets the survey look at all recorded disks.
    ///
    /// - Parameter scratch: A directory for temporary files, to remove records of disks that are gone; only for
    ///   who has ``claim(holder:)``.
    func addDisks(to survey: inout DiskSurvey, cleaningWith scratch: Directory? = nil) throws {
        for name in try directory.names() {
            guard let record = read(name) else { continue }
            switch try standing(of: record) {
            case .gone:
                if scratch != nil { try directory.remove(name) }
            case .notMounted:
                survey.note(record.disk, madeOnVersion: record.version)
            case .there(let device):
                if let scratch, device != record.device {
                    var moved = record
                    moved.device = device
                    try add(moved, scratch: scratch)
                }
                if survey.look(at: record.disk) != nil { survey.note(record.disk, madeOnVersion: record.version) }
            }
        }
    }

    private enum Standing {
        case there(device: UInt64)
        case gone
        case notMounted
    }

    private func standing(of record: Record) throws -> Standing {
        var path = record.disk
        do {
            return .there(device: try File.open(path).status().stamp.device)
        } catch let error as SystemError where error.code != .noSuchFileOrDirectory && error.code != .notDirectory {
            // It is there, and not ours to read.
            return .there(device: record.device)
        } catch {}
        // The nearest directory that is there tells whether its filesystem is.
        while path != "/" {
            path = splitPath(path).directory
            if let directory = try? Directory.open(path) {
                return try directory.status().stamp.device == record.device ? .gone : .notMounted
            }
        }
        return .notMounted
    }

    /// Nil for what is no record: the lock, temporary files.
    private func read(_ name: String) -> Record? {
        guard VersionID(name) != nil, let bytes = try? directory.file(name).readAll(limit: Self.sizeLimit) else {
            return nil
        }
        return try? Document.decode(Record.self, from: bytes, subject: directory.path(of: name))
    }

    private static func fileName(_ disk: String) -> String { VersionID(SHA256Digest(of: Array(disk.utf8))).text }
}
