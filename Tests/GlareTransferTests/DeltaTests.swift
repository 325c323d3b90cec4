import Foundation
import GlareModel
import GlareSystem
import GlareTestSupport
import Testing

@testable import GlareTransfer

@Suite("Deltas: one version from another")
struct DeltaTests {
    let workshop: SampleWorkshop

    init() throws { workshop = try SampleWorkshop() }

    struct Pair: CustomTestStringConvertible, Sendable {
        let base, target: SampleImage
        /// The delta's size at most.
        let limit: Int
        var testDescription: String { target.testDescription }
    }

    private static let base = SampleImage("base", size: 12 << 20)
        .text(1, 2 << 20, at: 1 << 20).text(2, 1 << 20, at: 5 << 20).noise(3, 300_000, at: 8 << 20)

    static let pairs = [
        Pair(base: base, target: base, limit: 400),
        Pair(
            base: base,
            target: SampleImage("moved by blocks", size: 12 << 20)
                .text(1, 2 << 20, at: 7 << 20).text(2, 1 << 20, at: 4096).noise(3, 300_000, at: (3 << 20) + 8192),
            limit: 600),
        Pair(
            base: base,
            target: SampleImage("moved by bytes: only the prefix helps", size: 12 << 20)
                .text(1, 2 << 20, at: 1 << 20, skip: 1001).noise(3, 300_000, at: (8 << 20) + 100),
            limit: 20_000),
        Pair(base: base, target: base.text(9, 10_000, at: (2 << 20) + 555), limit: 9000),
        Pair(
            base: base,
            target: SampleImage("shorter, and of no whole block", size: (3 << 20) + 777).text(1, 2 << 20, at: 1 << 20)
                .text(8, 777, at: 3 << 20), limit: 2000),
        Pair(
            base: SampleImage("odd base", size: (2 << 20) + 99).text(4, 99, at: 2 << 20),
            target: SampleImage("longer, with the base's last part of a block within", size: 6 << 20)
                .text(4, 99, at: 2 << 20).text(4, 99, at: 4 << 20), limit: 400),
        Pair(base: base, target: SampleImage("all hole", size: 9 << 20), limit: 400),
        Pair(
            base: SampleImage("nothing in the base", size: 1 << 20),
            target: SampleImage("from nothing", size: 4 << 20).text(5, 1 << 20, at: 2 << 20), limit: 600_000),
        Pair(
            base: base,
            target: SampleImage("the same new blocks again and again", size: 10 << 20)
                .noise(6, 200_000, at: 0).noise(6, 200_000, at: 1 << 20).noise(6, 200_000, at: (3 << 20) + 4096)
                .noise(6, 200_000, at: 9 << 20), limit: 201_000),
        Pair(base: base, target: SampleImage("one byte", size: 1).text(1, 1, at: 0), limit: 400),
    ]

    /// Both the bytes and how the delta was cut.
    @Test("it comes out the same, whatever there was before, and small", arguments: pairs, [64 << 20, 2 << 20])
    func appliedTo(pair: Pair, largestSegment: Int) throws {
        let (base, target) = (try workshop.publish(pair.base), try workshop.publish(pair.target))
        let delta = try #require(try workshop.delta(base, target, largestSegment: largestSegment))
        let head = try head(of: delta)
        #expect(delta.reference.content.size <= pair.limit + 400 * (head.segments.count - 1), "\(delta.reference)")
        let wanted = try sha256(target.file.path)
        let fresh = try workshop.apply(delta.file, head: head, base: base, to: target.manifest)
        #expect(try sha256(fresh.path) == wanted)
        #expect(try fresh.status().allocated <= target.file.status().allocated)

        let clone = try workshop.newFile()
        try base.content.copy(to: clone)
        let cloned = try workshop.apply(
            delta.file, head: head, base: base, to: target.manifest, beginning: .clone, in: clone)
        #expect(try sha256(cloned.path) == wanted)
        #expect(try cloned.status().allocated <= target.file.status().allocated + 4096)

        let leftover = try workshop.newFile()
        try target.content.copy(to: leftover)
        try leftover.write([1, 2, 3], at: 100)
        let resumed = try workshop.apply(
            delta.file, head: head, base: base, to: target.manifest, beginning: .leftover, in: leftover)
        #expect(try sha256(resumed.path) == wanted)
    }

    @Test("an independent reader restores the target", arguments: pairs)
    func independent(pair: Pair) throws {
        let (base, target) = (try workshop.publish(pair.base), try workshop.publish(pair.target))
        let delta = try #require(try workshop.delta(base, target, largestSegment: 3 << 20))
        let out = workshop.scratch.path("out")
        let result = try python(["delta", base.file.path, delta.file.path, out])
        #expect(result.status == 0, "\(result.stderr)")
        #expect(try sha256(out) == sha256(target.file.path))
    }

    @Test("the reference is the file's")
    func reference() throws {
        let (base, target) = (try workshop.publish(Self.base), try workshop.publish(Self.pairs[1].target))
        let delta = try #require(try workshop.delta(base, target))
        #expect(try delta.reference.content.sha256.hex == sha256(delta.file.path))
        #expect(try delta.reference.content.size == delta.file.status().size)
        #expect(delta.reference.base == base.manifest.image.text)
        let head = try head(of: delta)
        #expect(head.fileSize == delta.reference.content.size && Int64(head.size) == delta.reference.head.size)
        #expect(try DeltaHead(head.bytes, subject: "again") == head)
    }

    @Test("what comes out too large is given up")
    func givenUp() throws {
        let base = try workshop.publish(Self.base)
        let target = try workshop.publish(SampleImage("other", size: 8 << 20).noise(7, 6 << 20, at: 0))
        #expect(try workshop.delta(base, target, limit: 1 << 20) == nil)
        #expect(try workshop.delta(base, target, limit: 1 << 20, largestSegment: 2 << 20) == nil)
        #expect(try workshop.delta(base, target, limit: 7 << 20) != nil)
    }

    @Test("it stops when it is asked to")
    func stopped() throws {
        let (base, target) = (try workshop.publish(Self.base), try workshop.publish(Self.pairs[1].target))
        let maker = DeltaMaker(from: base.version, to: target.version, .init(level: 3, threads: 2, limit: .max))
        #expect(throws: CancellationError.self) {
            try maker.make(into: workshop.newFile(), body: workshop.newFile()) { true }
        }
    }

    @Test("another base, another target, a base that was changed: told, and nothing wrong is written")
    func wrongBase() throws {
        let (base, target) = (try workshop.publish(Self.base), try workshop.publish(Self.pairs[2].target))
        let delta = try #require(try workshop.delta(base, target))
        let head = try head(of: delta)
        let other = try workshop.publish(Self.base.text(99, 100, at: 0))
        #expect(throws: InvalidDocument.self) {
            try workshop.apply(delta.file, head: head, base: other, to: target.manifest)
        }
        #expect(throws: InvalidDocument.self) {
            try workshop.apply(delta.file, head: head, base: base, to: other.manifest)
        }
        // Says what it was, and is not: of the blocks that are used, one is another.
        try base.file.write([0xFF], at: (1 << 20) + 500_000)
        let file = try workshop.newFile()
        #expect(throws: (any Error).self) {
            try workshop.apply(delta.file, head: head, base: base, to: target.manifest, in: file)
        }
        let left = try TargetImage(
            target.manifest, in: FileBlocks(file, size: target.manifest.imageSize), beginning: .leftover)
        try left.examine(threads: 1)
        for index in left.missing {
            let frame = target.manifest.frames[index]
            #expect(try file.read(at: frame.offset, count: Int(frame.size)).allSatisfy { $0 == 0 })
        }
    }

    private func head(of delta: (file: File, reference: DeltaReference)) throws -> DeltaHead {
        let bytes = try delta.file.read(at: 0, count: Int(delta.reference.head.size))
        #expect(SHA256Digest(of: bytes) == delta.reference.head.sha256)
        return try DeltaHead(bytes, subject: "the delta")
    }
}

extension FileBlocks {
    /// As `cp --sparse=always` does.
    func copy(to other: File) throws {
        try other.truncate(to: size)
        let bytes = try file.read(at: 0, count: Int(size))
        try bytes.withUnsafeBytes { try other.writeSparsely($0, at: 0) }
    }
}
