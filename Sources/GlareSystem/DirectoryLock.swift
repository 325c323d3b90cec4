import Glibc
import SystemPackage

/// Somebody else has the right to change a directory, and kept it for too long.
public struct LockHeld: Error, Equatable, CustomStringConvertible {
    public let path: String
    public let holder: String
    /// Seconds that were waited.
    public let waited: Int64

    public init(path: String, holder: String, waited: Int64 = 0) {
        (self.path, self.holder, self.waited) = (path, holder, waited)
    }

    public var description: String {
        let time = waited > 0 ? ", and still after \(waited) s" : ""
        return "\(path) is being changed by \(holder)\(time): try again later, or wait longer (LOCK_WAIT)"
    }
}

/// The right to change a directory: one process at a time has it, and loses it when it ends, however
/// it ends.
public final class DirectoryLock: Sendable {
    private let file: File

    private init(file: File) { self.file = file }

    /// Gives the lock back at once, whoever still refers to it.
    public func release() { _ = flock(file.descriptor, LOCK_UN) }

    /// How often a wait that has an end looks whether the lock is free: 50 ms.
    private static let interval: UInt32 = 50_000

    /// Waits until the lock is free. `onWait` is told once who holds it.
    ///
    /// - Parameters:
    ///   - limit: Seconds to wait; nil for as long as it takes.
    ///   - subject: What is locked, for the message.
    /// - Throws: ``LockHeld`` after `limit`, ``SystemError``.
    public static func acquire(
        in directory: Directory, holder: String, limit: Int64? = nil, of subject: String? = nil,
        onWait: (String) -> Void
    ) throws -> DirectoryLock {
        let file = try lockFile(in: directory)
        try lock(file, LOCK_EX, limit: limit, of: subject ?? directory.path, onWait: onWait)
        return try taken(file, by: holder)
    }

    private static func lock(
        _ file: File, _ kind: Int32, limit: Int64?, of subject: String, onWait: (String) -> Void
    ) throws {
        guard let holder = try take(file, kind) else { return }
        onWait(holder)
        if let limit {
            try wait(for: file, kind, atMost: limit, of: subject)
        } else {
            try systemCall("lock", file.path) { flock(file.descriptor, kind) }
        }
    }

    /// The system's own wait has no end but a signal, and those are the process's.
    private static func wait(for file: File, _ kind: Int32, atMost seconds: Int64, of subject: String) throws {
        let end = ContinuousClock.now + .seconds(seconds)
        while try !file.attemptLock(kind) {
            guard .now < end else {
                guard let holder = try take(file, kind) else { return }
                throw LockHeld(path: subject, holder: holder, waited: seconds)
            }
            usleep(interval)
        }
    }

    public enum Attempt {
        case acquired(DirectoryLock)
        case held(by: String)
    }

    /// Takes the lock if nobody has it, else answers who does.
    public static func attempt(in directory: Directory, holder: String) throws -> Attempt {
        let file = try lockFile(in: directory)
        if let other = try take(file, LOCK_EX) { return .held(by: other) }
        return .acquired(try taken(file, by: holder))
    }

    /// Makes what is locked, where it is missing, so that ``share(in:limit:of:onWait:)`` finds it; for who may write.
    public static func prepare(in directory: Directory) throws { _ = try lockFile(in: directory) }

    /// Keeps writers away for a moment, without writing anything: whoever may read can.
    ///
    /// - Parameters:
    ///   - limit: Seconds to wait for a writer; nil for as long as it takes.
    ///   - subject: What is locked, for the message.
    /// - Returns: Nil where nobody has ever locked it, or where this user can't.
    /// - Throws: ``LockHeld`` after `limit`, ``SystemError``.
    public static func share(
        in directory: Directory, limit: Int64?, of subject: String, onWait: (String) -> Void
    ) throws -> DirectoryLock? {
        guard let file = try readableLockFile(in: directory) else { return nil }
        try lock(file, LOCK_SH, limit: limit, of: subject, onWait: onWait)
        return DirectoryLock(file: file)
    }

    /// Whether somebody has the lock now; false where this user can't tell.
    public static func isHeld(in directory: Directory) throws -> Bool {
        guard let file = try readableLockFile(in: directory) else { return false }
        return try !file.attemptLock(LOCK_SH)
    }

    private static func readableLockFile(in directory: Directory) throws -> File? {
        do {
            return try directory.fileIfPresent("lock")
        } catch let error as SystemError where error.code == .permissionDenied {
            return nil
        }
    }

    /// The lock file is never removed: whoever waits on it has it open.
    private static func lockFile(in directory: Directory) throws -> File {
        let file = try directory.fileForUpdate("lock", mode: 0o660)
        // Members of the group must be able to open it, whatever the umask of who made it. Only its
        // owner may say so, and only the first time matters.
        try? file.apply(FileAttributes(mode: 0o660, owner: Ownership(of: directory)))
        return file
    }

    private static func taken(_ file: File, by holder: String) throws -> DirectoryLock {
        try file.truncate(to: 0)
        try file.write("\(holder), process \(getpid())\n".utf8)
        return DirectoryLock(file: file)
    }

    /// Takes the lock if it is free.
    ///
    /// - Returns: Nil, or who has it.
    private static func take(_ file: File, _ kind: Int32) throws -> String? {
        var attemptsLeft = 20
        while try !file.attemptLock(kind) {
            guard try file.attemptLock(LOCK_SH) else { return try lastHolder(in: file) }
            // Those who share it leave no name: the one that stands there is of somebody who has ended. But who only
            // asks, as we just did, shares it as well, for a moment: that is not told as if somebody had it.
            _ = flock(file.descriptor, LOCK_UN)
            guard attemptsLeft > 0 else { return "another process" }
            attemptsLeft -= 1
            usleep(5000)
        }
        return nil
    }

    private static func lastHolder(in file: File) throws -> String {
        let line = String(decoding: try file.read(at: 0, count: 200), as: UTF8.self).prefix { $0 != "\n" }
        return line.isEmpty ? "another process" : String(line)
    }
}
