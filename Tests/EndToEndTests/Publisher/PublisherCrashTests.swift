import Foundation
import GlareTestSupport
import Testing

/// A publisher that dies between any two steps leaves what hosts can use, and the next command mends it.
@Suite(.enabled(if: Machine.has("strace"))) struct PublisherCrashTests {
    /// Everything becomes visible by a rename, so these are the moments that matter.
    private static let renames = "renameat,renameat2"

    /// A repository in which a second publish was killed before its rename number `step`.
    private struct Crash {
        let fixture: PublisherFixture
        let old, new: PublisherFixture.Version
        let source: String
        let status: Int32

        init(step: Int) throws {
            fixture = try PublisherFixture()
            old = try fixture.publish(seed: 1, "old")
            source = try fixture.image("disk", seed: 2)
            new = PublisherFixture.Version(name: "disk", sha256: try sha256(source))
            try fixture.letTimePass()
            let injection = "inject=\(renames):signal=KILL:when=\(step)"
            status = try run(
                "strace",
                [
                    "-f", "-o", fixture.scratch.path("trace"), "-e", "trace=\(renames)", "-e", injection,
                    GlareBinary.path,
                    "add-image", "-i", source, "-m", "new", "-d", fixture.repository,
                ],
                environment: GlareBinary.environment()
            ).status
        }

        /// What the original's hosts read, and what ours do.
        func expectUsable() throws {
            #expect(try fixture.text("images.txt") == "disk\n")
            #expect(try [old, new].map(\.sha256).contains(sha256(fixture.path("disk"))))
            let row = try #require(try fixture.catalogue().images.first)
            let listed = try #require([old, new].first { $0.sha256 == row.sha256 })
            #expect(try sha256(fixture.path(listed.path)) == row.sha256)
            #expect(try fixture.record().current == listed.id)
        }

        func expectPublished() throws {
            #expect(try fixture.link("disk") == new.path)
            #expect(try fixture.listed() == [new.id, old.id])
            #expect(try fixture.text("SHA256SUMS") == "\(new.sha256)  disk\n")
            #expect(try fixture.leftovers() == [])
        }
    }

    /// Crashes at each step in turn, until a publish has no more of them.
    private func forEachStep(_ body: (Crash) throws -> Void) throws {
        for step in 1...100 {
            let crash = try Crash(step: step)
            if crash.status == 0 {
                #expect(step > 6, "no step was found: strace did not stop anything")
                return
            }
            try #require(crash.status == 128 + SIGKILL)
            try body(crash)
        }
        Issue.record("a publish has no end")
    }

    @Test func hostsCanUseWhatIsThere() throws {
        try forEachStep { try $0.expectUsable() }
    }

    @Test func addingItOnceMoreMendsAll() throws {
        try forEachStep { crash in
            let again = try crash.fixture.add(crash.source, "new")
            #expect(again.status == 0, "\(again.stderr)")
            try crash.expectPublished()
            #expect(try crash.fixture.headings() == [crash.new.id, crash.old.id], "the changelog lost the entry")
        }
    }

    @Test func rebuildIndexMakesTheListsAgree() throws {
        try forEachStep { crash in
            try #require(crash.fixture.rebuild().status == 0)
            try crash.expectUsable()
            let current = try sha256(crash.fixture.path("disk"))
            #expect(try crash.fixture.catalogue().images.map(\.sha256) == [current])
            #expect(try crash.fixture.text("SHA256SUMS") == "\(current)  disk\n")
            #expect(try crash.fixture.leftovers() == [])
        }
    }
}
