import Testing

@testable import GlareServer

@Suite("Ranges: RFC 9110, 14")
struct ByteSelectionTests {
    @Test(
        "14.1.2: the examples, of 10,000 bytes",
        arguments: [
            ("bytes=0-499", 0, 500),
            ("bytes=500-999", 500, 1000),
            ("bytes=-500", 9500, 10000),
            ("bytes=9500-", 9500, 10000),
            ("bytes=0-0", 0, 1),
            ("bytes=-1", 9999, 10000),
        ] as [(String, Int64, Int64)])
    func examples(range: String, from: Int64, to: Int64) {
        #expect(ByteSelection(range: range, size: 10000) == .part(from..<to))
    }

    @Test(
        "14.1.2: a last position or a suffix beyond the size means the end or all",
        arguments: [
            ("bytes=0-", 0, 10),
            ("bytes=0-9", 0, 10),
            ("bytes=0-10", 0, 10),
            ("bytes=9-9", 9, 10),
            ("bytes=9-99999999999999999999999999", 9, 10),
            ("bytes=-10", 0, 10),
            ("bytes=-11", 0, 10),
            ("bytes=-99999999999999999999999999", 0, 10),
            ("bytes=3-9223372036854775807", 3, 10),
            ("bytes=00000000000000000000000000001-2", 1, 3),
        ] as [(String, Int64, Int64)])
    func clamped(range: String, from: Int64, to: Int64) {
        #expect(ByteSelection(range: range, size: 10) == .part(from..<to))
    }

    @Test(
        "15.5.17: a first position beyond the end, or no suffix at all, is unsatisfiable",
        arguments: [
            ("bytes=10-", 10), ("bytes=10-20", 10), ("bytes=99999999999999999999999999-", 10), ("bytes=-0", 10),
            ("bytes=0-", 0), ("bytes=0-0", 0), ("bytes=-0", 0),
        ] as [(String, Int64)])
    func unsatisfiable(range: String, size: Int64) {
        #expect(ByteSelection(range: range, size: size) == .unsatisfiable)
    }

    @Test("14.1.1: the unit's name has no case, list elements may be empty")
    func spelling() {
        for range in ["Bytes=0-1", "BYTES=0-1", "bytes=,0-1", "bytes=0-1,", "bytes= 0-1", "bytes=0-1 , ,"] {
            #expect(ByteSelection(range: range, size: 10) == .part(0..<2), "\(range)")
        }
    }

    @Test(
        "14.2: other units and broken grammar are ignored",
        arguments: [
            "", "bytes", "bytes=", "bytes=-", "bytes=,", "bytes=a-b", "bytes=1", "bytes=2-1", "bytes=--1",
            "bytes=1-2-3",
            "bytes=0x0-1", "bytes=+0-1", "bytes=0 - 1", "bytes 0-1", "bytes=0-1;2-3", "bytes =0-1", "items=0-1", "=0-1",
            "bytes=-1.5", "bytes=0-1, x", "bytes=0-1, 3", "bytes=0-1, 5-4",
        ])
    func ignored(range: String) {
        #expect(ByteSelection(range: range, size: 10) == .whole)
    }

    @Test(
        "14.1.2, 15.3.7.2: several ranges, in the order in which they came",
        arguments: [
            ("bytes=0-1, 3-4", [0..<2, 3..<5]), ("bytes=0-0,-1", [0..<1, 9..<10]), ("bytes=5-6,0-1", [5..<7, 0..<2]),
            ("bytes=8-20,0-0,4-4", [8..<10, 0..<1, 4..<5]),
            // One that can't be satisfied is left out.
            ("bytes=20-30,0-1,4-5", [0..<2, 4..<6]),
            // Those that overlap or touch are one, where the first of them stood.
            ("bytes=0-1,9-9,1-3", [0..<4, 9..<10]), ("bytes=9-9,4-5,2-3", [9..<10, 2..<6]),
            ("bytes=7-8,0-0,8-9", [7..<10, 0..<1]),
        ] as [(String, [Range<Int64>])])
    func several(range: String, expected: [Range<Int64>]) {
        #expect(ByteSelection(range: range, size: 10) == .parts(expected))
    }

    @Test(
        "15.3.7.2: several that make one run are one part",
        arguments: [
            ("bytes=0-1,2-4", 0, 5), ("bytes=0-,-1", 0, 10), ("bytes=20-30, 0-1", 0, 2), ("bytes=4-5,4-5", 4, 6),
            ("bytes=1-8,2-3,5-9", 1, 10),
        ] as [(String, Int64, Int64)])
    func severalAsOne(range: String, from: Int64, to: Int64) {
        #expect(ByteSelection(range: range, size: 10) == .part(from..<to))
    }

    @Test("17.15: 16 parts, not more; what is merged is not counted")
    func manyParts() {
        func value(_ count: Int) -> String {
            "bytes=" + (0..<count).map { "\(2 * $0)-\(2 * $0)" }.joined(separator: ",")
        }
        guard case .parts(let parts) = ByteSelection(range: value(16), size: 1000) else {
            Issue.record("not in parts")
            return
        }
        #expect(parts.count == 16)
        #expect(ByteSelection(range: value(17), size: 1000) == .whole)
        let touching = "bytes=" + (0..<1000).map { "\($0)-\($0)" }.joined(separator: ",")
        #expect(ByteSelection(range: touching, size: 1000) == .part(0..<1000))
    }

    @Test("15.5.17: none of several can be satisfied")
    func severalUnsatisfiable() {
        #expect(ByteSelection(range: "bytes=10-, 20-30, -0", size: 10) == .unsatisfiable)
    }

    @Test("no range is all; a suffix of nothing is the whole of nothing")
    func whole() {
        #expect(ByteSelection(range: nil, size: 10) == .whole)
        #expect(ByteSelection(range: nil, size: 0) == .whole)
        #expect(ByteSelection(range: "bytes=-5", size: 0) == .whole)
    }
}
