import Foundation
import GlareTestSupport
import Testing

@Suite("frames and manifests that are not what was published")
struct WrongFramesTests {
    let fixture: TransferFixture
    let old, new: TransferFixture.Published
    /// Another server's copy, to be damaged.
    let mirror: String

    init() throws {
        fixture = try TransferFixture()
        old = try fixture.publish(TextDisk(seed: 7))
        try fixture.sync(fixture.host.fileServer)
        new = try fixture.publish(TextDisk())
        try #require(new.deltas.isEmpty)
        mirror = try fixture.mirror()
    }

    private func path(_ kind: String) throws -> String { try mirror + "/" + fixture.file(kind, of: new) }

    enum Damage: CaseIterable {
        case flipped
        case cut
        case gone
    }

    private func damage(_ damage: Damage, _ path: String) throws {
        switch damage {
        case .flipped: try fixture.flipBits(path)
        case .cut: try mustRun("truncate", ["-s", "300", path])
        case .gone: try FileManager.default.removeItem(atPath: path)
        }
    }

    private func serve(_ repository: String) throws -> ScriptedServer {
        try ScriptedServer { .part(of: repository, for: $0) }
    }

    @Test(
        "one mirror's are left for the other's",
        arguments: [
            ("zst", Damage.flipped), ("zst", .gone), ("manifest", .flipped), ("manifest", .cut),
        ])
    func oneOfTwo(_ kind: String, _ damage: Damage) throws {
        try self.damage(damage, path(kind))
        let (bad, good) = try (serve(mirror), serve(fixture.repository))
        let synced = try fixture.sync([bad.address, good.address], [])
        #expect(synced.way == "frames")
        try fixture.expectCached(new)
        #expect(good.requests.contains { $0.path.hasSuffix(".\(kind)") })
    }

    @Test("frames of the only server: the plain file instead, which is told", arguments: Damage.allCases)
    func onlyServersFrames(_ damage: Damage) throws {
        try self.damage(damage, path("zst"))
        let server = try serve(mirror)
        let result = try fixture.run([server.address])
        try #require(result.status == 0, "\(result.stderr)")
        #expect(result.stderr.contains("disk: not by frames: "), "\(result.stderr)")
        #expect(result.stderr.contains("by plain instead"))
        #expect(result.stdout.contains("\"plain\""))
        try fixture.expectCached(new)
    }

    @Test("a frame that was right before the wrong one is not fetched twice")
    func rightFramesStay() throws {
        try fixture.flipBits(path("zst"), at: new.framesSize - 100_000)
        let (bad, good) = try (serve(mirror), serve(fixture.repository))
        try fixture.sync([bad.address, good.address], ["--connections", "1"])
        let requests = try good.requests(for: "/" + fixture.file("zst", of: new))
        let asked = requests.compactMap { $0.range(in: new.framesSize) }.reduce(0) { $0 + $1.count }
        #expect(!requests.isEmpty && asked < new.framesSize / 2, "\(asked) of \(new.framesSize) bytes")
        try fixture.expectCached(new)
    }

    @Test("transfer/ is gone: the plain file instead, which is told", arguments: TransferSource.allCases)
    func noTransferAtAll(_ source: TransferSource) throws {
        try FileManager.default.removeItem(atPath: mirror + "/transfer")
        let (address, server) = try source.serve(mirror)
        let result = try withExtendedLifetime(server) { try fixture.run([address]) }
        try #require(result.status == 0, "\(result.stderr)")
        #expect(result.stderr.contains("by plain instead"), "\(result.stderr)")
        try fixture.expectCached(new)
    }

    /// What is wrong with it has to be said with its name; a whole image is there in any case.
    @Test("the manifest of the only server", arguments: [Damage.flipped, .cut])
    func onlyServersManifest(_ damage: Damage) throws {
        try self.damage(damage, path("manifest"))
        let before = try fixture.host.facts("disk")
        let server = try serve(mirror)
        let result = try fixture.run([server.address])
        #expect(result.stderr.contains(".manifest"), "\(result.stderr)")
        if result.status == 0 {
            try fixture.expectCached(new)
        } else {
            #expect(result.status == 65)
            #expect(try fixture.host.facts("disk") == before)
            #expect(try fixture.host.digest() == old.sha256)
        }
    }

    @Test("a manifest that was damaged in the cache is fetched again")
    func cachedManifest() throws {
        try fixture.sync(fixture.host.fileServer)
        let manifest = fixture.host.path(".glare/manifests/\(new.sha256)")
        try #require(FileManager.default.fileExists(atPath: manifest))
        try fixture.flipBits(manifest, at: 300)
        let third = try fixture.publish(TextDisk().changed(3, seed: 2), as: "disk", "--deltas", "0")
        let synced = try fixture.sync(fixture.host.fileServer)
        #expect(synced.way == "frames")
        try fixture.expectCached(third)
    }

    /// The original's layout, and what a publisher has who never ran `rebuild-index`.
    @Test("a repository of the original's goes on to work, by the plain file")
    func originals() throws {
        let fixture = try TransferFixture()
        let original = try SyncOriginalRepository(fixture.scratch.path("original"))
        let file = try fixture.write(TextDisk())
        try original.add(file, as: "disk")
        try fixture.sync("file://" + original.directory)
        #expect(try fixture.host.digest() == sha256(file))
    }
}
