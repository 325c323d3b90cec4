/// What a qcow2 has beside the disk as it is: snapshots of it, and bitmaps. Who opens the file reads these tables
/// too. Source: QEMU, `docs/interop/qcow2.txt`, "Snapshots" and "Bitmaps".
extension QCOW2Structure {
    /// As QEMU has it.
    private static let mostSnapshots: UInt32 = 65536
    private static let largestExtraData: UInt64 = 1024
    private static let mostBitmaps: UInt32 = 65535
    private static let bitmapExtension: UInt32 = 0x2385_2875

    /// - Parameter active: The disk's own table, which was looked at.
    mutating func requireSnapshots(_ active: L1Table) throws {
        let count = try source.head.bigEndian(60, as: UInt32.self)
        guard count > 0 else { return }
        guard count <= Self.mostSnapshots else {
            throw MalformedHeader(expected: "at most \(Self.mostSnapshots) snapshots", found: "\(count)")
        }
        var place = try source.head.bigEndian(64, as: UInt64.self)
        try requireInside(place, 0, "the snapshot table")
        // A snapshot shares most L2 tables with the disk or with the snapshot before.
        var last = active
        // Each has an L1 table of its own: together they are no larger than the file.
        var left = size
        for _ in 0..<count {
            let header = try headerOfSnapshot(at: place)
            let table = L1Table(
                place: try header.bigEndian(0, as: UInt64.self), count: UInt64(try header.bigEndian(8, as: UInt32.self))
            )
            try requireInside(table, "a snapshot's L1 table")
            guard table.count * 8 <= left else {
                throw MalformedHeader(expected: "an L1 table of its own for each snapshot", found: "one again")
            }
            left -= table.count * 8
            try requireClusters(of: table, sharedWith: [active, last])
            last = table
            place = (place + (try lengthOfSnapshot(header, at: place)) + 7) & ~7
        }
    }

    /// The part that has always the same length.
    private func headerOfSnapshot(at place: UInt64) throws -> HeaderBytes {
        guard place <= size, size - place >= 40 else { throw outside("the snapshot table", place) }
        let header = try source.window(at: Int64(place), count: 40)
        try header.requireLength(40)
        return header
    }

    private func lengthOfSnapshot(_ header: HeaderBytes, at place: UInt64) throws -> UInt64 {
        let extra = UInt64(try header.bigEndian(36, as: UInt32.self))
        guard extra <= Self.largestExtraData else {
            throw MalformedHeader(
                expected: "at most \(Self.largestExtraData) bytes of extra data of a snapshot", found: "\(extra)")
        }
        let names =
            UInt64(try header.bigEndian(12, as: UInt16.self)) + UInt64(try header.bigEndian(14, as: UInt16.self))
        guard 40 + extra + names <= size - place else { throw outside("the snapshot table", place) }
        return 40 + extra + names
    }

    // MARK: Bitmaps

    func requireBitmaps() throws {
        guard let header = try bitmapHeader() else { return }
        let count = try header.bigEndian(0, as: UInt32.self)
        let length = try header.bigEndian(8, as: UInt64.self)
        var place = try header.bigEndian(16, as: UInt64.self)
        guard count <= Self.mostBitmaps else {
            throw MalformedHeader(expected: "at most \(Self.mostBitmaps) bitmaps", found: "\(count)")
        }
        try requireInside(place, length, "the bitmap directory")
        // As with snapshots: a table belongs to one bitmap.
        var left = size
        for _ in 0..<count {
            guard place <= size, size - place >= 24 else { throw outside("the bitmap directory", place) }
            let entry = try source.window(at: Int64(place), count: 24)
            let table = try entry.bigEndian(0, as: UInt64.self)
            let tableCount = UInt64(try entry.bigEndian(8, as: UInt32.self))
            try requireInside(table, tableCount * 8, "a bitmap's table")
            guard tableCount * 8 <= left else {
                throw MalformedHeader(expected: "a table of its own for each bitmap", found: "one again")
            }
            left -= tableCount * 8
            try forEachEntry(at: table, count: tableCount, size: 8) { _, entry in
                let cluster = entry & Self.offsetMask
                guard cluster == 0 || cluster < size else { throw outside("a cluster of a bitmap", cluster) }
            }
            let names = UInt64(try entry.bigEndian(18, as: UInt16.self))
            let extra = UInt64(try entry.bigEndian(20, as: UInt32.self))
            place = (place + 24 + names + extra + 7) & ~7
        }
    }

    /// The header extension that tells of bitmaps; nil where there is none, or one that is out of date: a program
    /// that knows no bitmaps wrote to the file, and took the mark away.
    private func bitmapHeader() throws -> HeaderBytes? {
        guard try source.head.bigEndian(4, as: UInt32.self) >= 3,
            try source.head.bigEndian(88, as: UInt64.self) & 1 != 0
        else { return nil }
        let end = min(Int(clusterSize), source.head.count)
        var place = Int(try source.head.bigEndian(100, as: UInt32.self))
        while place >= 104, place + 8 <= end {
            let kind = try source.head.bigEndian(place, as: UInt32.self)
            let length = Int(try source.head.bigEndian(place + 4, as: UInt32.self))
            if kind == Self.bitmapExtension { return source.head.part(at: Int64(place + 8), count: 24) }
            if kind == 0 { return nil }
            place += 8 + (length + 7) & ~7
        }
        return nil
    }
}
