import Glibc

/// A path without symlinks, `.` and `..`.
///
/// - Throws: ``SystemError`` where a part of it is not there, or may not be looked at.
public func canonicalPath(_ path: String) throws -> String {
    guard let found = realpath(path, nil) else { throw SystemError("find", path, code: .current) }
    defer { free(found) }
    return String(cString: found)
}

/// A path's last component, and what is before it.
public func splitPath(_ path: String) -> (directory: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    return (slash == path.startIndex ? "/" : String(path[..<slash]), String(path[path.index(after: slash)...]))
}
