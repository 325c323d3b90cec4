import GlareModel
import GlareSystem
import SystemPackage

/// `.glare/uses/` of a cache: where the disks are that `clone` made. What each is made on, its own header
/// tells; a record is there so that the disk is looked at. A disk that is not found may be in a mount that is away, or
/// that this process does not have: its record lapses only when that lasts.
struct UseRecords: Sendable {
    static let name = "uses"
    static let format = 1
    static let sizeLimit = 1 << 16

    struct Record: Codable, Equatable {
        var format = UseRecords.format
        var disk: String
        /// Its file's name in the archive.
        let version: String
        /// The number of the disk's filesystem: where that is not mounted, the disk is not gone.
        var device: UInt64
        /// Since when the disk has not been found; nil for one that is there.
        var missing: FileTime?
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
    ///
    /// Where the disk is, symlinks may be pointed elsewhere later: its directory's own path is kept.
    func add(_ record: Record, scratch: Directory) throws {
        var record = record
        let (place, name) = splitPath(record.disk)
        let directory = try canonicalPath(place)
        record.disk = (directory == "/" ? "" : directory) + "/" + name
        try write(record, as: Self.fileName(record.disk), scratch: scratch)
    }

    private func write(_ record: Record, as fileName: String, scratch: Directory) throws {
        try directory.publish(
            Document.encode(record), as: fileName,
            attributes: FileAttributes(mode: 0o660, owner: Ownership(of: directory)), scratch: scratch)
    }

    /// Lets the survey look at all recorded disks.
    ///
    /// - Parameters:
    ///   - keepMissing: Seconds for which a disk that is not there holds its version.
    ///   - scratch: A directory for temporary files, to write down what is missing and to remove records that
    ///     lapsed; only for who has ``claim(by:)``.
    func addDisks(
        to survey: inout DiskSurvey, keepMissing: Int64 = RetentionPolicy.blindKeepUnused,
        updatingWith scratch: Directory? = nil
    ) throws {
        for name in try directory.names() where VersionID(name) != nil {
            let record: Record
            do {
                record = try read(name)
            } catch {
                survey.note(unseen: "\(error): remove it, if no disk that `glare clone` made is in use")
                continue
            }
            var found = record
            switch standing(of: record) {
            case .there(let device):
                (found.device, found.missing) = (device, nil)
                if !survey.look(at: record.disk) { survey.note(record.disk, madeOnVersion: record.version) }
            case .notMounted:
                survey.note(
                    MissingDisk(path: record.disk, state: .notMounted(record: directory.path(of: name))),
                    madeOnVersion: record.version)
            case .gone:
                let since = record.missing ?? .now
                let left = since.seconds + keepMissing - FileTime.now.seconds
                guard left > 0 else {
                    if scratch != nil { try directory.remove(name) }
                    continue
                }
                found.missing = since
                survey.note(
                    MissingDisk(path: record.disk, state: .gone(daysLeft: (left + 86399) / 86400)),
                    madeOnVersion: record.version)
            }
            if let scratch, found != record { try write(found, as: name, scratch: scratch) }
        }
    }

    private enum Standing {
        case there(device: UInt64)
        case gone
        case notMounted
    }

    private func standing(of record: Record) -> Standing {
        var path = record.disk
        do {
            return .there(device: try FileStatus(ofFileAt: path).stamp.device)
        } catch let error as SystemError where error.code != .noSuchFileOrDirectory && error.code != .notDirectory {
            // Where it is, this user may not look.
            return .there(device: record.device)
        } catch {}
        // The nearest directory that is there tells whether its filesystem is.
        while path != "/" {
            path = splitPath(path).directory
            if let found = try? FileStatus(ofFileAt: path), found.kind == .directory {
                return found.stamp.device == record.device ? .gone : .notMounted
            }
        }
        return .notMounted
    }

    private func read(_ name: String) throws -> Record {
        let file = try directory.file(name)
        return try Document.decode(
            Record.self, format: Self.format, from: file.readAll(limit: Self.sizeLimit), subject: file.path)
    }

    static func fileName(_ disk: String) -> String { VersionID(SHA256Digest(of: Array(disk.utf8))).text }
}

/// A recorded disk that is not where it was made.
public struct MissingDisk: Sendable, CustomStringConvertible {
    public enum State: Sendable {
        /// Its directory is there, and it is not.
        case gone(daysLeft: Int64)
        /// Its filesystem is not; where the record is that holds the version.
        case notMounted(record: String)
    }

    public let path: String
    public let state: State

    public var description: String {
        switch state {
        case .gone(let days):
            "\(path) was made on it and is not there now: forgotten in \(days == 1 ? "a day" : "\(days) days")"
        case .notMounted(let record):
            "\(path) was made on it, and its filesystem is not mounted now: if the disk is gone for good, remove \(record)"
        }
    }
}
