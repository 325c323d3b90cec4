public import GlareModel
import GlareSystem
import SystemPackage

/// The two files of a key pair.
public enum KeyPairFiles {
    /// Writes both: the secret one for its owner alone.
    ///
    /// - Parameter replacing: False where neither may be there yet; then a `SystemError` with `fileExists` is
    ///   thrown, and nothing written.
    /// - Throws: `SystemError`.
    public static func write(
        _ key: SecretKey, secret: String, public publicPath: String, replacing: Bool
    ) throws {
        let files = [(secret, key.fileText, UInt32(0o600)), (publicPath, key.publicKey.fileText, 0o644)]
        for (path, _, _) in files {
            let (directory, name) = try Self.place(of: path)
            guard try replacing || directory.status(of: name) == nil else {
                throw SystemError("make", path, code: .fileExists)
            }
        }
        for (path, text, mode) in files {
            let (directory, name) = try Self.place(of: path)
            let temporary = try TemporaryFile(in: directory)
            // Before there is anything to read.
            try temporary.file.setMode(mode)
            try temporary.file.write(Array(text.utf8))
            try temporary.publish(
                to: directory, as: name, attributes: FileAttributes(mode: mode, owner: .ofThisProcess),
                size: Int64(text.utf8.count), replacing: replacing)
        }
    }

    private static func place(of path: String) throws -> (Directory, name: String) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: true)
        guard let name = parts.last else { throw SystemError("make", path, code: .isDirectory) }
        let directory = path.hasSuffix("/") ? path : String(path.dropLast(name.count))
        return (try Directory.open(directory.isEmpty ? "." : directory), String(name))
    }
}
