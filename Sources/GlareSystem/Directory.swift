import CGlareSystem
import Glibc
import Synchronization
import SystemPackage

/// An open directory. All names are single components, looked up relative to the descriptor, and a
/// symlink in the last place is never followed: whoever can plant a link can't redirect a write.
public final class Directory: Sendable {
    public let path: String
    let descriptor: Int32
    /// What a sync failed with, if one has; else 0.
    private let failedSync = Atomic<Int32>(0)

    private init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { close(descriptor) }

    /// Opens the directory at a path that the user gave: symlinks on the way are the user's.
    public static func open(_ path: String) throws -> Directory {
        let descriptor = try systemCall("open", path) {
            cglare_openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
        }
        return Directory(descriptor: descriptor, path: path)
    }

    /// Makes a directory at a path, whose parent exists, unless it is there; answers whether it was made.
    public static func create(_ path: String, mode: UInt32 = 0o2775) throws -> Bool {
        guard mkdir(path, mode) == 0 else {
            guard Errno.current == .fileExists else { throw SystemError("make", path, code: .current) }
            return false
        }
        do {
            try open(path + "/..").sync()
        } catch let error as SystemError where error.code == .permissionDenied {
            // Names may be made there, and not read: then it is on disk when the system gets to it.
        }
        return true
    }

    /// The path of one of its names, for messages.
    public func path(of name: String) -> String {
        path.hasSuffix("/") ? path + name : path + "/" + name
    }

    public func status() throws -> FileStatus {
        var status = stat()
        try systemCall("examine", path) { fstat(descriptor, &status) }
        return FileStatus(status)
    }

    /// Makes names that were added or removed survive a power cut.
    ///
    /// After a failure it fails for ever: the system tells it once, and would report success from then on,
    /// while names that were added before are lost.
    public func sync() throws {
        let before = failedSync.load(ordering: .relaxed)
        guard before == 0 else { throw SystemError("write to disk", path, code: Errno(rawValue: before)) }
        do {
            try systemCall("write to disk", path) { fsync(descriptor) }
        } catch let error as SystemError {
            failedSync.store(error.code.rawValue, ordering: .relaxed)
            throw error
        }
    }

    // MARK: What is in it

    /// All names but `.` and `..`, sorted.
    public func names() throws -> [String] { try entries().map(\.name).sorted() }

    /// Names of the symlinks in it, sorted.
    public func symbolicLinks() throws -> [String] {
        try entries().filter { entry in
            // Some filesystems don't say.
            let isLink = entry.type == UInt8(DT_UNKNOWN) ? try status(of: entry.name)?.kind == .symbolicLink : nil
            return isLink ?? (entry.type == UInt8(DT_LNK))
        }.map(\.name).sorted()
    }

    private func entries() throws -> [(name: String, type: UInt8)] {
        // A descriptor of its own, because reading moves the position that a duplicate would share.
        let copy = try systemCall("open", path) {
            cglare_openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
        }
        guard let stream = fdopendir(copy) else {
            let code = Errno.current
            close(copy)
            throw SystemError("list", path, code: code)
        }
        defer { closedir(stream) }
        var entries: [(String, UInt8)] = []
        errno = 0
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { entries.append((name, entry.pointee.d_type)) }
            errno = 0
        }
        if errno != 0 { throw SystemError("list", path, code: .current) }
        return entries
    }

    /// Of the name itself, not of what a symlink leads to; nil where the name is not there.
    public func status(of name: String) throws -> FileStatus? {
        var status = stat()
        do {
            try checked(name)
            try systemCall("examine", path(of: name)) { fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) }
        } catch let error as SystemError where error.code == .noSuchFileOrDirectory {
            return nil
        }
        return FileStatus(status)
    }

    /// Where a symlink points, or nil where the name is something else or missing.
    public func symbolicLink(_ name: String) throws -> String? {
        try checked(name)
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = readlinkat(descriptor, name, &buffer, buffer.count)
        if count >= 0 { return String(decoding: buffer[..<count], as: UTF8.self) }
        if [.invalidArgument, .noSuchFileOrDirectory].contains(Errno.current) { return nil }
        throw SystemError("read the symlink", path(of: name), code: .current)
    }

    /// Opens a file for reading, without following a symlink or waiting for a FIFO.
    public func file(_ name: String) throws -> File {
        try open(name, flags: O_RDONLY | O_NONBLOCK)
    }

    /// As ``file(_:)``, or nil where the name is not there.
    public func fileIfPresent(_ name: String) throws -> File? {
        do {
            return try file(name)
        } catch let error as SystemError where error.code == .noSuchFileOrDirectory {
            return nil
        }
    }

    /// Opens a file for reading by its path below this directory, through no symlink, where that can be done
    /// without waiting for a disk: on a thread that has others to serve.
    ///
    /// - Returns: Nil where it takes ``file(_:)`` to find out: the disk would have to be waited for, the
    ///   kernel does not know how (before Linux 5.12), or the path is one that is not opened so.
    public func fileIfCached(_ path: String) -> File? {
        let opened = cglare_open_below(descriptor, path, 1)
        return opened == -1 ? nil : File(descriptor: opened, path: self.path(of: path))
    }

    /// Opens a file for reading and writing, making it with `mode` where it is missing.
    public func fileForUpdate(_ name: String, mode: UInt32) throws -> File {
        try open(name, flags: O_RDWR | O_CREAT, mode: mode)
    }

    /// Makes a file that was not there. Throws `fileExists` otherwise.
    public func newFile(_ name: String, mode: UInt32) throws -> File {
        try open(name, flags: O_RDWR | O_CREAT | O_EXCL, mode: mode)
    }

    private func open(_ name: String, flags: Int32, mode: UInt32 = 0) throws -> File {
        try checked(name)
        let opened = try openPastLeases(path(of: name)) {
            cglare_openat(descriptor, name, flags | O_CLOEXEC | O_NOFOLLOW, mode)
        }
        return File(descriptor: opened, path: path(of: name))
    }

    /// Opens a directory in this one; where it is missing, makes it when `create` gives mode and owner.
    public func directory(_ name: String, create: (mode: UInt32, owner: Ownership?)? = nil) throws -> Directory {
        try checked(name)
        var isNew = false
        if let create, try status(of: name) == nil {
            isNew = mkdirat(descriptor, name, create.mode) == 0
            if !isNew && Errno.current != .fileExists { throw SystemError("make", path(of: name), code: .current) }
        }
        let opened = try systemCall("open", path(of: name)) {
            cglare_openat(descriptor, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW, 0)
        }
        let directory = Directory(descriptor: opened, path: path(of: name))
        if let create, isNew {
            try create.owner?.apply(to: directory)
            try systemCall("set the mode of", directory.path) { fchmod(opened, create.mode) }
            try directory.sync()
            try sync()
        }
        return directory
    }

    /// Opens a directory in this one, or nil where the name is not there.
    public func directoryIfPresent(_ name: String) throws -> Directory? {
        try status(of: name) == nil ? nil : try directory(name)
    }

    /// As ``directoryIfPresent(_:)``; nil, and closed, where it is there and this user may not look up names in it.
    public func directoryIfReadable(_ name: String) throws -> (directory: Directory?, isClosed: Bool) {
        do {
            let found = try directoryIfPresent(name)
            // To open it is one right, to look up names in it another.
            _ = try found?.status(of: ".lookup")
            return (found, false)
        } catch let error as SystemError where error.code == .permissionDenied {
            return (nil, true)
        }
    }

    // MARK: Changing names

    /// Moves a name, replacing what was under the new one. Between two names of one file the system
    /// does nothing and reports success; then the old name is removed here.
    public func rename(_ name: String, to target: Directory, as newName: String) throws {
        try checked(name, newName)
        if try name == newName && target.status().stamp.isSameFile(as: status().stamp) { return }
        try systemCall("rename \(path(of: name)) to", target.path(of: newName)) {
            renameat(descriptor, name, target.descriptor, newName)
        }
        _ = unlinkat(descriptor, name, 0)
    }

    /// Moves a name to one that must be free. Throws `fileExists` where it is not.
    public func renameToNew(_ name: String, to target: Directory, as newName: String) throws {
        try checked(name, newName)
        do {
            try systemCall("rename \(path(of: name)) to", target.path(of: newName)) {
                cglare_rename_new(descriptor, name, target.descriptor, newName)
            }
        } catch let error as SystemError where error.code == .invalidArgument {
            // NFS knows no rename that keeps what is there; a link does.
            try link(name, to: target, as: newName)
            try remove(name)
        }
    }

    /// Gives a file a second name, which must be free.
    public func link(_ name: String, to target: Directory, as newName: String) throws {
        try checked(name, newName)
        try systemCall("link \(path(of: name)) to", target.path(of: newName)) {
            linkat(descriptor, name, target.descriptor, newName, 0)
        }
    }

    public func createSymbolicLink(_ name: String, to destination: String) throws {
        try checked(name)
        try systemCall("make the symlink", path(of: name)) { symlinkat(destination, descriptor, name) }
    }

    /// Removes a name; one that is not there is no error.
    public func remove(_ name: String) throws {
        do {
            try checked(name)
            try systemCall("remove", path(of: name)) { unlinkat(descriptor, name, 0) }
        } catch let error as SystemError where error.code == .noSuchFileOrDirectory {}
    }

    /// Throws what would keep this process from making and removing names here.
    public func requireWritable() throws {
        try systemCall("write in", path) { faccessat(descriptor, ".", W_OK, AT_EACCESS) }
    }

    /// Bytes that an unprivileged process can still write here.
    public func freeSpace() throws -> Int64 {
        var status = statvfs()
        try systemCall("examine the filesystem of", path) { fstatvfs(descriptor, &status) }
        let (bytes, overflow) = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
        return overflow ? .max : Int64(clamping: bytes)
    }

    /// Whether the filesystem has no disk to wait for (tmpfs, ramfs).
    public var isInMemory: Bool {
        cglare_is_in_memory(descriptor) == 1
    }

    /// Throws `noSpace` where there is no room for `bytes`, before anything is written.
    ///
    /// With a 32nd more: the filesystem's own records of where a file is take room as well, and so do the
    /// small files that come with an image.
    public func requireSpace(_ bytes: Int64, for subject: String) throws {
        let free = try freeSpace()
        let needed = bytes.addingReportingOverflow(bytes / 32)
        guard needed.overflow || free < needed.partialValue else { return }
        throw SystemError(
            "place \(subject), which takes \(shown(needed.overflow ? bytes : needed.partialValue)) where \(shown(free)) are free",
            path, code: .noSpace)
    }

    /// Throws where nothing can be moved from here to `target` in one step, because that is another filesystem or
    /// another mount: then nothing can be published there.
    public func requireMovable(to target: Directory) throws {
        // Nothing has this name: the system compares the mounts before it looks for it.
        let name = TemporaryFile.uniqueName()
        let answer = renameat(descriptor, name, target.descriptor, name)
        let code = answer == 0 ? Errno.noSuchFileOrDirectory : Errno.current
        guard code != .noSuchFileOrDirectory else { return }
        guard code == .improperLink else { throw SystemError("move files from \(path) to", target.path, code: code) }
        throw SystemError(
            "use it: files are made in \(path) and moved there in one step, so both must be on one mounted filesystem",
            target.path, code: .improperLink)
    }

    private func shown(_ bytes: Int64) -> String { bytes < 1 << 20 ? "\(bytes >> 10) KiB" : "\(bytes >> 20) MiB" }

    /// A name with a slash would escape the directory; none of ours has one.
    private func checked(_ names: String...) throws {
        for name in names
        where name.isEmpty || name == "." || name == ".." || name.utf8.contains(where: { $0 == 0x2F || $0 == 0 }) {
            throw SystemError("use the name", path(of: name), code: .invalidArgument)
        }
    }
}
