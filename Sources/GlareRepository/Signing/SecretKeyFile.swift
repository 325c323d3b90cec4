public import GlareModel
import GlareSystem

extension Repository {
    /// Reads the key that signs.
    ///
    /// - Throws: ``SigningError/openToOthers(path:mode:)`` for a file that others than its owner, or than the
    ///   repository's group, can read; `InvalidKey`, `SystemError`.
    public static func secretKey(at path: String, forRepositoryAt directory: String?) throws -> SecretKey {
        let file = try File.open(path)
        let status = try file.status()
        guard status.kind == .regular else { throw InvalidKey(path, "is not a file") }
        let group = directory.flatMap { try? Directory.open($0).status().group }
        let isOpenToGroup = status.mode & 0o070 != 0 && status.group != group
        guard status.mode & 0o007 == 0, !isOpenToGroup else {
            throw SigningError.openToOthers(path: path, mode: status.mode & 0o777)
        }
        return try SecretKey(file: file.readAll(limit: Signature.sizeLimit), subject: path)
    }
}
