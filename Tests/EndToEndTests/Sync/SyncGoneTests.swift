import Foundation
import GlareTestSupport
import Testing

/// Names that the repository does not offer any more.
struct SyncGoneTests {
    private func withdrawn(_ gone: String, beside: String = "kept") throws -> (SyncFixture, SyncFixture.Version) {
        let host = try SyncFixture()
        let version = try host.publish(gone, seed: 1)
        try host.publish(beside, seed: 2)
        try host.mustSync(host.fileServer)
        try host.withdraw(gone)
        return (host, version)
    }

    @Test func staysAndIsTold() throws {
        let (host, version) = try withdrawn("gone")
        let result = try host.mustSync(host.fileServer)
        #expect(result.stderr.contains("glare: gone: gone from the repository, kept (--delete removes it)"))
        #expect(try host.digest("gone") == version.sha256)
    }

    @Test func isToldEachTime() throws {
        let (host, _) = try withdrawn("gone")
        try host.mustSync(host.fileServer)
        #expect(try host.mustSync(host.fileServer).stderr.contains("gone from the repository"))
    }

    @Test func deleteRemovesTheName() throws {
        let (host, _) = try withdrawn("gone")
        let result = try host.mustSync(host.fileServer, "--delete")
        #expect(result.stdout.contains("gone: gone from the repository, removed"))
        #expect(!host.exists("gone"))
        #expect(host.exists("kept"))
        #expect(try !host.mustSync(host.fileServer).stderr.contains("gone from"))
    }

    @Test func deleteRemovesTheVersionsOnceTheyAreOld() throws {
        let (host, version) = try withdrawn("gone")
        try host.mustSync(host.fileServer, "--delete")
        #expect(host.exists(version.path))
        try host.mustSync(host.fileServer, environment: ["GLARE_KEEP_UNUSED": "0"])
        #expect(!host.exists(version.path))
    }

    @Test func deleteNeverTouchesForeignFiles() throws {
        let (host, _) = try withdrawn("gone")
        let foreign = try host.publisher.image("foreign.qcow2", seed: 9)
        try mustRun("cp", [foreign, host.path("foreign.qcow2")])
        try mustRun("cp", [foreign, host.path("archive/foreign")])
        try host.mustSync(host.fileServer, "--delete")
        #expect(try host.digest("foreign.qcow2") == sha256(foreign))
        #expect(host.exists("archive/foreign"))
    }

    @Test func deleteLeavesAFileThatTookThePlaceOfOurs() throws {
        let (host, _) = try withdrawn("gone")
        let foreign = try host.publisher.image("foreign", seed: 9)
        try mustRun("cp", [foreign, host.scratch.path("copy")])
        try mustRun("mv", ["-f", host.scratch.path("copy"), host.path("gone")])
        try host.mustSync(host.fileServer, "--delete")
        #expect(try host.digest("gone") == sha256(foreign))
    }

    /// A VM was started on it by mistake, or somebody customised it in place: those bytes exist nowhere else.
    @Test func deleteLosesNoChangeThatSomebodyMade() throws {
        let (host, _) = try withdrawn("gone")
        try host.overwrite(host.path("gone"), at: 50_000, with: "work of hours")
        let changed = try host.digest("gone")
        try host.mustSync(host.fileServer, "--delete")
        let candidates = try ["gone"].filter(host.exists) + host.archived().map { "archive/\($0)" }
        #expect(try candidates.contains { try host.digest($0) == changed })
    }

    @Test func namesOutsideOnlyAreNotGone() throws {
        let (host, version) = try withdrawn("gone")
        let result = try host.mustSync(host.fileServer, "--delete", "--only", "k*")
        #expect(!result.stderr.contains("gone from the repository"))
        #expect(try host.digest("gone") == version.sha256)
    }

    @Test func comesBackWithItsName() throws {
        let (host, version) = try withdrawn("gone")
        try host.mustSync(host.fileServer, "--delete")
        try host.publish("gone", seed: 1)
        try host.mustSync(host.fileServer)
        #expect(try host.digest("gone") == version.sha256)
    }

    @Test func aRepositoryThatLostEverythingTakesNothingAway() throws {
        let host = try SyncFixture()
        let version = try host.publish(seed: 1)
        try host.mustSync(host.fileServer)
        try FileManager.default.removeItem(atPath: host.repository)
        _ = try host.scratch.directory("repository")
        let result = try host.sync(host.fileServer, "--delete")
        #expect(result.status != 0)
        #expect(try host.digest() == version.sha256)
    }
}
