/// A disk without a container: its bytes are the file's. It has no signature of its own, so what is
/// on it must be known: a partition table or a filesystem.
enum RawDisk {
    static func recognise(_ source: HeaderSource) throws -> Recognition? {
        guard let content = try content(source) else { return nil }
        return try Recognition(content, size: UInt64(source.size))
    }

    /// Something else in the first sector wins over an MBR, because boot sectors of FAT and NTFS carry
    /// the MBR's signature; a filesystem further back loses, because it can be a leftover.
    private static func content(_ source: HeaderSource) throws -> String? {
        if let table = PartitionTable.gpt(source.head) { return table }
        if let filesystem = try FATBootSector.name(source.head) { return filesystem }
        if let filesystem = FilesystemSignature.name(source.head, where: \.isInFirstSector) { return filesystem }
        if let table = try PartitionTable.mbr(source.head) { return table }
        if let filesystem = try ExtSuperblock.name(source) { return filesystem }
        return FilesystemSignature.name(source.head) { !$0.isInFirstSector }
    }
}
