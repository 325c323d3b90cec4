import GlareModel
import GlareSystem
import GlareTransfer
import SystemPackage

extension Directory {
    /// Requires that nothing in this repository is of a format that only a newer Glare knows; before anything is
    /// made or written in it.
    ///
    /// - Throws: `InvalidDocument`, `SystemError`.
    func requireKnownRepository() throws {
        try KnownFormats.require(RepositoryState.fileName, in: ownDirectory, format: RepositoryState.format)
        try KnownFormats.require(RepositoryLayout.catalogue, in: self, format: Catalogue.format)
        let bytes = try? fileIfPresent(RepositoryLayout.catalogue)?.readAll(limit: Catalogue.sizeLimit)
        try KnownFormats.requireRecords(
            of: bytes.flatMap { try? Catalogue(json: $0, subject: "") },
            in: directoryIfPresent(RepositoryLayout.catalogueDirectory))
        let isMeant = { (name: String) in !name.hasSuffix(".\(TransferName.Kind.frames.rawValue)") }
        try KnownFormats.requireTransfers(in: directoryIfPresent(RepositoryLayout.transfer), where: isMeant) { file in
            guard let fileName = file.path.split(separator: "/").last,
                let name = TransferName(fileName: String(fileName))
            else { return false }
            let size = try file.status().size
            return try PlainContent.read(file, length: size).digests.sha256.hex.hasPrefix(name.digest)
        }
    }

    /// Nil where it is not there, or not for this user to read.
    private var ownDirectory: Directory? {
        get throws {
            do {
                return try directoryIfPresent(RepositoryLayout.privateDirectory)
            } catch let error as SystemError where error.code == .permissionDenied {
                return nil
            }
        }
    }
}
