import GlareModel
import GlareSystem
import GlareTestSupport
import Testing

@testable import GlareTransfer

@Suite("Plain content: a file as it is")
struct PlainContentTests {
    let scratch: Scratch
    let directory: Directory

    init() throws {
        scratch = try Scratch()
        directory = try Directory.open(scratch.url.path)
    }

    /// A file's length, and where it has noise; all else is never written.
    struct Layout: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let length: Int64
        let noise: [Range<Int64>]

        var dataSize: Int64 { noise.reduce(0) { $0 + Int64($1.count) } }
    }

    static let layouts = [
        Layout(testDescription: "empty", length: 0, noise: []),
        Layout(testDescription: "a byte", length: 1, noise: [0..<1]),
        Layout(testDescription: "no hole, no multiple of anything", length: 3_000_001, noise: [0..<3_000_001]),
        Layout(testDescription: "a hole alone", length: 5 << 20, noise: []),
        Layout(
            testDescription: "holes everywhere", length: 8 << 20,
            noise: [1 << 20..<2 << 20, 5 << 20..<(5 << 20) + 65_536]),
        Layout(
            testDescription: "data at the end, which is no block's", length: (2 << 20) + 123,
            noise: [2 << 20..<(2 << 20) + 123]),
    ]

    @Test("one read tells what sha256sum and md5sum tell, and how much is data", arguments: layouts)
    func read(layout: Layout) throws {
        let file = try write(layout)
        let summary = try PlainContent.read(file, length: layout.length, withMD5: true)
        #expect(try summary.digests.sha256.hex == sha256(file.path))
        #expect(try summary.digests.md5?.hex == md5(file.path))
        #expect(summary.dataSize == layout.dataSize)
        #expect(try PlainContent.read(file, length: layout.length).digests.md5 == nil)
    }

    @Test("a copy has the same bytes, and tells the same as a read", arguments: layouts)
    func copy(layout: Layout) throws {
        let file = try write(layout)
        let target = try directory.newFile("copy", mode: 0o600)
        let summary = try PlainContent.copy(file, to: target, length: layout.length, withMD5: true) {}
        #expect(try sha256(target.path) == sha256(file.path))
        #expect(try summary.digests.sha256.hex == sha256(file.path))
        #expect(try summary.digests.md5?.hex == md5(file.path))
        #expect(summary.dataSize == layout.dataSize)
        #expect(try target.status().allocated <= layout.dataSize + 65_536)
    }

    @Test("zeros that are written are no data: only what is in them counts")
    func writtenZeros() throws {
        let file = try directory.newFile("zeros", mode: 0o600)
        var bytes = [UInt8](repeating: 0, count: 100 * 4096)
        (bytes[0], bytes[4095], bytes[50 * 4096 + 7]) = (1, 1, 1)
        try file.write(bytes)
        let summary = try PlainContent.read(file, length: Int64(bytes.count))
        #expect(summary.dataSize == 2 * 4096)
        #expect(summary.digests.sha256 == SHA256Digest(of: bytes))
    }

    @Test("where blocks are copied, who refuses it beforehand stops it before the first")
    func refusal() throws {
        struct NoSpace: Error {}
        let file = try write(Self.layouts[2])
        let target = try directory.newFile("copy", mode: 0o600)
        // A filesystem that shares blocks has nothing to ask.
        let shares = try directory.newFile("probe", mode: 0o600).clone(file)
        let copy = { _ = try PlainContent.copy(file, to: target, length: 3_000_001) { throw NoSpace() } }
        if shares {
            #expect(throws: Never.self) { try copy() }
        } else {
            #expect(throws: NoSpace.self) { try copy() }
            #expect(try target.status().size == 0)
        }
    }

    @Test("pieces that arrive one by one tell the same as the file that they make")
    func pieces() throws {
        let layout = Self.layouts[4]
        let file = try write(layout)
        let digester = PieceDigester(withMD5: true)
        for piece in layout.noise.indices {
            let range = layout.noise[piece]
            let before = piece == 0 ? 0 : layout.noise[piece - 1].upperBound
            digester.add(.hole(range.lowerBound - before))
            try file.read(at: range.lowerBound, count: range.count).withUnsafeBytes { digester.add(.data($0)) }
        }
        digester.add(.hole(layout.length - (layout.noise.last?.upperBound ?? 0)))
        let whole = try PlainContent.read(file, length: layout.length, withMD5: true)
        #expect(digester.summary.digests == whole.digests)
        #expect(digester.summary.dataSize == whole.dataSize)
    }

    private func write(_ layout: Layout) throws -> File {
        var random = Noise(seed: UInt64(layout.length))
        let file = try directory.newFile("source", mode: 0o600)
        try file.truncate(to: layout.length)
        // Whole words of noise, so that no block of it is zero.
        for range in layout.noise {
            try file.write(random.bytes((range.count + 7) / 8 * 8).prefix(range.count), at: range.lowerBound)
        }
        return file
    }
}
