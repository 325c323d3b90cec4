import GlareSystem
import GlareTestSupport
import Testing

@testable import GlareTransfer

@Suite("Block tables: where a block is, by its hash")
struct BlockTableTests {
    let workshop: SampleWorkshop

    init() throws { workshop = try SampleWorkshop() }

    private func table(_ hashes: [UInt64], partSize: Int) throws -> BlockTable {
        let builder = BlockTableBuilder(partSize: partSize) { [workshop] in try workshop.newFile() }
        for start in stride(from: 0, to: hashes.count, by: 256) {
            try builder.add(Array(hashes[start..<min(start + 256, hashes.count)]), firstBlock: Int64(start))
        }
        let file = try workshop.newFile()
        try builder.write(to: file)
        return try #require(try BlockTable(file))
    }

    @Test("found are all that were added and no other, in one part or in many", arguments: [1 << 20, 1000, 256])
    func found(partSize: Int) throws {
        var random = Noise(seed: 1)
        var hashes = (0..<10_000).map { _ in random.next() }
        hashes[5000] = hashes[17]
        hashes[77] = BlockHash.zero
        let table = try table(hashes, partSize: partSize)
        #expect(table.count == 9999)
        for (block, hash) in hashes.enumerated() {
            #expect(table.firstBlock(of: hash) == (block == 77 ? nil : block == 5000 ? 17 : Int64(block)))
            #expect(table.firstBlock(of: hash &+ 1) == nil)
        }
        #expect(table.firstBlock(of: 0) == nil && table.firstBlock(of: .max) == nil)
    }

    @Test("the last part may be just full", arguments: [512, 1024, 2560])
    func full(count: Int) throws {
        var random = Noise(seed: 3)
        let table = try table((0..<count).map { _ in random.next() }, partSize: 512)
        #expect(table.count == count)
    }

    @Test("hashes that are not spread evenly are found as well")
    func skewed() throws {
        let hashes = (0..<3000).map { UInt64($0) } + (0..<3000).map { UInt64.max - UInt64($0) }
        let table = try table(hashes, partSize: 1 << 20)
        for (block, hash) in hashes.enumerated() { #expect(table.firstBlock(of: hash) == Int64(block)) }
        #expect(table.firstBlock(of: 3000) == nil)
    }

    @Test("nothing is in an empty one") func empty() throws {
        let table = try table([], partSize: 10)
        #expect(table.count == 0 && table.firstBlock(of: 5) == nil)
        #expect(table.missing(from: table) == 0 && table.share(in: table) == 0)
    }

    @Test("how much one has of the other, counted and guessed", arguments: [0.0, 0.25, 0.5, 0.9, 1.0])
    func share(part: Double) throws {
        var random = Noise(seed: 2)
        let common = (0..<Int(20_000 * part)).map { _ in random.next() }
        let mine = common + (common.count..<20_000).map { _ in random.next() }
        let theirs = common + (common.count..<30_000).map { _ in random.next() }
        let (first, second) = (try table(mine, partSize: 1 << 20), try table(theirs, partSize: 1 << 20))
        #expect(first.missing(from: second) == 20_000 - common.count)
        #expect(second.missing(from: first) == 30_000 - common.count)
        #expect(abs(first.share(in: second) - part) < 0.08)
    }

    @Test("a part of one, or something else, is none")
    func damaged() throws {
        let file = try workshop.newFile()
        let builder = BlockTableBuilder { [workshop] in try workshop.newFile() }
        try builder.add([3, 1, 2], firstBlock: 0)
        try builder.write(to: file)
        let bytes = try file.readAll(limit: 1000)
        #expect(bytes.count == 24 + 3 * 12)
        for damaged in [Array(bytes.dropLast()), bytes + [0], Array(bytes.prefix(10)), [0] + bytes.dropFirst(), []] {
            let other = try workshop.newFile()
            try other.write(damaged)
            #expect(try BlockTable(other) == nil)
        }
        var huge = bytes
        huge.replaceSubrange(16..<24, with: [UInt8](repeating: 0xFF, count: 8))
        let other = try workshop.newFile()
        try other.write(huge)
        #expect(try BlockTable(other) == nil)
    }
}
