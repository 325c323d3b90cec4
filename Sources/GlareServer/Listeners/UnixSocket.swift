import Glibc
import SystemPackage

/// A Unix socket that listens, and the file that it has.
struct UnixSocket: Sendable {
    /// Whoever takes connections from it closes it.
    let descriptor: Int32
    private let path: String
    private let file: FileIdentity

    private struct FileIdentity: Equatable {
        let device: dev_t
        let inode: ino_t

        init?(at path: String) {
            var status = stat()
            guard lstat(path, &status) == 0 else { return nil }
            (device, inode) = (status.st_dev, status.st_ino)
        }
    }

    /// Takes a path, also one where a server has left its socket that was killed.
    ///
    /// - Throws: ``ServerError``, where somebody listens there, or something else has the path.
    static func listen(at path: String, backlog: Int32) throws -> UnixSocket {
        try clear(path)
        let descriptor = try make(for: path)
        guard withAddress(of: path, { bind(descriptor, $0, $1) }) == 0, Glibc.listen(descriptor, backlog) == 0,
            let file = FileIdentity(at: path)
        else {
            let error = errno == EADDRINUSE ? ServerError.socketInUse(path) : failure(path)
            close(descriptor)
            throw error
        }
        return UnixSocket(descriptor: descriptor, path: path, file: file)
    }

    /// Removes its file, unless the path is another's by now.
    func remove() {
        if FileIdentity(at: path) == file { unlink(path) }
    }

    /// The file of a server that was killed looks like one of a server that is there: only a connection tells.
    private static func clear(_ path: String) throws {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw ServerError.notASocket(path) }
        let probe = try make(for: path)
        defer { close(probe) }
        let answer = withAddress(of: path) { connect(probe, $0, $1) == 0 ? 0 : errno }
        switch answer {
        case ENOENT: break
        case ECONNREFUSED: guard unlink(path) == 0 || errno == ENOENT else { throw failure(path) }
        // Its queue is full, or it takes datagrams: somebody is there all the same.
        case 0, EAGAIN, EPROTOTYPE: throw ServerError.socketInUse(path)
        default: throw ServerError.cannotUseSocket("unix:\(path)", reason: "\(Errno(rawValue: answer))")
        }
    }

    private static func make(for path: String) throws -> Int32 {
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_UNIX, type, 0)
        guard descriptor >= 0 else { throw failure(path) }
        return descriptor
    }

    private static func failure(_ path: String) -> ServerError {
        .cannotUseSocket("unix:\(path)", reason: "\(Errno(rawValue: errno))")
    }

    /// - Parameter path: Short enough, as ``ListenAddress`` has it.
    private static func withAddress<Result>(
        of path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
