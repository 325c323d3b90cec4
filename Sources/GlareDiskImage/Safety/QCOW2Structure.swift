/// A qcow2's header and tables, as far as they say where things are. Source: QEMU, `docs/interop/qcow2.txt`.
///
/// Every table and every cluster that they name must be in the file: a qcow2 cut in half is the commonest mistake,
/// and `qemu-img info` does not see it.
struct QCOW2Structure {
    private let source: HeaderSource
    private let size: UInt64
    private let clusterBits: UInt32
    private let features: UInt64

    private static let dirty: UInt64 = 1 << 0
    private static let corrupt: UInt64 = 1 << 1
    private static let externalData: UInt64 = 1 << 2
    private static let compressionType: UInt64 = 1 << 3
    private static let extendedL2: UInt64 = 1 << 4
    private static let offsetMask: UInt64 = 0x00ff_ffff_ffff_fe00
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
        let version = try source.head.bigEndian(4, as: UInt32.self)
        features = version >= 3 ? try source.head.bigEndian(72, as: UInt64.self) : 0
    }

    private var clusterSize: UInt64 { 1 << clusterBits }
    /// 16 bytes with extended L2, else 8.
    private var entrySize: Int { features & Self.extendedL2 != 0 ? 16 : 8 }

    func check() throws {
        try requireNoOtherFile()
        try requireKnownFeatures()
        guard (9...21).contains(clusterBits) else {
            throw MalformedHeader(expected: "clusters of 512 bytes to 2 MiB", found: "\(clusterBits) bits")
        }
        try requireRefcounts()
        try requireClusters()
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
        try forEachEntry(at: table, count: length / 8, size: 8) { entry in
            let block = entry & ~511
            if block != 0 { try requireInside(block, clusterSize, "a refcount block") }
        }
    }

    private func requireClusters() throws {
        let count = UInt64(try source.head.bigEndian(36, as: UInt32.self))
        let table = try source.head.bigEndian(40, as: UInt64.self)
        guard count * 8 <= Self.largestL1 else {
            throw MalformedHeader(expected: "an L1 table of at most \(Self.largestL1) bytes", found: "\(count * 8)")
        }
        let disk = try source.head.bigEndian(24, as: UInt64.self)
        let covered = UInt64(clusterSize / UInt64(entrySize)) << UInt64(clusterBits)
        guard count >= disk / covered + (disk % covered == 0 ? 0 : 1) else {
            throw MalformedHeader(expected: "an L1 table that covers the disk", found: "one of \(count) entries")
        }
        try requireInside(table, count * 8, "the L1 table")
        // As many as there is room for: more is a table named twice, or a loop that keeps us reading.
        var tablesLeft = size / clusterSize
        try forEachEntry(at: table, count: count, size: 8) { entry in
            let place = entry & Self.offsetMask
            guard place != 0 else { return }
            try requireInside(place, clusterSize, "an L2 table")
            guard tablesLeft > 0 else { throw MalformedHeader(expected: "each L2 table once", found: "one again") }
            tablesLeft -= 1
            try requireClusters(of: place)
        }
    }

    private func requireClusters(of table: UInt64) throws {
        try forEachEntry(at: table, count: clusterSize / UInt64(entrySize), size: entrySize) { entry in
            if entry & Self.compressed != 0 {
                let bits = UInt64(62 - (clusterBits - 8))
                let place = entry & ((1 << bits) - 1)
                guard place < size else { throw outside("a compressed cluster", place) }
            } else {
                let place = entry & Self.offsetMask
                // The last one may end with the file: what follows reads as zeros.
                guard place == 0 || place < size else { throw outside("a cluster", place) }
            }
        }
    }

    private func requireInside(_ place: UInt64, _ length: UInt64, _ what: String) throws {
        guard place & (clusterSize - 1) == 0 else {
            throw MalformedHeader(expected: "\(what) at the begin of a cluster", found: "it at byte \(place)")
        }
        guard place <= size, length <= size - place else { throw outside(what, place) }
    }

    private func outside(_ what: String, _ place: UInt64) -> MalformedHeader {
        MalformedHeader(
            expected: "\(what) at byte \(place)", found: "the end of the file at \(size)",
            advice: "the file is probably cut off: copy it again")
    }

    /// The first 8 bytes of each entry of a table that is in the file.
    private func forEachEntry(at start: UInt64, count: UInt64, size: Int, _ body: (UInt64) throws -> Void) throws {
        var (place, left) = (Int64(start), Int(count) * size)
        while left > 0 {
            let piece = try source.window(at: place, count: min(left, Self.pieceSize))
            try piece.requireLength(min(left, Self.pieceSize))
            for offset in stride(from: 0, to: piece.count, by: size) {
                let entry = try piece.bigEndian(offset, as: UInt64.self)
                if entry != 0 { try body(entry) }
            }
            place += Int64(piece.count)
            left -= piece.count
        }
    }
}
