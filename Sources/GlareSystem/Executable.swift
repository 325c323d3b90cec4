import Glibc
import SystemPackage

/// Throws what would keep this process from running the program at `path`.
public func requireExecutable(_ path: String) throws {
    guard try FileStatus(ofFileAt: path).kind == .regular else {
        throw SystemError("run", path, code: .permissionDenied)
    }
    try systemCall("run", path) { faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) }
}
