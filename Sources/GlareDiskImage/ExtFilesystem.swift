public import GlareSystem

/// An ext filesystem in a raw disk: where it begins, and how its blocks are counted. Sources: Linux,
/// `Documentation/filesystems/ext4/super.rst`; UEFI specification 2.10, 5.3.
public struct ExtFilesystem: Sendable, Equatable {
    /// The partition's number, from 1; nil for a disk without a partition table.
    public let partition: Int?
    /// Bytes from the disk's beginning.
    public let offset: Int64
    /// Bytes.
    public let blockSize: Int64
    /// Whether files say where their blocks are by extents, as on ext4.
    public let hasExtents: Bool

    /// Those of a raw disk; none where its partition table can't be read.
    ///
    /// - Throws: `SystemError`.
    public static func all(in file: File) throws -> [ExtFilesystem] {
        let source = try HeaderSource(file)
        let partitions = (try? PartitionStarts.all(source)) ?? []
        let places: [(number: Int?, offset: Int64)] =
            partitions.isEmpty ? [(nil, 0)] : partitions.map { ($0.number, $0.offset) }
        return try places.compactMap { place in
            let block = try source.window(at: place.offset + 1024, count: 1024)
            return try? ExtFilesystem(superblock: block, partition: place.number, offset: place.offset)
        }
    }

    /// - Throws: ``MalformedHeader`` where it is none.
    private init(superblock block: HeaderBytes, partition: Int?, offset: Int64) throws {
        let magic = try block.littleEndian(56, as: UInt16.self)
        let exponent = try block.littleEndian(24, as: UInt32.self)
        guard magic == 0xef53, exponent <= 6 else {
            throw MalformedHeader(expected: "the superblock of an ext filesystem", found: "something else")
        }
        self.partition = partition
        self.offset = offset
        blockSize = 1024 << Int64(exponent)
        hasExtents = try block.littleEndian(96, as: UInt32.self) & 0x40 != 0
    }
}

/// Where the partitions of a raw disk begin.
private enum PartitionStarts {
    static func all(_ source: HeaderSource) throws -> [(number: Int, offset: Int64)] {
        let signature: Signature = "EFI PART"
        guard let sector = [512, 4096].first(where: { source.head.has(signature, at: $0) }) else {
            return try mbr(source.head)
        }
        return try gpt(source, sector: sector)
    }

    private static func gpt(_ source: HeaderSource, sector: Int) throws -> [(number: Int, offset: Int64)] {
        let table = try source.head.littleEndian(sector + 72, as: UInt64.self)
        let count = try source.head.littleEndian(sector + 80, as: UInt32.self)
        let entrySize = try source.head.littleEndian(sector + 84, as: UInt32.self)
        guard (1...1024).contains(count), (128...1024).contains(entrySize), let place = bytes(table, sector) else {
            return []
        }
        let entries = try source.window(at: place, count: Int(count * entrySize))
        return try (0..<entries.count / Int(entrySize)).compactMap { index in
            let start = index * Int(entrySize)
            guard entries.bytes.dropFirst(start).prefix(16).contains(where: { $0 != 0 }) else { return nil }
            return bytes(try entries.littleEndian(start + 32, as: UInt64.self), sector).map { (index + 1, $0) }
        }
    }

    /// The four entries of the first sector; what is in an extended partition is not looked for.
    private static func mbr(_ head: HeaderBytes) throws -> [(number: Int, offset: Int64)] {
        guard try PartitionTable.mbr(head) != nil else { return [] }
        return try [446, 462, 478, 494].enumerated().compactMap { index, entry in
            guard try head.byte(entry + 4) != 0 else { return nil }
            return (index + 1, Int64(try head.littleEndian(entry + 8, as: UInt32.self)) * 512)
        }
    }

    private static func bytes(_ sectors: UInt64, _ size: Int) -> Int64? {
        let (bytes, overflow) = sectors.multipliedReportingOverflow(by: UInt64(size))
        return overflow ? nil : Int64(exactly: bytes)
    }
}
