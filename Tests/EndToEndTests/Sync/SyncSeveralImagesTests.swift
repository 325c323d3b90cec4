import Foundation
import GlareTestSupport
import Testing

/// Several images in one repository: which are synced, and how one's failure leaves the others.
struct SyncSeveralImagesTests {
    private func repository(_ names: String...) throws -> (SyncFixture, [String: SyncFixture.Version]) {
        let host = try SyncFixture()
        var versions: [String: SyncFixture.Version] = [:]
        for (index, name) in names.enumerated() { versions[name] = try host.publish(name, seed: UInt64(index + 1)) }
        return (host, versions)
    }

    @Test func allAreSynced() throws {
        let (host, versions) = try repository("a", "b+1", "c.img", "d_4", "5")
        let server = try GlareServer(serving: host.repository)
        let result = try host.mustSync(server.address)
        for (name, version) in versions { #expect(try host.digest(name) == version.sha256) }
        #expect(result.stdout.contains("5 images, 5 changed"))
    }

    @Test(arguments: ["1", "7"])
    func asManyAtATimeAsAreWanted(_ jobs: String) throws {
        let (host, versions) = try repository("a", "b", "c", "d")
        try host.mustSync(host.fileServer, "--jobs", jobs)
        for (name, version) in versions { #expect(try host.digest(name) == version.sha256) }
    }

    @Test func twoAreFetchedAtOnce() throws {
        let (host, versions) = try repository("a", "b")
        let meeting = Meeting()
        let server = try ScriptedServer(serving: host.repository) { request in
            if request.path.hasPrefix("/archive/") { meeting.come() }
            return nil
        }
        try host.mustSync(server.address, "--jobs", "2")
        #expect(meeting.tookPlace)
        for (name, version) in versions { #expect(try host.digest(name) == version.sha256) }
    }

    @Test func onlyTakesShellPatterns() throws {
        let (host, _) = try repository("debian-11", "debian-12", "ubuntu-24", "fedora-40")
        try host.mustSync(host.fileServer, "--only", "debian-*", "--only", "fedora-4?")
        #expect(host.exists("debian-11") && host.exists("debian-12") && host.exists("fedora-40"))
        #expect(!host.exists("ubuntu-24"))
    }

    @Test func anImageThatWasLeftOutComesWithTheNextFullSync() throws {
        let (host, versions) = try repository("a", "b")
        let server = try GlareServer(serving: host.repository)
        try host.mustSync(server.address, "--only", "a")
        try host.mustSync(server.address)
        #expect(try host.digest("b") == versions["b"]?.sha256)
    }

    @Test func oneFailureDoesNotStopTheOthers() throws {
        let (host, versions) = try repository("a", "b", "c")
        let broken = try #require(versions["b"])
        try FileManager.default.removeItem(atPath: host.repository + "/" + broken.path)
        let result = try host.sync(host.fileServer)
        #expect(result.status == 69)
        #expect(result.stderr.contains("glare: b: ") && result.stderr.contains("not found"))
        #expect(try host.digest("a") == versions["a"]?.sha256)
        #expect(try host.digest("c") == versions["c"]?.sha256)
        #expect(!host.exists("b"))
    }

    @Test func failuresOfSeveralKindsEndWithOne() throws {
        let (host, versions) = try repository("a", "b")
        let (missing, wrong) = try (#require(versions["a"]), #require(versions["b"]))
        try FileManager.default.removeItem(atPath: host.repository + "/" + missing.path)
        try host.overwrite(host.repository + "/" + wrong.path, at: 100_000, with: "not the published bytes")
        #expect(try host.sync(host.fileServer).status == 1)
        #expect(!host.exists("a") && !host.exists("b"))
    }
}

/// Two who wait for each other, for a few seconds at most.
private final class Meeting: @unchecked Sendable {
    private let condition = NSCondition()
    private var present = 0
    private var wasMissed = false

    func come() {
        condition.withLock {
            present += 1
            condition.broadcast()
            let end = Date() + 10
            while present < 2 && condition.wait(until: end) {}
            if present < 2 { wasMissed = true }
        }
    }

    var tookPlace: Bool { condition.withLock { present == 2 && !wasMissed } }
}
