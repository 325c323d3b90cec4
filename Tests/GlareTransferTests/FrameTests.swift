import Foundation
import GlareModel
import GlareSystem
import GlareTestSupport
import Testing

@testable import GlareTransfer

@Suite("Frames: an image in parts that stand alone")
struct FrameTests {
    let workshop: SampleWorkshop

    init() throws { workshop = try SampleWorkshop() }

    static let images = [
        SampleImage("one byte", size: 1).text(1, 1, at: 0),
        SampleImage("a hole alone", size: 5 << 20),
        SampleImage("a hole that is no multiple of anything", size: (5 << 20) + 77),
        SampleImage("data without a hole", size: 3_000_001).text(2, 3_000_001, at: 0),
        SampleImage("holes between, and at both ends", size: (9 << 20) + 12_345)
            .text(3, 700_000, at: 1 << 20).text(4, 5000, at: (4 << 20) + 4096).text(5, 300, at: (6 << 20) - 100),
        SampleImage("a last byte", size: (7 << 20) + 1).text(6, 1, at: 7 << 20),
        SampleImage("noise, which does not compress", size: 4 << 20).noise(7, 2 << 20, at: 1 << 20),
    ]

    @Test("an independent reader and zstd itself restore the image", arguments: images)
    func restored(image: SampleImage) throws {
        let sample = try workshop.publish(image)
        let manifestPath = workshop.scratch.path("manifest")
        try Data(sample.manifest.bytes).write(to: URL(fileURLWithPath: manifestPath))
        let stored = sample.manifest.encoding == .zstd ? sample.frames : sample.file
        let out = workshop.scratch.path("out")
        let result = try python(["frames", manifestPath, stored.path, out])
        #expect(result.status == 0, "\(result.stderr)")
        #expect(try sha256(out) == sha256(sample.file.path))
        #expect(try sample.manifest.image.text.hex == sha256(sample.file.path))
        if sample.manifest.encoding == .zstd {
            let tested = try run("zstd", ["-t", "--no-progress", stored.path])
            #expect(tested.status == 0, "\(tested.stderr)")
            #expect(try mustRun("zstd", ["-dqf", stored.path, "-o", out]).isEmpty)
            #expect(try sha256(out) == sha256(sample.file.path))
        }
    }

    @Test("a manifest reads as it was written", arguments: images)
    func manifest(image: SampleImage) throws {
        let manifest = try workshop.publish(image).manifest
        #expect(try Manifest(manifest.bytes, subject: "m") == manifest)
        for (index, frame) in manifest.frames.enumerated() {
            #expect(manifest.frameIndex(at: frame.offset) == index)
            #expect(manifest.frameIndex(at: frame.range.upperBound - 1) == index)
        }
    }

    @Test("frames in any order make the image, and nothing else does", arguments: images)
    func assembled(image: SampleImage) throws {
        let sample = try workshop.publish(image)
        let file = try workshop.newFile()
        try file.truncate(to: image.size)
        let target = try TargetImage(sample.manifest, in: FileBlocks(file, size: image.size), beginning: .empty)
        let decoder = FrameDecoder(target, threads: 2)
        let stored = sample.manifest.encoding == .zstd ? sample.frames : sample.file
        for index in target.missing.reversed() {
            let frame = sample.manifest.frames[index]
            var bytes = try stored.read(at: frame.storedOffset, count: frame.storedSize)
            bytes[bytes.count / 2] ^= 1
            #expect(throws: WrongFrame.self) {
                try decoder.store(bytes, as: index, origin: "here")
            }
            bytes[bytes.count / 2] ^= 1
            try decoder.store(bytes, as: index, origin: "here")
        }
        #expect(target.missing.isEmpty)
        #expect(try sha256(file.path) == sha256(sample.file.path))
        #expect(try file.status().allocated <= sample.file.status().allocated)
    }

    @Test("of frames that come together, a wrong one is told and the others are there", arguments: 0..<2)
    func together(wrong: Int) throws {
        let image = Self.images[4]
        let sample = try workshop.publish(image)
        let file = try workshop.newFile()
        try file.truncate(to: image.size)
        let target = try TargetImage(sample.manifest, in: FileBlocks(file, size: image.size), beginning: .empty)
        let indexes = Array(target.missing.prefix(2))
        var bytes = try indexes.map { index in
            let frame = sample.manifest.frames[index]
            return try sample.frames.read(at: frame.storedOffset, count: frame.storedSize)
        }
        bytes[wrong][bytes[wrong].count / 3] ^= 0x80
        let decoder = FrameDecoder(target, threads: 1)
        let results = bytes[0].withUnsafeBytes { first in
            bytes[1].withUnsafeBytes { second in
                decoder.store([
                    ArrivedFrame(indexes[0], bytes: first, origin: "a"),
                    ArrivedFrame(indexes[1], bytes: second, origin: "b"),
                ])
            }
        }
        #expect(throws: WrongFrame.self) { try results[wrong].get() }
        #expect(throws: Never.self) { try results[1 - wrong].get() }
        #expect(!target.isDone(indexes[wrong]) && target.isDone(indexes[1 - wrong]))
    }

    @Test("what an earlier run left is found by what it holds")
    func resumed() throws {
        let image = Self.images[4]
        let sample = try workshop.publish(image)
        let file = try workshop.newFile()
        try file.truncate(to: image.size)
        let content = FileBlocks(file, size: image.size)
        // One frame is right; one has a wrong byte; where a hole belongs, something stands.
        try file.write(sample.file.read(at: 1 << 20, count: 1 << 20), at: 1 << 20)
        try file.write(SampleImage.words(4, 5000).dropLast() + [0], at: (4 << 20) + 4096)
        try file.write([1, 2, 3], at: 8 << 20)
        let target = try TargetImage(sample.manifest, in: content, beginning: .leftover)
        try target.examine(threads: 2)
        let missing = target.missing.map { sample.manifest.frames[$0].offset }
        #expect(missing == [4 << 20, 5 << 20, 6 << 20])
        let decoder = FrameDecoder(target, threads: 2)
        let frames = target.missing.map { (index: $0, offset: sample.manifest.frames[$0].offset) }
        let areRight = try decoder.copy(
            frames, from: sample.content, isTrusted: false, threads: 2, origin: "the archive")
        #expect(areRight && target.missing.isEmpty)
        #expect(try sha256(file.path) == sha256(sample.file.path))
    }

    @Test("what compresses by less than a twentieth stays where it is")
    func incompressible() throws {
        let manifest = try workshop.publish(Self.images[6]).manifest
        #expect(manifest.encoding == .plain && manifest.stored == manifest.image)
        #expect(manifest.frames.allSatisfy { $0.storedOffset == $0.offset && Int64($0.storedSize) == $0.size })
    }

    @Test("a hole of many gigabytes takes 32 KiB for each, and other readers accept it")
    func longHole() throws {
        let size = Int64(5) << 30 | 4096
        let sample = try workshop.publish(SampleImage("sparse", size: size).text(1, 100, at: Int(size) - 100))
        #expect(sample.manifest.frames.count == 6)
        #expect(try sample.frames.status().size < 5 * 33_000)
        #expect(try run("zstd", ["-t", "--no-progress", sample.frames.path]).status == 0)
    }

    @Test("the publisher's copy gets what was read")
    func copied() throws {
        let file = try workshop.newFile()
        try Self.images[4].write(to: file)
        let copy = try workshop.newFile()
        try copy.truncate(to: Self.images[4].size)
        let source = FileBlocks(file, size: Self.images[4].size)
        _ = try ImageEncoder(.init(level: 1, threads: 2)).encode(source, frames: workshop.newFile(), blocks: nil) {
            try copy.writeSparsely($0, at: $1)
        }
        #expect(try sha256(copy.path) == sha256(file.path))
    }

    @Test("a failure to write is told, and ends it")
    func failure() throws {
        let file = try workshop.newFile()
        try Self.images[3].write(to: file)
        let readOnly = try File.open(file.path)
        #expect(throws: SystemError.self) {
            try ImageEncoder(.init(level: 1, threads: 2)).encode(
                FileBlocks(file, size: Self.images[3].size), frames: readOnly, blocks: nil)
        }
    }
}
