import CGlareSystem
import Glibc
import Synchronization
import SystemPackage

/// An open file. Its descriptor is closed with it; who writes calls ``close()``, which reports what
/// the system held back until then.
public final class File: Sendable {
    /// Where it was opened, for messages.
    public let path: String
    /// Still this file's: for system calls that are made elsewhere, as `sendfile`, while the file is kept.
    public let descriptor: Int32
    private let isClosed = Atomic(false)

    /// Takes over an open descriptor.
    public init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    var isOpen: Bool { !isClosed.load(ordering: .relaxed) }

    deinit {
        if isOpen { _ = Glibc.close(descriptor) }
    }

    /// Opens a file for reading, following symlinks, without waiting for the other end of a FIFO.
    public static func open(_ path: String) throws -> File {
        let descriptor = try openPastLeases(path) {
            cglare_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0)
        }
        return File(descriptor: descriptor, path: path)
    }

    /// Closes the descriptor now. Throws what the filesystem reports at that point (NFS, quotas).
    public func close() throws {
        guard !isClosed.exchange(true, ordering: .relaxed) else { return }
        // Not repeated on EINTR: on Linux the descriptor is gone by then.
        guard Glibc.close(descriptor) == 0 || Errno.current == .interrupted else {
            throw SystemError("close", path, code: .current)
        }
    }

    public func status() throws -> FileStatus {
        var status = stat()
        try systemCall("examine", path) { fstat(descriptor, &status) }
        return FileStatus(status)
    }

    /// Takes the lock on this file; false where another process has it.
    ///
    /// - Parameter kind: `LOCK_EX`, or `LOCK_SH` for a share of it.
    /// - Throws: `SystemError`, above all where the filesystem has no locks.
    func attemptLock(_ kind: Int32 = LOCK_EX) throws -> Bool {
        if flock(descriptor, kind | LOCK_NB) == 0 { return true }
        let code = Errno.current
        guard code == .wouldBlock else {
            throw SystemError(
                "get a lock (flock), without which Glare does not write to a filesystem, on", path, code: code)
        }
        return false
    }

    // MARK: Bytes

    /// Reads at `offset` until the buffer is full or the file ends; answers how many bytes came.
    public func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws -> Int {
        var done = 0
        while done < buffer.count {
            let count = try systemCall("read", path) {
                pread(
                    descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done, off_t(offset) + off_t(done)
                )
            }
            if count == 0 { break }
            done += count
        }
        return done
    }

    /// Reads at `offset` as much as is in memory, without waiting for a disk; nil where that is nothing, or
    /// where the filesystem can't tell.
    public func readCached(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) -> Int? {
        let count = cglare_read_cached(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
        return count > 0 ? count : nil
    }

    /// Fills the buffer with the bytes at `offset`; a file that ends before is an error.
    public func fill(_ buffer: UnsafeMutableRawBufferPointer, from offset: Int64) throws {
        guard try read(into: buffer, at: offset) == buffer.count else {
            throw SystemError("read up to byte \(offset + Int64(buffer.count)) of", path, code: .ioError)
        }
    }

    /// Reads at most `count` bytes at `offset`.
    public func read(at offset: Int64, count: Int) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            initialized = try read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
        }
    }

    /// Reads a file that must be small. Throws `fileTooLarge` beyond `limit` bytes.
    public func readAll(limit: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        // The size is only where to begin: files grow, and those of /proc claim to be empty.
        var step = Int(clamping: try status().size) + 1
        while bytes.count <= limit {
            let more = try read(at: Int64(bytes.count), count: min(limit - bytes.count + 1, step))
            if more.isEmpty { return bytes }
            bytes += more
            step = 1 << 16
        }
        throw SystemError("read more than \(limit) bytes of", path, code: .fileTooLarge)
    }

    /// Writes all of `bytes` at `offset`.
    public func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws {
        var done = 0
        while done < bytes.count {
            done += try systemCall("write to", path) {
                pwrite(
                    descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done, off_t(offset) + off_t(done))
            }
        }
    }

    public func write(_ bytes: some Sequence<UInt8>, at offset: Int64 = 0) throws {
        try ContiguousArray(bytes).withUnsafeBytes { try write($0, at: offset) }
    }

    public func truncate(to size: Int64) throws {
        try systemCall("set the size of", path) { ftruncate(descriptor, off_t(size)) }
    }

    // MARK: Attributes and durability

    public func setMode(_ mode: UInt32) throws {
        try systemCall("set the mode of", path) { fchmod(descriptor, mode) }
    }

    public func setModified(_ time: FileTime) throws {
        try systemCall("set the time of", path) {
            cglare_set_modified(descriptor, time.seconds, time.nanoseconds)
        }
    }

    /// Waits until content and attributes are on disk. After a failure the content is not to be
    /// trusted, and a second call would report success: throw the file away.
    public func sync() throws {
        try systemCall("write to disk", path) { fsync(descriptor) }
    }

    /// Tells the kernel that the file is read once, front to back.
    public func adviseSequential() {
        _ = posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
    }
}
