import Foundation
import GlareTestSupport
import Testing

/// `prune`: retention by hand, and what nothing refers to.
@Suite struct PruneTests {
    let fixture: PublisherFixture
    init() throws { fixture = try PublisherFixture() }

    private struct Report: Decodable {
        struct Version: Decodable { let name, id: String }
        let retired: [Version]
        let unreferenced: [String]
        let removedFiles, freed, waitingFiles, waiting: Int
        let dryRun: Bool

        var ids: [String] { retired.map(\.id) }
    }

    private func prune(_ options: String..., environment: [String: String] = [:]) throws -> Report {
        let result = try fixture.glare(
            ["prune", "-d", fixture.repository, "--json"] + options, environment: environment)
        try #require(result.status == 0, "\(result.stderr)")
        return try fixture.decode(result.stdout, snakeCase: true)
    }

    /// Lets a version have become current some days ago.
    private func age(_ version: PublisherFixture.Version, days: Int) throws {
        try mustRun("touch", ["-d", "-\(days) days", fixture.path(version.path)])
    }

    @Test func asManyAsAreToBeKeptStayOfEachImage() throws {
        let disks = try [1, 2, 3].map { try fixture.publish("disk", seed: $0) }
        let others = try [4, 5].map { try fixture.publish("other", seed: $0) }
        let before = try fixture.snapshot()
        let plan = try prune("--keep", "2", "--dry-run")
        #expect(try fixture.snapshot() == before)
        let done = try prune("--keep", "2")
        for report in [plan, done] {
            #expect(report.ids == [disks[0].id])
            #expect(report.removedFiles == 0 && report.waitingFiles >= 3 && report.waiting >= 64 << 10)
        }
        #expect(try fixture.listed("disk") == [disks[2].id, disks[1].id])
        #expect(try fixture.listed("other") == [others[1].id, others[0].id])
        let later = try prune(environment: ["GLARE_GRACE": "0"])
        #expect(later.retired.isEmpty && later.freed >= 64 << 10 && later.waitingFiles == 0)
        #expect(!fixture.exists(disks[0].path))
    }

    @Test func ageAndNumberMustBothBeReached() throws {
        let versions = try [1, 2, 3, 4].map { try fixture.publish(seed: $0) }
        for (version, days) in zip(versions, [400, 100, 95, 90]) { try age(version, days: days) }
        // The second took the first one's place 100 days ago.
        #expect(try prune("--older-than", "101d", "--dry-run").ids == [])
        #expect(try prune("--older-than", "99d", "--dry-run").ids == [versions[0].id])
        #expect(try prune("--older-than", "80d", "--keep", "3", "--dry-run").ids == [versions[0].id])
        // Never the current one, however old it is.
        #expect(try prune("--older-than", "1d").ids == versions[..<3].map(\.id))
        #expect(try fixture.listed() == [versions[3].id])
    }

    @Test func onlyTheImagesThatAreNamedAreLookedAt() throws {
        for seed: UInt64 in [1, 2] {
            try fixture.publish("one", seed: seed)
            try fixture.publish("two", seed: seed + 2)
        }
        #expect(Set(try prune("one", "--keep", "1").retired.map(\.name)) == ["one"])
        #expect(try fixture.listed("two").count == 2)
        let unknown = try fixture.command("prune", "oen", "--keep", "1")
        #expect(unknown.status == 66 && unknown.stderr.contains("did you mean one?"))
    }

    @Test func whatIsProtectedStaysAndDoesNotCount() throws {
        let versions = try [1, 2, 3].map { try fixture.publish(seed: $0) }
        try fixture.mustCommand("protect", "disk@\(versions[0].id)")
        #expect(try prune("--keep", "2").ids.isEmpty)
        #expect(try prune("--keep", "1").ids == [versions[1].id])
        try fixture.publish(seed: 4, options: ["--limit", "1"])
        #expect(Set(try fixture.listed()).contains(versions[0].id))
        #expect(try fixture.listed().count == 2)
    }

    @Test func whatNothingRefersToGoes() throws {
        let kept = try fixture.publish("kept", seed: 1)
        let orphan = try fixture.publish("orphan", seed: 2)
        try FileManager.default.removeItem(atPath: fixture.path("orphan"))
        // As long as the catalogue has it, the link may be lost.
        try #require(fixture.rebuild().status == 0)
        try fixture.scratch.file("repository/archive/notes.txt", "mine")
        try fixture.scratch.file("repository/transfer/notes.txt", "mine")
        let report = try prune(environment: ["GLARE_GRACE": "0"])
        #expect(report.retired.isEmpty && report.unreferenced == [orphan.path])
        #expect(report.freed >= 64 << 10)
        #expect(try fixture.archived() == [kept.fileName, "notes.txt"])
        #expect(try fixture.names(in: "transfer").allSatisfy { $0.hasPrefix("kept-") || $0 == "notes.txt" })
    }

    @Test func withoutWordsNoVersionLeaves() throws {
        for seed: UInt64 in [1, 2, 3] { try fixture.publish(seed: seed) }
        let before = try fixture.snapshot()
        #expect(try prune().retired.isEmpty)
        #expect(try fixture.snapshot() == before)
    }

    @Test func peopleReadWhatIsFreed() throws {
        let old = try fixture.publish(seed: 1)
        try fixture.publish(seed: 2)
        let told = try fixture.mustCommand("prune", "--keep", "1").stdout
        #expect(told.contains("disk: version \(old.id), which became current"))
        #expect(told.contains("0 B are freed now, of 0 files") && told.contains("out of the catalogue for 1 day"))
    }

    @Test(arguments: [["--keep", "0"], ["--keep", "x"], ["--older-than", "soon"], ["a/b"]])
    func whatIsNoNumberIsRefused(_ options: [String]) throws {
        try fixture.publish(seed: 1)
        #expect(try fixture.glare(["prune", "-d", fixture.repository] + options).status == 64)
    }
}
