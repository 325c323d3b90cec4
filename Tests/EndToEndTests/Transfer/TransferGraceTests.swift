import Foundation
import GlareTestSupport
import Testing

/// A host that planned a moment ago goes on fetching what it planned: files in `transfer/` go as versions do.
@Suite("what has no use any more goes from transfer/ after the grace time")
struct TransferGraceTests {
    let fixture: TransferFixture
    let old, middle: TransferFixture.Published

    init() throws {
        fixture = try TransferFixture()
        old = try fixture.publish(TextDisk())
        middle = try fixture.publish(TextDisk().changed(2, seed: 2))
        try #require(fixture.files("delta", of: middle).count == 1)
    }

    private func publishNew(_ options: String...) throws -> TransferFixture.Published {
        try fixture.publish(file: fixture.write(TextDisk().changed(2, seed: 3)), options)
    }

    @Test("a delta into a version that is no longer current stays for the grace time")
    func deltaStays() throws {
        let new = try publishNew()
        #expect(try fixture.files("delta", of: middle).count == 1)
        #expect(try fixture.files("delta", of: new).count == 2)
    }

    @Test("and goes at once where there is no grace; frames of what is retained stay")
    func deltaGoes() throws {
        let new = try publishNew("--grace", "0")
        #expect(try fixture.files("delta", of: middle) == [])
        #expect(try fixture.files("delta", of: new).count == 2)
        #expect(try fixture.files("zst").count == 3)
        #expect(try fixture.files("manifest").count == 3)
    }

    @Test("it goes with the next command that writes when the grace is over")
    func deltaGoesLater() throws {
        _ = try publishNew("--grace", "1s")
        #expect(try fixture.files("delta", of: middle).count == 1)
        usleep(2_100_000)
        try #require(fixture.publisher.rebuild("--grace", "1s").status == 0)
        #expect(try fixture.files("delta", of: middle) == [])
    }

    @Test("frames of a retired version stay for the grace time, as its file does")
    func framesStay() throws {
        _ = try publishNew("--limit", "1")
        #expect(try fixture.files("zst", of: old).count == 1)
        #expect(try fixture.files("manifest", of: old).count == 1)
    }

    @Test("frames and block table of a retired version go with it")
    func framesGo() throws {
        let new = try publishNew("--limit", "1", "--grace", "0")
        #expect(new.deltas.isEmpty)
        #expect(try fixture.files("zst") == [fixture.file("zst", of: new)])
        #expect(try fixture.files("manifest") == [fixture.file("manifest", of: new)])
        #expect(try fixture.files("delta") == [])
        // With the next command that writes: they are of no use to anybody, and in nobody's way.
        try #require(fixture.publisher.rebuild("--grace", "0").status == 0)
        #expect(try fixture.publisher.names(in: ".glare/blocks") == [new.sha256])
    }

    @Test("a host that planned before the publish finishes on the old version")
    func plannedBefore() throws {
        let mirror = try fixture.mirror()
        // The catalogue is the old one, the files are those of now.
        _ = try publishNew()
        let repository = fixture.repository
        let server = try ScriptedServer { request in
            let isTop = request.path == "/images.json"
            return .part(of: isTop ? mirror : repository, for: request)
        }
        #expect(try fixture.sync(server.address).way == "frames")
        try fixture.expectCached(middle)
    }
}
