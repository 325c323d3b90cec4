/// ext2, ext3 and ext4 share a signature and differ by features. Source: Linux,
/// `Documentation/filesystems/ext4/super.rst`. All little-endian.
enum ExtSuperblock {
    private static let magic: Signature = [0x53, 0xef]
    private static let journal: UInt32 = 0x4
    /// What ext3 knows: file types, recovery, meta block groups.
    private static let incompatibleOfExt3: UInt32 = 0x2 | 0x4 | 0x10
    /// What ext3 knows: sparse superblocks, large files, B-tree directories.
    private static let readOnlyOfExt3: UInt32 = 0x1 | 0x2 | 0x4

    static func name(_ source: HeaderSource) throws -> String? {
        let block = try source.window(at: 1024, count: 1024)
        // Two bytes are easily met by chance, so two fields with few values must agree.
        guard block.has(magic, at: 56), block.count == 1024,
            try block.littleEndian(24, as: UInt32.self) <= 6,  // Blocks of 1 to 64 KiB.
            try block.littleEndian(76, as: UInt32.self) <= 1  // Revision.
        else { return nil }
        let compatible = try block.littleEndian(92, as: UInt32.self)
        let incompatible = try block.littleEndian(96, as: UInt32.self)
        let readOnly = try block.littleEndian(100, as: UInt32.self)
        if incompatible & ~incompatibleOfExt3 != 0 || readOnly & ~readOnlyOfExt3 != 0 { return "ext4 filesystem" }
        return compatible & journal != 0 ? "ext3 filesystem" : "ext2 filesystem"
    }
}
