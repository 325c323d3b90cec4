import Glibc
public import SystemPackage

/// A system call that failed: on which file, doing what, and why.
public struct SystemError: Error, Equatable, CustomStringConvertible {
    /// What was attempted, as a verb phrase that reads after "cannot": `open`, `write to`.
    public let operation: String
    public let path: String
    public let code: Errno

    public init(_ operation: String, _ path: String, code: Errno) {
        self.operation = operation
        self.path = path
        self.code = code
    }

    public var description: String { "\(path): cannot \(operation): \(code)" }
}

/// Runs a system call that answers -1 on failure, and again when a signal interrupted it.
@discardableResult
func systemCall<Result: SignedInteger>(_ operation: String, _ path: String, _ call: () -> Result) throws -> Result {
    while true {
        let result = call()
        if result != -1 { return result }
        let code = Errno.current
        if code != .interrupted { throw SystemError(operation, path, code: code) }
    }
}

extension Errno {
    /// What the last system call of this thread failed with.
    static var current: Errno { Errno(rawValue: errno) }
}
