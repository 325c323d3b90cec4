import Foundation
import GlareTestSupport
import Testing

/// What `sync` is told: options, settings, and what is wrong with them.
struct SyncUsageTests {
    @Test func withoutATargetIsTwo() throws {
        let result = try glare("sync", "-s", "http://127.0.0.1:1")
        #expect(result.status == 2)
        #expect(result.stderr.contains("--target-dir") && result.stderr.contains("TARGET_DIR"))
    }

    @Test func withoutAServerIsThree() throws {
        let host = try SyncFixture()
        let result = try glare("sync", "-t", host.target)
        #expect(result.status == 3)
        #expect(result.stderr.contains("--server") && result.stderr.contains("SERVER"))
        #expect(!host.exists(""))
    }

    @Test(arguments: [
        "", "nonsense", "/srv/images", "ftp://127.0.0.1/x", "http://", "http:///x", "http://h/x?y",
        "file://otherhost/x", "file:relative",
    ])
    func anAddressThatIsNoneIsTold(_ address: String) throws {
        let host = try SyncFixture()
        let result = try host.sync(address)
        #expect(result.status == 64)
        #expect(!result.stderr.isEmpty)
        #expect(!host.exists(""))
    }

    @Test func settingsComeFromTheEnvironment() throws {
        let host = try SyncFixture()
        let version = try host.publish(seed: 1)
        let result = try glare("sync", environment: ["GLARE_TARGET_DIR": host.target, "GLARE_SERVER": host.fileServer])
        #expect(result.status == 0)
        #expect(try host.digest() == version.sha256)
    }

    @Test func settingsComeFromTheOriginalsFile() throws {
        let host = try SyncFixture()
        let version = try host.publish(seed: 1)
        let file = try host.scratch.file(
            "glare.conf", "TARGET_DIR=\(host.target)\nexport SERVER=\"\(host.fileServer)\" # ours\n")
        let result = try glare("sync", environment: ["GLARE_CONFIG_SYSTEM": file])
        #expect(result.status == 0, "\(result.stderr)")
        #expect(try host.digest() == version.sha256)
    }

    @Test func theCommandLineWins() throws {
        let host = try SyncFixture()
        let version = try host.publish(seed: 1)
        try host.mustSync(
            host.fileServer, environment: ["GLARE_TARGET_DIR": "/nonexistent/a", "GLARE_SERVER": "http://127.0.0.1:1"])
        #expect(try host.digest() == version.sha256)
    }

    @Test func longOptionsAreTheOriginals() throws {
        let host = try SyncFixture()
        let version = try host.publish(seed: 1)
        let downloads = try host.scratch.directory("downloads")
        let result = try glare(
            "sync", "--target-dir", host.target, "--server", host.fileServer, "--download-dir", downloads)
        #expect(result.status == 0)
        #expect(try host.digest() == version.sha256)
    }

    @Test(arguments: ["--jobs=0", "--jobs=many", "--retries=-1", "--retries=x", "--nonsense"])
    func aBadOptionIsToldBeforeAnythingHappens(_ option: String) throws {
        let host = try SyncFixture()
        try host.publish(seed: 1)
        #expect(try host.sync(host.fileServer, option).status == 64)
        #expect(!host.exists(""))
    }

    @Test(arguments: ["GLARE_KEEP_UNUSED", "GLARE_FILE_MODE", "GLARE_RETRY_WAIT", "GLARE_JOBS", "GLARE_RETRIES"])
    func aBadSettingIsTold(_ key: String) throws {
        let host = try SyncFixture()
        try host.publish(seed: 1)
        let result = try host.sync(host.fileServer, environment: [key: "nonsense"])
        #expect(result.status == 78)
        #expect(result.stderr.contains("\(key.dropFirst(6))=nonsense"))
    }

    @Test func slashesAtTheEndOfTheServerDoNotMatter() throws {
        let host = try SyncFixture()
        try host.publish(seed: 1)
        let server = try ScriptedServer(serving: host.repository)
        try host.mustSync(server.address + "//")
        let before = server.requests.count
        try host.mustSync(server.address)
        #expect(server.requests.dropFirst(before).map(\.path) == ["/images.json"])
    }

    @Test func theCacheIsMadeWhereItsParentIs() throws {
        let host = try SyncFixture()
        try host.publish(seed: 1)
        let result = try glare("sync", "-t", host.target + "/deeper", "-s", host.fileServer)
        #expect(result.status == 73)
        #expect(result.stderr.contains(host.target + "/deeper"))
        #expect(!host.exists(""))
    }

    @Test func aFileIsNoCache() throws {
        let host = try SyncFixture()
        try host.publish(seed: 1)
        try host.scratch.file("cache", "precious")
        let result = try host.sync(host.fileServer)
        #expect(result.status == 73)
        #expect(result.stderr.contains("is not a directory that can hold a cache"))
        #expect(try String(contentsOfFile: host.target, encoding: .utf8) == "precious")
    }

    /// One mistyped setting away: the repository's own state must survive.
    @Test func theRepositoryItselfIsNoCache() throws {
        let host = try SyncFixture()
        try host.publish(seed: 1)
        let before = try host.publisher.text(".glare/state.json")
        let result = try glare("sync", "-t", host.repository, "-s", host.fileServer)
        #expect(result.status != 0)
        #expect(try host.publisher.text(".glare/state.json") == before)
        #expect(try host.publisher.link("disk").hasPrefix("archive/"))
    }

    @Test func dashedNameIsTheSameCommand() throws {
        let host = try SyncFixture()
        let version = try host.publish(seed: 1)
        let link = host.scratch.path("glare-sync")
        try mustRun("ln", ["-s", GlareBinary.path, link])
        let result = try run(link, ["-t", host.target, "-s", host.fileServer], environment: GlareBinary.environment())
        #expect(result.status == 0, "\(result.stderr)")
        #expect(try host.digest() == version.sha256)
    }
}
