import Foundation
import GlareTestSupport
import SystemPackage
import Testing

@testable import GlareSystem

@Suite("Reading a file once, without its holes")
struct SparseReaderTests {
    let scratch: Scratch
    let directory: Directory

    init() throws {
        scratch = try Scratch()
        directory = try Directory.open(scratch.url.path)
    }

    @Test("the pieces make the file, and no hole is read", arguments: SparseLayout.all)
    func pieces(layout: SparseLayout) throws {
        let file = try layout.write(in: directory)
        let log = PieceLog()
        try SparseReader(file, length: layout.length).forEachPiece { log.add($0) }
        #expect(try log.content == file.contents())
        // The filesystem keeps data in blocks, the last of which may be longer than what is in it.
        #expect(layout.length - log.holeSize <= (layout.noiseSize + 65_535) / 65_536 * 65_536)
    }

    @Test("both who copies and who digests get all pieces, in order, with their offsets", arguments: SparseLayout.all)
    func copyAndDigest(layout: SparseLayout) throws {
        let file = try layout.write(in: directory)
        let digested = PieceLog()
        let copied = PieceLog()
        var end: Int64 = 0
        try SparseReader(file, length: layout.length).forEachPiece(
            copy: { piece, offset in
                #expect(offset == end)
                switch piece {
                case .data(let bytes): end += Int64(bytes.count)
                case .hole(let count): end += count
                }
                copied.add(piece)
            }, digest: { digested.add($0) })
        #expect(end == layout.length)
        #expect(copied.entries == digested.entries)
    }

    @Test("a digest that is slower than the disk still sees every buffer as it was read")
    func slowDigest() throws {
        let layout = SparseLayout("no hole", length: 12 << 20, noise: [0..<12 << 20])
        let file = try layout.write(in: directory)
        let log = PieceLog()
        try SparseReader(file, length: layout.length).forEachPiece { piece in
            Thread.sleep(forTimeInterval: 0.01)
            log.add(piece)
        }
        #expect(try log.content == file.contents())
    }

    @Test("no more is read than was asked for", arguments: [0, 1, 4095, 4096, 65_537, 1 << 20] as [Int64])
    func part(length: Int64) throws {
        let file = try SparseLayout("no hole", length: 2 << 20, noise: [0..<2 << 20]).write(in: directory)
        let log = PieceLog()
        try SparseReader(file, length: length).forEachPiece { log.add($0) }
        #expect(try log.content == Array(file.contents().prefix(Int(length))))
    }

    @Test("a part that ends within a hole", arguments: [1, (1 << 20) + 1, 3 << 20] as [Int64])
    func partOfHole(length: Int64) throws {
        let file = try SparseLayout("a hole alone", length: 4 << 20, noise: []).write(in: directory)
        let log = PieceLog()
        try SparseReader(file, length: length).forEachPiece { log.add($0) }
        #expect(log.entries == [.hole(length)])
    }

    @Test(
        "a file that ends earlier is an error: what is missing is no hole",
        arguments: [
            SparseLayout("empty", length: 0, noise: []),
            SparseLayout("whole blocks", length: 65_536, noise: [0..<65_536]),
            SparseLayout("no whole blocks", length: 65_636, noise: [0..<65_636]),
            SparseLayout("a hole at the end", length: 2 << 20, noise: [0..<65_536]),
            SparseLayout("a hole alone", length: 2 << 20, noise: []),
        ], [1, 4096, 4 << 20] as [Int64])
    func tooShort(layout: SparseLayout, missing: Int64) throws {
        let file = try layout.write(in: directory)
        let found = try code { try SparseReader(file, length: layout.length + missing).forEachPiece { _ in } }
        #expect(found == .ioError)
    }

    @Test("what copying fails with is what is thrown, and afterwards nothing is digested any more")
    func failingCopy() throws {
        struct Full: Error {}
        let layout = SparseLayout("no hole", length: 8 << 20, noise: [0..<8 << 20])
        let file = try layout.write(in: directory)
        let log = PieceLog()
        var count = 0
        #expect(throws: Full.self) {
            try SparseReader(file, length: layout.length).forEachPiece(
                copy: { _, _ in
                    count += 1
                    if count == 3 { throw Full() }
                }, digest: { log.add($0) })
        }
        #expect(log.entries.count == 2)
        #expect(try log.content == Array(file.contents().prefix(2 << 20)))
    }

    @Test("what is not a file that can be read from any place is an error")
    func fifo() throws {
        try mustRun("mkfifo", [scratch.path("fifo")])
        let file = try directory.file("fifo")
        #expect(try code { try SparseReader(file, length: 10).forEachPiece { _ in } } == .illegalSeek)
    }
}
