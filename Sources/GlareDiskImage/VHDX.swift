/// Hyper-V's format. Source: Microsoft, [MS-VHDX], 2.2 "Header Section" and 2.6 "Metadata Region".
/// All little-endian.
enum VHDX {
    private static let magic: Signature = "vhdxfile"
    /// The region table and its copy.
    private static let regionTables: [Int64] = [192 << 10, 256 << 10]
    /// A region table, and the metadata table, take this much including what they leave free.
    private static let tableLength = 64 << 10
    private static let entryLength = 32
    /// As many entries as a table may have, behind a table header as large as one of them.
    private static let entryLimit = 2047

    /// 8B7CA206-4790-4B9A-B8FE-575F050F886E
    private static let metadataRegion: Signature = [
        0x06, 0xa2, 0x7c, 0x8b, 0x90, 0x47, 0x9a, 0x4b, 0xb8, 0xfe, 0x57, 0x5f, 0x05, 0x0f, 0x88, 0x6e,
    ]
    /// 2FA54224-CD1B-4876-B211-5DBED83BF4B8
    private static let virtualDiskSize: Signature = [
        0x24, 0x42, 0xa5, 0x2f, 0x1b, 0xcd, 0x76, 0x48, 0xb2, 0x11, 0x5d, 0xbe, 0xd8, 0x3b, 0xf4, 0xb8,
    ]

    static func recognise(_ source: HeaderSource) throws -> Recognition? {
        guard source.head.has(magic) else { return nil }
        let region = try metadataOffset(source)
        let item = try sizeOffset(source, metadata: region)
        let size = try source.window(at: item, count: 8).littleEndian(0, as: UInt64.self)
        return try Recognition("VHDX", size: size)
    }

    /// CAA16737-FA36-4D43-B3B6-33F0AA44E76B
    private static let fileParameters: Signature = [
        0x37, 0x67, 0xa1, 0xca, 0x36, 0xfa, 0x43, 0x4d, 0xb3, 0xb6, 0x33, 0xf0, 0xaa, 0x44, 0xe7, 0x6b,
    ]

    /// Whether it has only what another file has not: the second bit of the file parameters' flags.
    static func hasParent(_ source: HeaderSource) throws -> Bool {
        let region = try metadataOffset(source)
        let table = try source.window(at: region, count: tableLength)
        let count = try table.littleEndian(10, as: UInt16.self)
        guard let entry = try entry(fileParameters, in: table, first: 32, count: Int(count)) else { return false }
        let item = try offset(UInt64(table.littleEndian(entry + 16, as: UInt32.self)), from: region)
        return try source.window(at: item, count: 8).littleEndian(4, as: UInt32.self) & 2 != 0
    }

    /// Where the metadata region is, by the first region table that can be read.
    private static func metadataOffset(_ source: HeaderSource) throws -> Int64 {
        for place in regionTables {
            let table = try source.window(at: place, count: tableLength)
            guard table.has("regi") else { continue }
            let count = try table.littleEndian(8, as: UInt32.self)
            // A region table's header is half an entry.
            guard let entry = try entry(metadataRegion, in: table, first: 16, count: Int(count)) else { continue }
            return try offset(table.littleEndian(entry + 16, as: UInt64.self), from: 0)
        }
        throw MalformedHeader(
            expected: "a region table with a metadata region at byte \(regionTables[0]) or \(regionTables[1])",
            found: "none")
    }

    /// Where the item is that has the disk's size.
    private static func sizeOffset(_ source: HeaderSource, metadata: Int64) throws -> Int64 {
        let table = try source.window(at: metadata, count: tableLength)
        guard table.has("metadata") else {
            throw MalformedHeader(expected: "a metadata table at byte \(metadata)", found: "something else")
        }
        let count = try table.littleEndian(10, as: UInt16.self)
        guard let entry = try entry(virtualDiskSize, in: table, first: 32, count: Int(count)) else {
            throw MalformedHeader(expected: "the disk's size in the metadata", found: "none")
        }
        return try offset(UInt64(table.littleEndian(entry + 16, as: UInt32.self)), from: metadata)
    }

    /// Both tables have entries of one length that begin with a GUID; answers where in the table the
    /// entry is.
    private static func entry(_ guid: Signature, in table: HeaderBytes, first: Int, count: Int) throws -> Int? {
        guard count <= entryLimit else {
            throw MalformedHeader(expected: "a table of at most \(entryLimit) entries", found: "one of \(count)")
        }
        return (0..<count).lazy.map { first + $0 * entryLength }.first { table.has(guid, at: $0) }
    }

    private static func offset(_ distance: UInt64, from start: Int64) throws -> Int64 {
        let (sum, overflow) = UInt64(start).addingReportingOverflow(distance)
        guard !overflow, let place = Int64(exactly: sum) else {
            throw MalformedHeader(expected: "metadata inside the file", found: "an offset of \(distance) bytes")
        }
        return place
    }
}
