import Glibc
import SystemPackage

/// To whom new files of a shared directory belong: what lets every member of its group publish over
/// the others' work.
public struct Ownership: Sendable {
    private let owner: UInt32
    private let group: UInt32

    /// The owner and group of the directory that everything else is placed in.
    public init(of directory: Directory) throws {
        let status = try directory.status()
        owner = status.owner
        group = status.group
    }

    private init(owner: UInt32, group: UInt32) { (self.owner, self.group) = (owner, group) }

    /// For what is nobody else's business.
    public static var ofThisProcess: Ownership { Ownership(owner: geteuid(), group: getegid()) }

    /// As root: the directory's owner and group. As anyone else: its group, where they belong to it.
    public func apply(to file: File) throws {
        try apply(descriptor: file.descriptor, path: file.path, current: file.status())
    }

    func apply(to directory: Directory) throws {
        try apply(descriptor: directory.descriptor, path: directory.path, current: directory.status())
    }

    func apply(toLink name: String, in directory: Directory) throws {
        guard let current = try directory.status(of: name) else { return }
        try apply(path: directory.path(of: name), current: current) {
            fchownat(directory.descriptor, name, $0, $1, AT_SYMLINK_NOFOLLOW)
        }
    }

    private func apply(descriptor: Int32, path: String, current: FileStatus) throws {
        try apply(path: path, current: current) { fchown(descriptor, $0, $1) }
    }

    private func apply(path: String, current: FileStatus, change: (UInt32, UInt32) -> Int32) throws {
        if geteuid() == 0 {
            guard current.owner != owner || current.group != group else { return }
            try systemCall("set the owner of", path) { change(owner, group) }
        } else if current.group != group {
            // Refused to those who don't belong to it; then the file keeps their own group.
            _ = change(UInt32.max, group)
        }
    }
}

/// The user whose rights this process has.
public var effectiveUser: UInt32 { geteuid() }

/// Lets every member of a shared directory's group write what we make there.
public func useSharedCreationMask() { umask(0o002) }
