import GlareTestSupport
import SystemPackage
import Testing

@testable import GlareSystem

@Suite("Copying a file, sparse all the way")
struct SparseCopyTests {
    let scratch: Scratch
    let directory: Directory

    init() throws {
        scratch = try Scratch()
        directory = try Directory.open(scratch.url.path)
    }

    @Test(
        "a copy has the bytes, the length and the holes; what was digested is what was copied",
        arguments: SparseLayout.all)
    func fill(layout: SparseLayout) throws {
        let source = try layout.write(in: directory)
        let copy = try directory.newFile("copy", mode: 0o600)
        let log = PieceLog()
        try copy.fill(from: source, length: layout.length) { log.add($0) }
        #expect(try copy.contents() == source.contents())
        #expect(try log.content == source.contents())
        #expect(try copy.status().size == layout.length)
        #expect(try copy.status().allocated <= layout.noiseSize + 65_536)
    }

    @Test("blocks are shared, or who asked is told before they are copied")
    func willCopy() throws {
        let layout = SparseLayout("no hole", length: 1 << 20, noise: [0..<1 << 20])
        let source = try layout.write(in: directory)
        let canShare = try directory.newFile("probe", mode: 0o600).clone(source)
        let copy = try directory.newFile("copy", mode: 0o600)
        var sizes: [Int64] = []
        try copy.fill(
            from: source, length: layout.length, willCopy: { sizes.append(try copy.status().size) }, digest: { _ in })
        #expect(sizes == (canShare ? [] : [0]))
    }

    @Test("a copy of a part ends there")
    func part() throws {
        let source = try SparseLayout("no hole", length: 1 << 20, noise: [0..<1 << 20]).write(in: directory)
        let copy = try directory.newFile("copy", mode: 0o600)
        try copy.fill(from: source, length: 70_000) { _ in }
        #expect(try copy.contents() == Array(source.contents().prefix(70_000)))
    }

    @Test("zeros that are written sparsely become a hole, and read as zeros")
    func writtenZeros() throws {
        var bytes = [UInt8](repeating: 0, count: 4 << 20)
        (bytes[1 << 20], bytes[bytes.count - 1]) = (1, 2)
        let file = try directory.newFile("file", mode: 0o600)
        try file.truncate(to: Int64(bytes.count))
        try bytes.withUnsafeBytes { try file.writeSparsely($0, at: 0) }
        #expect(try file.contents() == bytes)
        #expect(try file.status().allocated <= 2 * 65_536)
    }

    @Test("sparse bytes go where they belong")
    func offset() throws {
        let file = try directory.newFile("file", mode: 0o600)
        let bytes = [UInt8](repeating: 0, count: 4096) + [1, 2, 3]
        try bytes.withUnsafeBytes { try file.writeSparsely($0, at: 10_000) }
        #expect(try file.contents() == [UInt8](repeating: 0, count: 14_096) + [1, 2, 3])
    }
}
