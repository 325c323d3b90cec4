import Foundation
import GlareModel
import GlareSystem
import GlareTestSupport
import Testing

@testable import GlareTransfer

/// Bytes from outside: each is refused with what is wrong, or means something that keeps its promises.
@Suite("Hostile frames, manifests and deltas")
struct HostileTransferTests {
    let workshop: SampleWorkshop
    let base, target: SampleVersion

    private static let count = 100_000

    init() throws {
        workshop = try SampleWorkshop()
        base = try workshop.publish(
            SampleImage("base", size: (4 << 20) + 99).text(1, 300_000, at: 1 << 20).text(2, 99, at: 4 << 20))
        target = try workshop.publish(
            SampleImage("target", size: (5 << 20) + 5).text(1, 300_000, at: 3 << 20).text(3, 50_000, at: 4096)
                .text(1, 20_000, at: 4 << 20, skip: 501).text(3, 50_000, at: (4 << 20) + 65_536))
    }

    /// Changes that parsers stumble over: other bits, other integers, a beginning, something in between.
    private func mutated(_ bytes: [UInt8], _ random: inout Noise) -> [UInt8] {
        var bytes = bytes
        for _ in 0...random.next() % 3 {
            guard !bytes.isEmpty else { return bytes }
            let place = Int(random.next() % UInt64(bytes.count))
            switch random.next() % 5 {
            case 0: bytes[place] ^= 1 << UInt8(random.next() % 8)
            case 1: bytes[place] = UInt8(truncatingIfNeeded: random.next())
            case 2:
                let values: [UInt64] = [0, 1, .max, 1 << 63, 1 << 31, UInt64(UInt32.max), 1 << 62, 4095]
                withUnsafeBytes(of: values[Int(random.next() % 8)]) { value in
                    for (index, byte) in value.enumerated() where place + index < bytes.count {
                        bytes[place + index] = byte
                    }
                }
            case 3: bytes.removeLast(Int(random.next() % UInt64(bytes.count)))
            default: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: place)
            }
        }
        return bytes
    }

    /// Calls `read` with mutations; what it throws must be an `InvalidDocument`.
    private func fuzz(_ bytes: [UInt8], seed: UInt64, _ read: ([UInt8]) throws -> Void) {
        var random = Noise(seed: seed)
        var refused = 0
        for _ in 0..<Self.count {
            do {
                try read(mutated(bytes, &random))
            } catch is InvalidDocument {
                refused += 1
            } catch {
                Issue.record("\(error)")
            }
        }
        #expect(refused > Self.count / 20)
    }

    @Test func manifests() {
        fuzz(target.manifest.bytes, seed: 1) { bytes in
            let manifest = try Manifest(bytes, subject: "m")
            var (end, storedEnd) = (Int64(0), Int64(0))
            for frame in manifest.frames {
                guard frame.offset == end, frame.storedOffset == storedEnd, frame.size > 0 else {
                    Issue.record("a gap at \(frame.offset)")
                    return
                }
                (end, storedEnd) = (frame.range.upperBound, frame.storedRange.upperBound)
            }
            #expect(end == manifest.imageSize && storedEnd <= manifest.storedSize)
        }
    }

    @Test func heads() throws {
        let head = try makeDelta().head
        fuzz(head.bytes, seed: 2) { bytes in
            let head = try DeltaHead(bytes, subject: "d")
            #expect((head.segments.last?.target.upperBound ?? 0) == head.targetSize)
            #expect(head.segments.allSatisfy { $0.dataSize <= 64 << 20 && $0.mapSize <= 32 << 20 })
        }
    }

    @Test func maps() throws {
        let (head, file) = try makeDelta()
        let segment = head.segments[0]
        let packed = try file.read(at: segment.map.lowerBound, count: segment.map.count)
        var map = [UInt8](repeating: 0, count: segment.mapSize)
        try packed.withUnsafeBytes { packed in
            try map.withUnsafeMutableBytes { try ZstdDecompressor().expand(packed, into: $0, subject: "map") }
        }
        let baseBlocks = blocks(head.baseSize)
        fuzz(map, seed: 3) { bytes in
            let map = try DeltaMap(bytes, of: segment, in: head, subject: "d")
            #expect(map.prefix.allSatisfy { 0 <= $0.lowerBound && $0.upperBound <= baseBlocks })
            #expect(map.runs.reduce(0) { $0 + $1.count } == blocks(segment.target.upperBound))
            let new = BlockBuffer(capacity: segment.dataSize)
            new.count = segment.dataSize
            let decoded = try DeltaSegment(index: 0, map: map, new: new, first: 0, subject: "d")
            decoded.forEachPart(of: 0..<1 << 20) { part in
                switch part.content {
                case .new(let bytes): #expect(bytes.count >= part.place.count)
                case .base(let offset): #expect(offset >= 0 && offset < baseBlocks * 4096)
                case .earlier: Issue.record("nothing is before the first segment")
                case .zeros: break
                }
            }
        }
    }

    @Test func frames() throws {
        let decompressor = try ZstdDecompressor()
        let frame = try #require(target.manifest.frames.first { !$0.isHole })
        let bytes = try target.frames.read(at: frame.storedOffset, count: frame.storedSize).prefix(4000)
        // Short ones, so that many fit into the time.
        let compressor = try ZstdCompressor(level: 3)
        let plain = Array(bytes)
        let packed = BlockBuffer(capacity: 8000)
        packed.count = try plain.withUnsafeBytes { try compressor.compress($0, into: packed.memory) }
        let out = BlockBuffer(capacity: plain.count)
        let space = UnsafeMutableRawBufferPointer(rebasing: out.memory[..<plain.count])
        fuzz(Array(packed.bytes), seed: 4) { bytes in
            try bytes.withUnsafeBytes { try decompressor.expand($0, into: space, subject: "f") }
        }
    }

    @Test("what a frame claims is checked before memory is touched")
    func claims() throws {
        let decompressor = try ZstdDecompressor()
        func expand(_ bytes: [UInt8], into size: Int) throws {
            let out = BlockBuffer(capacity: size)
            let space = UnsafeMutableRawBufferPointer(rebasing: out.memory[..<size])
            try bytes.withUnsafeBytes { try decompressor.expand($0, into: space, subject: "the frame") }
        }
        func reason(_ bytes: [UInt8], _ size: Int) -> String {
            do { try expand(bytes, into: size) } catch { return "\(error)" }
            return "nothing"
        }
        let zeros = ZeroFrame.bytes(zeros: 1 << 20)
        #expect(throws: Never.self) { try expand(zeros, into: 1 << 20) }
        #expect(reason(zeros, 1 << 19).contains("claims to expand to 1048576 bytes, 524288 were expected"))
        #expect(reason(zeros + [0], 1 << 20).contains("not one zstd frame"))
        #expect(reason(zeros.dropLast(), 1 << 20).contains("not one zstd frame"))
        var wide = zeros
        wide[5] = 21 << 3
        #expect(reason(wide, 1 << 20).contains("asks for a window of 2147483648 bytes"))
        // One block more than the content's size.
        var longer = ZeroFrame.bytes(zeros: (1 << 20) + 4096)
        longer.replaceSubrange(6..<14, with: withUnsafeBytes(of: UInt64(1 << 20).littleEndian, Array.init))
        #expect(reason(longer, 1 << 20).contains("cannot be expanded"))
        #expect(reason([], 5).contains("no zstd frame"))
        #expect(reason(Array("<html>not found</html>".utf8), 5).contains("no zstd frame"))
    }

    @Test("a segment with another byte anywhere is refused before it is expanded")
    func segments() throws {
        let (head, file) = try makeDelta()
        let out = try workshop.newFile()
        try out.truncate(to: head.targetSize)
        let image = try TargetImage(
            target.manifest, in: FileBlocks(out, size: head.targetSize), beginning: .empty)
        let decoder = try DeltaDecoder(
            head, base: base.content, baseDigest: base.manifest.image.text, target: image, subject: "the delta")
        let stored = head.segments[0].stored
        let bytes = try file.read(at: stored.lowerBound, count: stored.count)
        for place in stride(from: 0, to: bytes.count, by: 97) {
            var wrong = bytes
            wrong[place] ^= 0x10
            #expect(throws: WrongSegment.self) { try wrong.withUnsafeBytes { try decoder.decode($0, as: 0) } }
        }
        for count in [0, 1, head.segments[0].map.count, bytes.count - 1] {
            #expect(throws: WrongSegment.self) {
                try bytes.prefix(count).withUnsafeBytes { try decoder.decode($0, as: 0) }
            }
        }
        #expect(try out.status().allocated == 0)
    }

    @Test("formats, kinds and encodings of a later Glare are refused by name")
    func later() throws {
        let head = try makeDelta().head.bytes
        for (bytes, place) in [(target.manifest.bytes, 8), (target.manifest.bytes, 10), (head, 8), (head, 10)] {
            var later = bytes
            later[place] = 2
            do {
                if bytes == head {
                    _ = try DeltaHead(later, subject: "x")
                } else {
                    _ = try Manifest(later, subject: "x")
                }
                Issue.record("accepted")
            } catch {
                #expect("\(error)".contains("a newer Glare is needed"), "\(error)")
            }
        }
    }

    private func makeDelta() throws -> (head: DeltaHead, file: File) {
        let delta = try #require(try workshop.delta(base, target))
        let bytes = try delta.file.read(at: 0, count: Int(delta.reference.head.size))
        return (try DeltaHead(bytes, subject: "the delta"), delta.file)
    }
}
