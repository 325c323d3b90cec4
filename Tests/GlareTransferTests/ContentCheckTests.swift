import Foundation
import GlareModel
import GlareSystem
import GlareTestSupport
import Testing

@testable import GlareTransfer

@Suite("Whether a file still holds what it should")
struct ContentCheckTests {
    let workshop: SampleWorkshop

    init() throws { workshop = try SampleWorkshop() }

    private func digest(of sample: SampleVersion, size: Int64, with manifest: Manifest?) throws -> SHA256Digest {
        try ContentCheck.digest(
            of: sample.file, expected: ContentReference(sha256: sample.manifest.image.text, size: size),
            manifest: manifest, threads: 2, activity: nil)
    }

    @Test("what is right is found to be right, with a manifest and without", arguments: FrameTests.images)
    func right(image: SampleImage) throws {
        let sample = try workshop.publish(image)
        for manifest in [sample.manifest, nil] {
            #expect(try digest(of: sample, size: image.size, with: manifest) == sample.manifest.image.text)
        }
        let content = FileBlocks(sample.file, size: image.size)
        #expect(try sample.manifest.describes(content, threads: 2))
    }

    @Test("one bit anywhere, in data or in a hole, is found", arguments: FrameTests.images)
    func flipped(image: SampleImage) throws {
        let sample = try workshop.publish(image)
        for place in [0, image.size / 3, image.size / 2, image.size - 1] {
            let byte = try sample.file.read(at: place, count: 1)[0]
            try sample.file.write([byte ^ 1], at: place)
            let content = FileBlocks(sample.file, size: image.size)
            #expect(try !sample.manifest.describes(content, threads: 2), "at \(place)")
            let found = try digest(of: sample, size: image.size, with: sample.manifest)
            #expect(try found.hex == sha256(sample.file.path) && found != sample.manifest.image.text)
            try sample.file.write([byte], at: place)
        }
    }

    @Test("a file that is too short, or too long, is told by what it holds")
    func otherSize() throws {
        let image = FrameTests.images[4]
        let sample = try workshop.publish(image)
        for size in [image.size - 1, image.size + 1, 0] {
            try sample.file.truncate(to: size)
            let found = try digest(of: sample, size: image.size, with: sample.manifest)
            #expect(try found.hex == sha256(sample.file.path))
        }
    }

    @Test("an image is made again from its frames", arguments: Array(FrameTests.images[1...4]))
    func restored(image: SampleImage) throws {
        let sample = try workshop.publish(image)
        try #require(sample.manifest.encoding == .zstd)
        let copy = try workshop.newFile()
        try FrameRestoration.restore(sample.manifest, from: sample.frames, to: copy, threads: 2, activity: nil)
        #expect(try sha256(copy.path) == sha256(sample.file.path))
        #expect(try copy.status().allocated <= sample.file.status().allocated + (1 << 20))
    }

    @Test("and not from frames of which one is wrong, or cut off")
    func wrongFrames() throws {
        let sample = try workshop.publish(FrameTests.images[3])
        let (file, place) = (sample.frames, try #require(sample.manifest.frames.last).storedOffset)
        let byte = try file.read(at: place, count: 1)[0]
        try file.write([byte ^ 1], at: place)
        #expect(throws: WrongFrame.self) {
            try FrameRestoration.restore(
                sample.manifest, from: file, to: workshop.newFile(), threads: 2, activity: nil)
        }
        try file.write([byte], at: place)
        try file.truncate(to: place + 1)
        #expect(throws: SystemError.self) {
            try FrameRestoration.restore(
                sample.manifest, from: file, to: workshop.newFile(), threads: 2, activity: nil)
        }
    }
}
