import Foundation
import GlareDiskImage
import GlareSystem
import GlareTestSupport
import Testing

/// What a qcow2 has beside the disk as it is, and whoever opens it reads: each must be in the file.
@Suite("Snapshots and bitmaps of a qcow2", .enabled(if: Machine.has("qemu-img") && Machine.has("qemu-io")))
struct QCOW2SnapshotTests {
    private let path: String

    /// A disk with a snapshot whose L2 tables are its own, because the disk was written to since.
    init() throws {
        let scratch = try Scratch()
        path = scratch.path("disk")
        keeper = scratch
        try mustRun("qemu-img", ["create", "-q", "-f", "qcow2", path, "64M"])
        try write("1")
        try mustRun("qemu-img", ["snapshot", "-c", "first", path])
        try write("2")
    }

    private let keeper: Scratch

    private func write(_ pattern: String) throws {
        try mustRun("qemu-io", ["-c", "write -q -P \(pattern) 0 1M", path])
    }

    private var reason: String? {
        get throws { try DiskImage.inspect(File.open(path), InspectionRules()).hazard?.reason }
    }

    // MARK: The file

    private func number(at offset: UInt64, count: Int = 8) throws -> UInt64 {
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        try file.seek(toOffset: offset)
        return try #require(try file.read(upToCount: count)).reduce(0) { $0 << 8 | UInt64($1) }
    }

    private func put(_ value: some FixedWidthInteger, at offset: UInt64) throws {
        try put(Swift.withUnsafeBytes(of: value.bigEndian) { Data($0) }, at: offset)
    }

    private func put(_ bytes: Data, at offset: UInt64) throws {
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        try file.seek(toOffset: offset)
        try file.write(contentsOf: bytes)
        try file.close()
    }

    private var size: UInt64 { get throws { UInt64(try File.open(path).status().size) } }

    /// Makes it longer, without a byte of data; where its old end was, rounded up to a cluster.
    private func grow(by count: UInt64) throws -> UInt64 {
        let end = (try size + 65535) & ~65535
        truncate(path, off_t(end + count))
        return end
    }

    /// Where the first snapshot's entry, its L1 table and its first L2 table are.
    private var snapshot: (entry: UInt64, l1: UInt64, l2: UInt64) {
        get throws {
            let entry = try number(at: 64)
            let l1 = try number(at: entry)
            return (entry, l1, try number(at: l1) & 0x00ff_ffff_ffff_fe00)
        }
    }

    // MARK: Good ones

    @Test func severalThatShareSomePass() throws {
        for index in 2...12 {
            try mustRun("qemu-img", ["snapshot", "-c", "s\(index)", path])
            if index % 3 != 0 { try write("\(index)") }
            // Back to an earlier one: what is shared is not always the neighbour's.
            if index % 5 == 0 { try mustRun("qemu-img", ["snapshot", "-a", "first", path]) }
        }
        #expect(try reason == nil)
    }

    @Test func aBitmapPasses() throws {
        try mustRun("qemu-img", ["bitmap", "--add", "--enable", path, "b"])
        try write("3")
        #expect(try reason == nil)
    }

    // MARK: Torn ones

    private func expectOutside(_ what: String) throws {
        let found = try reason
        #expect(found?.contains(what) == true && found?.contains("probably cut off") == true, "\(found ?? "none")")
    }

    @Test func theTableOfSnapshotsMustBeInTheFile() throws {
        #expect(try reason == nil)
        try put(UInt64(1 << 40), at: 64)
        try expectOutside("the snapshot table")
    }

    @Test func eachEntryOfItMustBe() throws {
        try put(UInt32(2000), at: 60)
        #expect(try reason != nil)
    }

    @Test func itsL1TableMustBe() throws {
        try put(UInt64(1 << 40), at: snapshot.entry)
        try expectOutside("a snapshot's L1 table")
    }

    @Test func itsL2TablesMustBe() throws {
        try put(UInt64(1 << 40), at: snapshot.l1)
        try expectOutside("an L2 table")
    }

    @Test func itsClustersMustBe() throws {
        let table = try snapshot.l2
        #expect(try number(at: number(at: 40)) & 0x00ff_ffff_ffff_fe00 != table, "the disk has one of its own")
        try put(UInt64(1 << 40), at: table)
        try expectOutside("a cluster")
    }

    @Test func aBitmapsTableMustBe() throws {
        try mustRun("qemu-img", ["bitmap", "--add", "--enable", path, "b"])
        let head = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)).prefix(65536))
        let mark: [UInt8] = [0x23, 0x85, 0x28, 0x75]
        let place = try #require(head.indices.first { head[$0...].starts(with: mark) })
        let directory = try number(at: UInt64(place) + 8 + 16)
        let table = try number(at: directory)
        try put(UInt64(1 << 40), at: directory)
        try expectOutside("a bitmap's table")
        try put(table, at: directory)
        #expect(try reason == nil)
        try put(UInt64(1 << 40), at: UInt64(place) + 8 + 16)
        try expectOutside("the bitmap directory")
        // Without the mark of a program that knows bitmaps, nobody goes by it.
        try put(UInt64(0), at: 88)
        #expect(try reason == nil)
    }

    @Test func aCompressedClusterMustEndInTheFile() throws {
        let packed = path + ".packed"
        try mustRun("qemu-img", ["convert", "-c", "-O", "qcow2", path, packed])
        try mustRun("mv", [packed, path])
        #expect(try reason == nil)
        let table = try number(at: number(at: 40)) & 0x00ff_ffff_ffff_fe00
        let entry = try number(at: table)
        try #require(entry & 1 << 62 != 0)
        // 255 sectors more than the one that it begins in, of a file that has not so many.
        try #require(try size < 65536 * 8)
        truncate(path, off_t(entry & ((1 << 54) - 1)) + 65536)
        #expect(try reason == nil)
        try put(entry | 255 << 54, at: table)
        try expectOutside("a compressed cluster")
    }

    // MARK: Those that would keep us reading

    private func expectRefusedSoon(_ what: String) throws {
        let start = ContinuousClock.now
        let found = try reason
        #expect(found?.contains(what) == true, "\(found ?? "none")")
        #expect(ContinuousClock.now - start < .seconds(20))
    }

    @Test func oneL2TableNamedAMillionTimes() throws {
        let count: UInt64 = 1_000_000
        let table = try grow(by: count * 8)
        let entry = try number(at: snapshot.l1)
        var bytes = Data(capacity: Int(count) * 8)
        for _ in 0..<count { withUnsafeBytes(of: entry.bigEndian) { bytes.append(contentsOf: $0) } }
        try put(bytes, at: table)
        let place = try snapshot.entry
        try put(table, at: place)
        try put(UInt32(count), at: place + 8)
        try expectRefusedSoon("each L2 table once")
    }

    @Test func oneL1TableNamedByAllSnapshots() throws {
        let count: UInt64 = 65536
        let entries = try grow(by: count * 40)
        let table = try grow(by: 32 << 20)
        var entry = Data(count: 40)
        entry.replaceSubrange(0..<8, with: Swift.withUnsafeBytes(of: table.bigEndian) { Data($0) })
        entry.replaceSubrange(8..<12, with: Swift.withUnsafeBytes(of: UInt32(4 << 20).bigEndian) { Data($0) })
        var bytes = Data(capacity: Int(count) * 40)
        for _ in 0..<count { bytes += entry }
        try put(bytes, at: entries)
        try put(entries, at: 64)
        try put(UInt32(count), at: 60)
        try expectRefusedSoon("an L1 table of its own")
    }
}
