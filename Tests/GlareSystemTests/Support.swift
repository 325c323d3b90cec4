import GlareSystem
import SystemPackage

/// The code of the system error that `body` throws; nil where it throws none.
func code<Result>(_ body: () throws -> Result) rethrows -> Errno? {
    do {
        _ = try body()
        return nil
    } catch let error as SystemError {
        return error.code
    }
}

extension File {
    /// All that is in it.
    func contents() throws -> [UInt8] { try readAll(limit: 64 << 20) }
}
