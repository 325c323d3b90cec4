import Foundation
import GlareTestSupport
import Testing

/// A version takes the disk that its data takes.
@Suite struct PublisherSparseTests {
    let fixture: PublisherFixture
    init() throws { fixture = try PublisherFixture() }

    @Test func holesStayHoles() throws {
        let source = try DiskImages.raw(
            at: fixture.scratch.path("images/disk"), seed: 1, size: 256 << 20, data: 512 << 10)
        try #require(fixture.add(source).status == 0)
        let version = try fixture.facts(fixture.link("disk"))
        #expect(version.size == 256 << 20)
        #expect(version.allocated < 1 << 20)
        #expect(try sha256(fixture.path("disk")) == sha256(source))
    }

    @Test func aHoleAtTheEndIsKept() throws {
        let source = try fixture.image("disk", seed: 1, size: 1 << 20)
        try mustRun("truncate", ["-s", "+12345678", source])
        try #require(fixture.add(source).status == 0)
        #expect(try fixture.facts(fixture.link("disk")).size == 1 << 20 + 12_345_678)
        #expect(try sha256(fixture.path("disk")) == sha256(source))
    }

    @Test func writtenZerosBecomeHoles() throws {
        let source = try fixture.image("disk", seed: 1)
        try mustRun("dd", ["if=/dev/zero", "of=\(source)", "bs=1M", "count=8", "seek=1", "conv=notrunc"])
        try #require(try PublisherFixture.Facts(source).allocated >= 8 << 20)
        // A filesystem with reflinks shares all blocks, and takes no disk either.
        let reflink = try run("cp", ["--reflink=always", source, source + ".clone"]).status == 0
        try #require(fixture.add(source).status == 0)
        let version = try fixture.facts(fixture.link("disk"))
        #expect(reflink || version.allocated < 1 << 20)
        #expect(version.size == 9 << 20)
        #expect(try sha256(fixture.path("disk")) == sha256(source))
    }

    @Test func theSizesOnDiskAreToldWithoutHoles() throws {
        let source = try DiskImages.raw(
            at: fixture.scratch.path("images/disk"), seed: 1, size: 64 << 20, data: 64 << 10)
        let result = try fixture.add(source)
        // The noise, and the block of the partition table.
        #expect(result.stdout.contains("(64.0 MiB, 68.0 KiB of data, raw)"))
    }
}
