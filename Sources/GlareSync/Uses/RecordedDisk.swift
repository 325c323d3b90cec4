import GlareModel
import GlareSystem

extension UseRecords {
    /// Records a disk, and then has `body` publish it: no disk is there without a record. Where that fails before
    /// the disk is there, the record is what it was.
    ///
    /// One at a time for a path: else who comes second would take the record of the first for none, and take it back.
    func recording(
        _ record: Record, of disk: TemporaryFile, scratch: Directory, _ body: () throws -> Void
    ) throws {
        let name = Self.fileName(record.disk)
        try directory.withLock(for: name) { try recording(record, as: name, of: disk, scratch: scratch, body) }
    }

    private func recording(
        _ record: Record, as name: String, of disk: TemporaryFile, scratch: Directory, _ body: () throws -> Void
    ) throws {
        let before = try directory.fileIfPresent(name)?.readAll(limit: Self.sizeLimit)
        try add(record, scratch: scratch)
        do {
            try body()
        } catch  where !disk.isPublished {
            if let before {
                try? directory.publish(
                    before, as: name, attributes: FileAttributes(mode: 0o660, owner: Ownership(of: directory)),
                    scratch: scratch)
            } else {
                try? directory.remove(name)
            }
            throw error
        }
    }
}
