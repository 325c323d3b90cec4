public import GlareModel
public import GlareSystem
import Glibc

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
        if isAsWritten(bytes, format: format) { return }
        if let digest, SHA256Digest(of: bytes) != digest { return }
        try Document.requireNoNewer(than: format, bytes, subject: file.path)
    }

    /// Whether a document has the line that this Glare writes: of thousands of records, to decode each would take
    /// longer than what follows.
    private static func isAsWritten(_ bytes: [UInt8], format: Int) -> Bool {
        let line = Array("\n  \"format\" : \(format),\n".utf8)
        return bytes.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return false }
            var offset = 0
            while offset + line.count <= bytes.count, let found = memchr(start + offset, 0x0A, bytes.count - offset) {
                offset = UnsafeRawPointer(found) - start
                if offset + line.count <= bytes.count, memcmp(found, line, line.count) == 0 { return true }
                offset += 1
            }
            return false
        }
    }

    /// The same of the records that a catalogue names.
    public static func requireRecords(of catalogue: Catalogue?, in directory: Directory?) throws {
        for row in catalogue?.rows ?? [] {
            try require(
                RepositoryLayout.documentName(row.record.sha256), in: directory, format: ImageRecord.format,
                digest: row.record.sha256)
        }
    }

    /// The same of manifests and deltas, by their first bytes: magic, and two bytes of version.
    ///
    /// - Parameters:
    ///   - isMeant: Which names are those of such files.
    ///   - isWhole: Whether a file of a newer version is what its name says: else it is a flipped bit.
    public static func requireTransfers(
        in directory: Directory?, where isMeant: (String) -> Bool, isWhole: (File) throws -> Bool
    ) throws {
        let known = [(Manifest.magic, Manifest.formatVersion), (DeltaHead.magic, DeltaHead.formatVersion)]
        for name in try directory?.names() ?? [] where isMeant(name) {
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
