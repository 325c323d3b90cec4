import GlareModel
import GlareSystem
import GlareTransfer
import SystemPackage

/// The block tables of versions: `.glare/blocks/SHA256`. What is missing is made anew.
extension Repository {
    func blockTableBuilder() -> BlockTableBuilder {
        // Its name goes with the end of this line, the file with the builder.
        BlockTableBuilder { [scratch] in try TemporaryFile(in: scratch).file }
    }

    /// Of a version in the archive: made anew where it is missing.
    func blockTable(of version: HeldVersion) throws -> BlockTable {
        let digest = version.file.digests.sha256
        if let table = try blockTable(of: digest) { return table }
        let content = try self.content(of: version)
        let builder = blockTableBuilder()
        try options.activities.during(.reading, version.name.fileName, total: content.size) { activity in
            try builder.add(content, activity: activity)
        }
        return try publish(builder, of: digest)
    }

    func content(of version: HeldVersion) throws -> FileBlocks {
        FileBlocks(try archive.file(version.name.fileName), size: version.file.stamp.size)
    }

    /// Nil where there is none that can be used.
    func blockTable(of digest: SHA256Digest) throws -> BlockTable? {
        guard let file = try blocks.fileIfPresent(digest.hex) else { return nil }
        return try BlockTable(file)
    }

    func publish(_ builder: BlockTableBuilder, of digest: SHA256Digest) throws -> BlockTable {
        let temporary = try TemporaryFile(in: scratch)
        try builder.write(to: temporary.file)
        let size = try temporary.file.status().size
        // Before it has its name: a neighbour that does not know the image yet may remove that at once.
        guard let table = try BlockTable(temporary.file) else {
            throw SystemError("read back", temporary.file.path, code: .ioError)
        }
        try temporary.publish(to: blocks, as: digest.hex, attributes: attributes(mode: 0o660), size: size)
        return table
    }

    func removeBlockTables(except digests: Set<SHA256Digest>) throws {
        for name in try blocks.names() where SHA256Digest(hex: name).map({ !digests.contains($0) }) ?? false {
            try blocks.remove(name)
        }
    }
}
