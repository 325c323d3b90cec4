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
