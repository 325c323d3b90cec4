/// FAT has no signature that all its writers set: it is known by a boot sector whose geometry makes
/// sense. Source: Microsoft, "FAT32 File System Specification", 3.1 and 3.5. All little-endian.
enum FATBootSector {
    static func name(_ sector: HeaderBytes) throws -> String? {
        guard sector.has(PartitionTable.bootSignature, at: PartitionTable.bootSignatureOffset),
            let geometry = try Geometry(sector)
        else { return nil }
        return geometry.kind.map { "\($0) filesystem" }
    }

    private struct Geometry {
        let sectorsPerCluster: Int
        /// Before the first cluster: reserved sectors, tables, root directory.
        let overheadSectors: Int
        let sectorCount: Int
        let isFAT32: Bool

        /// Answers nil where a field has a value that no FAT has.
        init?(_ sector: HeaderBytes) throws {
            let sectorSize = Int(try sector.littleEndian(11, as: UInt16.self))
            sectorsPerCluster = Int(try sector.byte(13))
            let reserved = Int(try sector.littleEndian(14, as: UInt16.self))
            let tableCount = Int(try sector.byte(16))
            let media = try sector.byte(21)
            guard try Self.beginsWithJump(sector), [512, 1024, 2048, 4096].contains(sectorSize),
                sectorsPerCluster.nonzeroBitCount == 1, reserved > 0, (1...2).contains(tableCount),
                media == 0xf0 || media >= 0xf8
            else { return nil }
            let rootEntries = Int(try sector.littleEndian(17, as: UInt16.self))
            let shortTable = Int(try sector.littleEndian(22, as: UInt16.self))
            let longTable = Int(try sector.littleEndian(36, as: UInt32.self))
            let shortCount = Int(try sector.littleEndian(19, as: UInt16.self))
            let longCount = Int(try sector.littleEndian(32, as: UInt32.self))
            isFAT32 = shortTable == 0
            sectorCount = shortCount == 0 ? longCount : shortCount
            let rootSectors = (rootEntries * 32 + sectorSize - 1) / sectorSize
            overheadSectors = reserved + tableCount * (isFAT32 ? longTable : shortTable) + rootSectors
        }

        private static func beginsWithJump(_ sector: HeaderBytes) throws -> Bool {
            switch try sector.byte(0) {
            case 0xeb: try sector.byte(2) == 0x90
            case 0xe9: true
            default: false
            }
        }

        /// The number of clusters alone tells 12 from 16.
        var kind: String? {
            guard sectorCount > overheadSectors else { return nil }
            if isFAT32 { return "FAT32" }
            return (sectorCount - overheadSectors) / sectorsPerCluster < 4085 ? "FAT12" : "FAT16"
        }
    }
}
