import Foundation
import GlareTestSupport
import Testing

/// `remove`: a version or an image leaves the catalogue, and later the disk.
@Suite struct RemoveTests {
    let fixture: PublisherFixture
    init() throws { fixture = try PublisherFixture() }

    private struct Report: Decodable {
        struct Version: Decodable { let id: String }
        let name: String
        let wholeImage, dryRun: Bool
        let versions: [Version]
        let freed: Int
    }

    @Test func aVersionLeavesTheCatalogueAndThenTheDisk() throws {
        let old = try fixture.publish(seed: 1)
        let new = try fixture.publish(seed: 2)
        let report = try fixture.mustGlare(Report.self, "remove", "disk@-1")
        #expect(report.versions.map(\.id) == [old.id] && !report.wholeImage && report.freed == 0)
        #expect(try fixture.listed() == [new.id])
        #expect(fixture.exists(old.path))
        try #require(try fixture.rebuild(environment: ["GLARE_GRACE": "0"]).status == 0)
        #expect(try fixture.archived() == [new.fileName])
        #expect(try fixture.names(in: "transfer").allSatisfy { $0.hasPrefix(new.fileName) })
    }

    @Test func withoutGraceItIsGoneAtOnce() throws {
        let old = try fixture.publish(seed: 1)
        try fixture.publish(seed: 2)
        let report = try fixture.mustGlare(Report.self, "remove", "disk@-1", environment: ["GLARE_GRACE": "0"])
        #expect(report.freed >= 64 << 10)
        #expect(!fixture.exists(old.path))
    }

    @Test func anImageGoesWithItsChangelog() throws {
        let gone = try fixture.publish("gone", seed: 1)
        let kept = try fixture.publish("kept", seed: 2)
        let report = try fixture.mustGlare(Report.self, "remove", "gone")
        #expect(report.wholeImage && report.versions.map(\.id) == [gone.id])
        #expect(!fixture.exists("gone"))
        #expect(try fixture.text("images.txt") == "kept\n")
        #expect(try fixture.catalogue().images.map(\.name) == ["kept"])
        #expect(fixture.exists(gone.path) && fixture.exists("gone.md"))
        try #require(try fixture.rebuild(environment: ["GLARE_GRACE": "0"]).status == 0)
        #expect(!fixture.exists(gone.path) && !fixture.exists("gone.md"))
        #expect(try fixture.archived() == [kept.fileName])
    }

    @Test func theLastVersionIsTheImage() throws {
        let version = try fixture.publish(seed: 1)
        #expect(try fixture.mustGlare(Report.self, "remove", "disk@\(version.id)").wholeImage)
        #expect(try fixture.text("images.txt") == "")
    }

    @Test func whatComesAgainInTimeGoesOn() throws {
        let version = try fixture.publish(seed: 1, "one")
        try fixture.mustCommand("remove", "disk")
        try fixture.publish(seed: 1, "two")
        #expect(try fixture.listed() == [version.id])
        #expect(try fixture.headings() == [version.id, version.id])
        try #require(try fixture.rebuild(environment: ["GLARE_GRACE": "0"]).status == 0)
        #expect(fixture.exists(version.path) && fixture.exists("disk.md"))
    }

    @Test func theCurrentVersionOfSeveralAndAProtectedOneAreRefused() throws {
        try fixture.publish(seed: 1)
        let new = try fixture.publish(seed: 2)
        try fixture.mustCommand("protect", "disk@-1")
        let before = try fixture.snapshot()
        let current = try fixture.command("remove", "disk@\(new.id)")
        #expect(current.status == 77 && current.stderr.contains("glare set-current"))
        for reference in ["disk@-1", "disk"] {
            let result = try fixture.command("remove", reference)
            #expect(result.status == 77 && result.stderr.contains("glare unprotect"), "\(reference)")
        }
        #expect(try fixture.snapshot() == before)
        try fixture.mustCommand("unprotect", "disk@-1")
        try fixture.mustCommand("remove", "disk@-1")
        #expect(try fixture.listed() == [new.id])
    }

    @Test func aDryRunTellsTheSameAndChangesNothing() throws {
        let versions = try [1, 2].map { try fixture.publish(seed: $0) }
        let before = try fixture.snapshot()
        let one = try fixture.mustGlare(Report.self, "remove", "disk@-1", "--dry-run")
        #expect(one.dryRun && one.versions.map(\.id) == [versions[0].id])
        #expect(try fixture.mustGlare(Report.self, "remove", "disk", "--dry-run").versions.count == 2)
        #expect(try fixture.command("remove", "disk@\(versions[1].id)", "--dry-run").status == 77)
        #expect(try fixture.snapshot() == before)
    }

    @Test func hostsKeepARemovedImageUntilTheyAreToldToDeleteIt() throws {
        let host = try SyncFixture()
        let version = try host.publish(seed: 1)
        try host.mustSync(host.fileServer)
        try host.publisher.mustCommand("remove", "disk")
        try host.mustSync(host.fileServer)
        #expect(try host.digest() == version.sha256)
        try host.mustSync(host.fileServer, "--delete")
        #expect(!host.exists("disk"))
    }
}

/// A removal, or a rename, that is killed between any two steps.
@Suite(.enabled(if: Machine.has("strace"))) struct DepartureCrashTests {
    /// Renames make things visible, and an unlink takes the name away.
    private static let calls = "renameat,renameat2,unlinkat,linkat"

    private func run(_ fixture: PublisherFixture, _ words: [String], killedAt step: Int) throws -> Int32 {
        try GlareTestSupport.run(
            "strace",
            [
                "-f", "-o", fixture.scratch.path("trace"), "-e", "trace=\(Self.calls)", "-e",
                "inject=\(Self.calls):signal=KILL:when=\(step)", GlareBinary.path,
            ] + words + ["-d", fixture.repository],
            environment: GlareBinary.environment()
        ).status
    }

    /// Crashes at each step in turn, until a command has no more of them.
    private func forEachStep(_ words: [String], _ check: (PublisherFixture, [PublisherFixture.Version]) throws -> Void)
        throws
    {
        let original = try PublisherFixture()
        let versions = try [1, 2].map { try original.publish("old", seed: $0) }
        for step in 1...200 {
            let fixture = try PublisherFixture()
            try mustRun("cp", ["-a", original.repository + "/.", fixture.repository])
            let status = try run(fixture, words, killedAt: step)
            try #require(fixture.rebuild().status == 0)
            #expect(try fixture.leftovers() == [])
            try check(fixture, versions)
            if status == 0 {
                #expect(step > 6, "no step was found: strace did not stop anything")
                return
            }
            try #require(status == 128 + SIGKILL)
        }
        Issue.record("the command has no end")
    }

    @Test func anImageIsThereWithAllItsVersionsOrNotAtAll() throws {
        try forEachStep(["remove", "old"]) { fixture, versions in
            let names = try fixture.catalogue().images.map(\.name)
            #expect(try fixture.text("images.txt") == names.map { "\($0)\n" }.joined())
            #expect(fixture.exists("old") == (names == ["old"]))
            if names == ["old"] { #expect(try fixture.listed("old").count == versions.count) }
            // What has left goes, what has not stays.
            try #require(try fixture.rebuild(environment: ["GLARE_GRACE": "0"]).status == 0)
            #expect(try fixture.archived().count == (names.isEmpty ? 0 : versions.count))
        }
    }

    @Test func anImageHasOneOfItsNames() throws {
        try forEachStep(["rename", "old", "new"]) { fixture, versions in
            let names = try fixture.catalogue().images.map(\.name)
            try #require(names == ["old"] || names == ["new"])
            #expect(try fixture.listed(names[0]) == versions.reversed().map(\.id))
            #expect(try sha256(fixture.path(names[0])) == versions[1].sha256)
            #expect(try fixture.headings(names[0]).suffix(2) == versions.reversed().map(\.id))
            // Nothing is left of the other one.
            try #require(fixture.rebuild(environment: ["GLARE_GRACE": "0"]).status == 0)
            #expect(try fixture.archived().allSatisfy { $0.hasPrefix(names[0]) })
            #expect(fixture.exists("old.md") != fixture.exists("new.md"))
        }
    }
}
