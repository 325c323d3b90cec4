public import GlareModel
public import GlareSystem

/// Whether files on this machine are of formats that this Glare knows. What a newer one wrote is not damaged:
/// nothing may be changed beside it, for that Glare would not know its own work again.
public enum KnownFormats {
    /// Requires that a document, if it is there, is of no newer format. One that is damaged passes.
    ///
    /// - Parameter digest: What it must be to count at all, where its name says that.
    /// - Throws: `InvalidDocument`, `SystemError`.
    public static func require(
        _ name: String, in directory: Directory?, format: Int, digest: SHA256Digest? = nil
    ) throws {
        guard let file = try? directory?.fileIfPresent(name), let bytes = try? file.readAll(limit: 64 << 20) else {
            return
        }
        if let digest, SHA256Digest(of: bytes) != digest { return }
        try Document.requireNoNewer(than: format, bytes, subject: file.path)
    }

    /// The same of the records that a catalogue names.
    public static func requireRecords(of catalogue: Catalogue?, in directory: Directory?) throws {
        for row in catalogue?.images ?? [] {
            try require(
                RepositoryLayout.documentName(row.record.sha256), in: directory, format: ImageRecord.format,
                digest: row.record.sha256)
        }
    }

    /// The same of manifests and deltas, by their first bytes: magic, and two bytes of version.
    ///
    /// - Parameter isWhole: Whether a file of a newer version is what its name says: else it is a flipped bit.
    public static func requireTransfers(in directory: Directory?, isWhole: (File) throws -> Bool) throws {
        let known = [(Manifest.magic, Manifest.formatVersion), (DeltaHead.magic, DeltaHead.formatVersion)]
        for name in try directory?.names() ?? [] {
            guard let file = try? directory?.file(name), let head = try? file.read(at: 0, count: 10), head.count == 10
            else { continue }
            let found = UInt16(head[8]) | UInt16(head[9]) << 8
            for (magic, version) in known where head.starts(with: magic) && found > version {
                guard try isWhole(file) else { continue }
                throw InvalidDocument(
                    file.path, "has format \(found), this Glare reads format \(version): a newer Glare is needed",
                    isNewer: true)
            }
        }
    }
}
