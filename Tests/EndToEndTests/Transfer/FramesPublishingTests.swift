import Foundation
import GlareTestSupport
import Testing

@Suite("add-image publishes frames and their manifest")
struct FramesPublishingTests {
    let fixture: TransferFixture
    init() throws { fixture = try TransferFixture() }

    @Test("zstd itself tests and restores the image", .enabled(if: Machine.has("zstd")))
    func ordinaryZstd() throws {
        let version = try fixture.publish(TextDisk())
        let frames = fixture.publisher.path(try fixture.file("zst", of: version))
        try mustRun("zstd", ["-q", "-t", frames])
        let restored = fixture.scratch.path("restored")
        try mustRun("zstd", ["-q", "-d", frames, "-o", restored])
        #expect(try sha256(restored) == version.sha256)
    }

    @Test("what hosts are told to fetch is the size of the file, about a third of such text")
    func size() throws {
        let version = try fixture.publish(TextDisk())
        #expect(try version.framesSize == fixture.size(fixture.file("zst", of: version)))
        #expect(version.dataSize > 6 << 20 && version.framesSize < version.dataSize / 2)
        #expect(try fixture.files("manifest", of: version).count == 1)
        #expect(version.deltas.isEmpty)
    }

    @Test("noise gets no frames of its own: the manifest stands alone")
    func noise() throws {
        let version = try fixture.publishNoise(size: 4 << 20)
        #expect(try fixture.files("zst") == [])
        #expect(try fixture.files("manifest", of: version).count == 1)
        #expect(version.framesSize == 4 << 20)
    }

    @Test("every file in transfer/ is read-only and named by its own SHA-256")
    func names() throws {
        for seed: UInt64 in 1...3 { try fixture.publish(TextDisk().changed(2, seed: seed)) }
        try fixture.publishNoise(size: 1 << 20)
        let names = try fixture.publisher.names(in: "transfer")
        #expect(names.count == 3 + 4 + 3)
        for name in names {
            let parts = name.split(separator: ".").suffix(2)
            #expect(try sha256(fixture.publisher.path("transfer/\(name)")).prefix(16) == parts.first ?? "")
            #expect(try fixture.publisher.facts("transfer/\(name)").mode == 0o444)
        }
    }

    @Test("the level is a setting: 19 makes less than 1")
    func level() throws {
        let quick = try fixture.publish(TextDisk(1...2), as: "quick", "--zstd-level", "1")
        let thorough = try fixture.publish(TextDisk(1...2), as: "thorough", "--zstd-level", "19", "--deltas", "0")
        #expect(thorough.framesSize < quick.framesSize)
    }

    @Test("publishing the current content again changes nothing in transfer/")
    func again() throws {
        try fixture.publish(TextDisk())
        let before = try fixture.publisher.snapshot()
        #expect(try fixture.publish(TextDisk()).outcome == "already-current")
        // Versions were made older for the test's sake.
        let transfer = { (lines: [String]) in lines.filter { $0.contains("transfer/") } }
        #expect(try transfer(fixture.publisher.snapshot()) == transfer(before))
    }

    @Test("a hole of the image costs nothing: an image of 1 GiB with one MiB of text")
    func hole() throws {
        var disk = TextDisk(1...1)
        disk.size = 1 << 30
        let version = try fixture.publish(disk)
        #expect(version.framesSize < 1 << 20)
        #expect(try fixture.publisher.facts(version.path).allocated < 2 << 20)
    }
}
