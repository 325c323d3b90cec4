import CGlareSystem
import SystemPackage

/// Whether anybody else has a file open.
public enum FileUse: Sendable {
    case unused
    case inUse
    /// The system does not tell: not our file, or a filesystem without leases. Taken as in use.
    case unknown
}

extension File {
    /// Asks by taking a write lease, which the kernel grants only to the sole opener of an inode; so
    /// it sees through hard links, mounts and namespaces.
    ///
    /// `body` runs with the answer while the lease is held: nobody opens the file in the meantime
    /// without the kernel waiting for us.
    public func withUse<Result>(_ body: (FileUse) throws -> Result) rethrows -> Result {
        guard cglare_take_write_lease(descriptor) == 0 else {
            return try body(Errno.current == .wouldBlock ? .inUse : .unknown)
        }
        defer { _ = cglare_release_lease(descriptor) }
        return try body(.unused)
    }
}

/// Opens a file that somebody may be asking about with a lease just now: then an open that does not wait fails,
/// for as long as the question takes.
///
/// - Throws: `SystemError`, after five seconds also for that.
func openPastLeases(_ path: String, _ attempt: () -> Int32) throws -> Int32 {
    var attemptsLeft = 500
    while true {
        do {
            return try systemCall("open", path, attempt)
        } catch let error as SystemError where error.code == .wouldBlock && attemptsLeft > 0 {
            attemptsLeft -= 1
            pause(milliseconds: 10)
        }
    }
}
