import Glibc
import SystemPackage

/// The right to change a directory: one process at a time has it, and loses it when it ends, however
/// it ends.
public final class DirectoryLock: Sendable {
    private let file: File

    private init(file: File) { self.file = file }

    /// Waits until the lock is free. `onWait` is told once who holds it.
    public static func acquire(in directory: Directory, holder: String, onWait: (String) -> Void) throws
        -> DirectoryLock
    {
        let file = try lockFile(in: directory)
        if flock(file.descriptor, LOCK_EX | LOCK_NB) != 0 {
            onWait(try currentHolder(in: file))
            try systemCall("lock", file.path) { flock(file.descriptor, LOCK_EX) }
        }
        return try taken(file, by: holder)
    }

    public enum Attempt {
        case acquired(DirectoryLock)
        case held(by: String)
    }

    /// Takes the lock if nobody has it, else answers who does.
    public static func attempt(in directory: Directory, holder: String) throws -> Attempt {
        let file = try lockFile(in: directory)
        if flock(file.descriptor, LOCK_EX | LOCK_NB) == 0 { return .acquired(try taken(file, by: holder)) }
        guard Errno.current == .wouldBlock else { throw SystemError("lock", file.path, code: .current) }
        return .held(by: try currentHolder(in: file))
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

    private static func currentHolder(in file: File) throws -> String {
        let line = String(decoding: try file.read(at: 0, count: 200), as: UTF8.self).prefix { $0 != "\n" }
        return line.isEmpty ? "another process" : String(line)
    }
}
