/// A qcow2's header and tables, as far as they say where things are. Source: QEMU, `docs/interop/qcow2.txt`.
///
/// Every table and every cluster that they name must be in the file: a qcow2 cut in half is the commonest mistake,
/// and `qemu-img info` does not see it.
struct QCOW2Structure {
    let source: HeaderSource
    let size: UInt64
    private let clusterBits: UInt32
    private let features: UInt64
    /// L2 tables that may still be read: as many as there is room for. More is one that is named again and again,
    /// to keep us reading.
    private var tablesLeft: UInt64

    private static let dirty: UInt64 = 1 << 0
    private static let corrupt: UInt64 = 1 << 1
    private static let externalData: UInt64 = 1 << 2
    private static let compressionType: UInt64 = 1 << 3
    private static let extendedL2: UInt64 = 1 << 4
    static let offsetMask: UInt64 = 0x00ff_ffff_ffff_fe00
    private static let compressed: UInt64 = 1 << 62
    /// As QEMU has it: 32 MiB.
    private static let largestL1: UInt64 = 32 << 20
    private static let largestRefcountTable: UInt64 = 8 << 20
    /// What is read of a table at a time.
    private static let pieceSize = 1 << 20

    init(_ source: HeaderSource) throws {
        self.source = source
        size = UInt64(source.size)
        clusterBits = try source.head.bigEndian(20, as: UInt32.self)
        tablesLeft = size >> UInt64(clusterBits)
        let version = try source.head.bigEndian(4, as: UInt32.self)
        features = version >= 3 ? try source.head.bigEndian(72, as: UInt64.self) : 0
    }

    var clusterSize: UInt64 { 1 << clusterBits }
    /// 16 bytes with extended L2, else 8.
    private var entrySize: Int { features & Self.extendedL2 != 0 ? 16 : 8 }

    mutating func check() throws {
        try requireNoOtherFile()
        try requireKnownFeatures()
        guard (9...21).contains(clusterBits) else {
            throw MalformedHeader(expected: "clusters of 512 bytes to 2 MiB", found: "\(clusterBits) bits")
        }
        try requireRefcounts()
        let active = try activeTable()
        try requireClusters(of: active, sharedWith: [])
        try requireSnapshots(active)
        try requireBitmaps()
    }

    // MARK: Header

    private func requireNoOtherFile() throws {
        guard try source.head.bigEndian(8, as: UInt64.self) == 0 else {
            throw HazardFound(
                "has a backing file, which a host that opens it would open",
                "make one file of both: 'qemu-img convert -O qcow2 OLD NEW'")
        }
        guard features & Self.externalData == 0 else {
            throw HazardFound(
                "has its data in another file, which a host that opens it would open",
                "make one file of both: 'qemu-img convert -O qcow2 OLD NEW'")
        }
    }

    private func requireKnownFeatures() throws {
        guard features & Self.dirty == 0 else {
            throw HazardFound(
                "was not closed by the program that wrote it", "stop that, then 'qemu-img check -r all FILE'")
        }
        guard features & Self.corrupt == 0 else {
            throw HazardFound("is marked as corrupt", "'qemu-img check -r all FILE' mends what can be mended")
        }
        let unknown =
            features & ~(Self.dirty | Self.corrupt | Self.externalData | Self.compressionType | Self.extendedL2)
        guard unknown == 0 else {
            throw HazardFound(
                "needs features that are not known here (\(String(unknown, radix: 16)))",
                "convert it: 'qemu-img convert -O qcow2 OLD NEW'")
        }
    }

    // MARK: Tables

    private func requireRefcounts() throws {
        let table = try source.head.bigEndian(48, as: UInt64.self)
        let length = UInt64(try source.head.bigEndian(56, as: UInt32.self)) << UInt64(clusterBits)
        guard length <= Self.largestRefcountTable else {
            throw MalformedHeader(
                expected: "a refcount table of at most \(Self.largestRefcountTable) bytes", found: "\(length)")
        }
        try requireInside(table, length, "the refcount table")
        try forEachEntry(at: table, count: length / 8, size: 8) { _, entry in
            let block = entry & ~511
            if block != 0 { try requireInside(block, clusterSize, "a refcount block") }
        }
    }

    /// An L1 table: of the disk as it is, or of one of its snapshots.
    struct L1Table {
        let place: UInt64
        let count: UInt64
    }

    private func activeTable() throws -> L1Table {
        let table = L1Table(
            place: try source.head.bigEndian(40, as: UInt64.self),
            count: UInt64(try source.head.bigEndian(36, as: UInt32.self)))
        try requireInside(table, "the L1 table")
        let disk = try source.head.bigEndian(24, as: UInt64.self)
        let covered = UInt64(clusterSize / UInt64(entrySize)) << UInt64(clusterBits)
        guard table.count >= disk / covered + (disk % covered == 0 ? 0 : 1) else {
            throw MalformedHeader(expected: "an L1 table that covers the disk", found: "one of \(table.count) entries")
        }
        return table
    }

    func requireInside(_ table: L1Table, _ what: String) throws {
        guard table.count * 8 <= Self.largestL1 else {
            throw MalformedHeader(
                expected: "\(what), of at most \(Self.largestL1) bytes", found: "\(table.count * 8)")
        }
        try requireInside(table.place, table.count * 8, what)
    }

    /// Looks at all that an L1 table leads to, but for what others, which were looked at, have at the same place.
    mutating func requireClusters(of table: L1Table, sharedWith others: [L1Table]) throws {
        // A piece of each at a time: together they are 3 MiB.
        let step = UInt64(Self.pieceSize / 8)
        for first in stride(from: 0, to: table.count, by: Int(step)) {
            let entries = try entries(of: table, from: first, step)
            let known = try others.map { try self.entries(of: $0, from: first, UInt64(entries.count)) }
            for (index, entry) in entries.enumerated() {
                let place = entry & Self.offsetMask
                guard place != 0, !known.contains(where: { index < $0.count && $0[index] & Self.offsetMask == place })
                else { continue }
                try requireInside(place, clusterSize, "an L2 table")
                guard tablesLeft > 0 else {
                    throw MalformedHeader(expected: "each L2 table once", found: "one again")
                }
                tablesLeft -= 1
                try requireClusters(of: place)
            }
        }
    }

    private func entries(of table: L1Table, from first: UInt64, _ count: UInt64) throws -> [UInt64] {
        guard first < table.count else { return [] }
        let count = min(count, table.count - first)
        var entries = [UInt64](repeating: 0, count: Int(count))
        try forEachEntry(at: table.place + first * 8, count: count, size: 8) { entries[$0] = $1 }
        return entries
    }

    private func requireClusters(of table: UInt64) throws {
        try forEachEntry(at: table, count: clusterSize / UInt64(entrySize), size: entrySize) { _, entry in
            if entry & Self.compressed != 0 {
                try requireCompressed(entry)
            } else {
                let place = entry & Self.offsetMask
                // The last one may end with the file: what follows reads as zeros.
                guard place == 0 || place < size else { throw outside("a cluster", place) }
            }
        }
    }

    /// Its last sector may be cut where the file ends, for the data may end before.
    private func requireCompressed(_ entry: UInt64) throws {
        let bits = UInt64(62 - (clusterBits - 8))
        let place = entry & ((1 << bits) - 1)
        let moreSectors = (entry & (Self.compressed - 1)) >> bits
        guard place < size, place / 512 + moreSectors <= (size - 1) / 512 else {
            throw outside("a compressed cluster", place)
        }
    }

    func requireInside(_ place: UInt64, _ length: UInt64, _ what: String) throws {
        guard place & (clusterSize - 1) == 0 else {
            throw MalformedHeader(expected: "\(what) at the begin of a cluster", found: "it at byte \(place)")
        }
        guard place <= size, length <= size - place else { throw outside(what, place) }
    }

    func outside(_ what: String, _ place: UInt64) -> MalformedHeader {
        MalformedHeader(
            expected: "\(what) at byte \(place)", found: "the end of the file at \(size)",
            advice: "the file is probably cut off: copy it again")
    }

    /// The first 8 bytes of each entry, where they are not zero, of a table that is in the file.
    ///
    /// - Parameter body: Given the entry's number, from 0, and what it says.
    func forEachEntry(
        at start: UInt64, count: UInt64, size: Int, _ body: (_ number: Int, _ entry: UInt64) throws -> Void
    ) throws {
        var (place, left, number) = (Int64(start), Int(count) * size, 0)
        while left > 0 {
            let piece = try source.window(at: place, count: min(left, Self.pieceSize))
            try piece.requireLength(min(left, Self.pieceSize))
            for offset in stride(from: 0, to: piece.count, by: size) {
                let entry = try piece.bigEndian(offset, as: UInt64.self)
                if entry != 0 { try body(number, entry) }
                number += 1
            }
            place += Int64(piece.count)
            left -= piece.count
        }
    }
}
