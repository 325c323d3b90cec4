import Foundation
import GlareTestSupport
import Testing

@Suite("a delta that is not what was published is told, and the image comes another way")
struct WrongDeltaTests {
    let fixture: TransferFixture
    let old, new: TransferFixture.Published
    /// Another server's copy, to be damaged, and the delta in it.
    let mirror, delta: String

    init() throws {
        fixture = try TransferFixture()
        old = try fixture.publish(TextDisk())
        try fixture.sync(fixture.host.fileServer)
        new = try fixture.publish(TextDisk().changed(2, 3, seed: 2))
        mirror = try fixture.mirror()
        delta = try mirror + "/" + fixture.file("delta", of: new)
    }

    enum Damage: CaseIterable {
        case flippedData
        case flippedHead
        case flippedMap
        case cut
        case longer
        case gone
    }

    private func damage(_ damage: Damage) throws {
        switch damage {
        case .flippedData: try fixture.flipBits(delta)
        case .flippedHead: try fixture.flipBits(delta, at: 60)
        case .flippedMap: try fixture.flipBits(delta, at: 230)
        case .cut: try mustRun("truncate", ["-s", "5000", delta])
        case .longer: try mustRun("truncate", ["-s", "+5000", delta])
        case .gone: try FileManager.default.removeItem(atPath: delta)
        }
    }

    private func server() throws -> ScriptedServer {
        try ScriptedServer { [mirror] in .part(of: mirror, for: $0) }
    }

    @Test("the only server's: by frames in the same run", arguments: Damage.allCases)
    func onlyServer(_ kind: Damage) throws {
        try damage(kind)
        let server = try server()
        let result = try fixture.run([server.address])
        try #require(result.status == 0, "\(result.stderr)")
        #expect(result.stderr.contains("disk: not by delta: "), "\(result.stderr)")
        #expect(result.stderr.contains("by frames instead"))
        #expect(result.stderr.contains(".delta"), "which file it was is not told")
        #expect(result.stdout.contains("\"frames\""))
        try fixture.expectCached(new)
        #expect(try fixture.host.digest(old.path) == old.sha256)
    }

    @Test("one mirror's: by delta from the other", arguments: [Damage.flippedData, .cut, .gone])
    func oneOfTwo(_ kind: Damage) throws {
        try damage(kind)
        let bad = try server()
        let good = try ScriptedServer { [repository = fixture.repository] in .part(of: repository, for: $0) }
        let synced = try fixture.sync([bad.address, good.address], [])
        #expect(synced.way == "delta")
        try fixture.expectCached(new)
        #expect(good.requests.contains { $0.path.hasSuffix(".delta") })
    }

    @Test("in a directory, too", arguments: [Damage.flippedData, .cut])
    func directory(_ kind: Damage) throws {
        try damage(kind)
        let result = try fixture.run(["file://" + mirror])
        try #require(result.status == 0, "\(result.stderr)")
        #expect(result.stderr.contains("disk: not by delta: "), "\(result.stderr)")
        try fixture.expectCached(new)
    }

    @Test("where nothing is right the sync fails, says so, and the cache is as it was")
    func nothingIsRight() throws {
        try damage(.flippedData)
        for kind in ["zst"] { try fixture.flipBits(mirror + "/" + fixture.file(kind, of: new), at: 400_000) }
        try fixture.flipBits(mirror + "/" + new.path, at: (2 << 20) + 300_000)
        let before = try fixture.host.facts("disk")
        let result = try fixture.run(["file://" + mirror])
        #expect(result.status == 65)
        #expect(result.stderr.contains(new.path), "\(result.stderr)")
        #expect(try fixture.host.facts("disk") == before)
        #expect(try fixture.host.digest() == old.sha256)
        #expect(!fixture.host.exists(new.path))

        try fixture.sync(fixture.host.fileServer)
        try fixture.expectCached(new)
    }
}
