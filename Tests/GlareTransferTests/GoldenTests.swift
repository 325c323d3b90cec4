import Foundation
import GlareModel
import GlareSystem
import GlareTestSupport
import Testing

@testable import GlareTransfer

/// Files that were written once, and that every later Glare must read: what is in a repository stays there.
@Suite("Golden files")
struct GoldenTests {
    let workshop: SampleWorkshop

    init() throws { workshop = try SampleWorkshop() }

    private static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Golden").path

    private static let images = [
        ("base", "1c52019d56ac91b72e78a59a5bdc945d91aedc23418688d3ee23512865b29cd2"),
        ("target", "ad6636204160c9e1025ccc8db0c66813e4a42c7139d43615c8665d550b24bd07"),
    ]

    private func manifest(_ name: String) throws -> Manifest {
        try Manifest(File.open("\(Self.directory)/\(name).manifest").readAll(limit: 1 << 20), subject: name)
    }

    private func image(_ name: String) throws -> File {
        let manifest = try manifest(name)
        let frames = try File.open("\(Self.directory)/\(name).zst")
        let file = try workshop.newFile()
        try file.truncate(to: manifest.imageSize)
        let target = try TargetImage(manifest, in: FileBlocks(file, size: manifest.imageSize), beginning: .empty)
        let decoder = FrameDecoder(target, threads: 1)
        for index in target.missing {
            let frame = manifest.frames[index]
            let bytes = try frames.read(at: frame.storedOffset, count: frame.storedSize)
            try decoder.store(bytes, as: index, origin: name)
        }
        return file
    }

    @Test("frames and their manifest", arguments: images)
    func frames(name: String, digest: String) throws {
        #expect(try sha256(image(name).path) == digest)
        #expect(try manifest(name).image.text.hex == digest)
        #expect(try manifest(name).bytes == File.open("\(Self.directory)/\(name).manifest").readAll(limit: 1 << 20))
        let out = workshop.scratch.path("out")
        let result = try python(
            ["frames", "\(Self.directory)/\(name).manifest", "\(Self.directory)/\(name).zst", out])
        #expect(result.status == 0, "\(result.stderr)")
        #expect(try sha256(out) == digest)
    }

    @Test("a delta, with every kind of run")
    func delta() throws {
        let path = "\(Self.directory)/base-to-target.delta"
        let file = try File.open(path)
        let head = try DeltaHead(Array(file.readAll(limit: 1 << 20).prefix(104 + 120)), subject: path)
        let base = try workshop.publish(image("base"))
        let out = try workshop.apply(file, head: head, base: base, to: manifest("target"))
        #expect(try sha256(out.path) == Self.images[1].1)
        let other = workshop.scratch.path("out")
        let result = try python(["delta", base.file.path, path, other])
        #expect(result.status == 0, "\(result.stderr)")
        #expect(try sha256(other) == Self.images[1].1)
    }
}
