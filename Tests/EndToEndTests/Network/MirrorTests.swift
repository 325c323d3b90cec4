import Foundation
import GlareTestSupport
import Testing

@Suite("Several servers of one repository")
struct MirrorTests {
    private let host: SyncFixture
    init() throws { host = try SyncFixture() }

    private func sync(_ servers: [String], _ options: String..., environment: [String: String] = [:]) throws
        -> RunResult
    {
        try host.publisher.glare(
            ["sync", "-t", host.target] + servers.flatMap { ["-s", $0] } + options, environment: environment)
    }

    private func deadAddress() throws -> String { "http://127.0.0.1:\(try freePort())" }

    @Test func oneThatIsAwayIsLeftForTheNextAtOnce() throws {
        let version = try host.publish(seed: 1)
        let (dead, server) = (try deadAddress(), try ScriptedServer(serving: host.repository))
        // Were there a wait before the second is asked, this would take for ever.
        let result = try sync([dead, server.address], environment: ["GLARE_RETRY_WAIT": "1h"])
        #expect(result.status == 0, "\(result.stderr)")
        #expect(try host.digest() == version.sha256)
        #expect(result.stderr.contains(dead) && result.stderr.contains("going on with the next server"))
        // It is left once, not for each file anew.
        #expect(result.stderr.components(separatedBy: "going on with").count == 2)
    }

    @Test func theFirstAnswersAloneWhileItIsWell() throws {
        try host.publish(seed: 1)
        let (first, second) = (
            try ScriptedServer(serving: host.repository), try ScriptedServer(serving: host.repository)
        )
        #expect(try sync([first.address, second.address]).status == 0)
        #expect(second.requests.isEmpty)
    }

    @Test func aDownloadThatBreaksOffGoesOnAtTheNext() throws {
        let version = try host.publishFull(seed: 1)
        let (repository, path) = (host.repository, "/" + version.path)
        let first = try ScriptedServer(serving: repository) { request in
            request.path == path ? .file(in: repository, for: request).cut(after: 3 << 20) : nil
        }
        let second = try ScriptedServer(serving: repository)
        let result = try sync([first.address, second.address])
        #expect(result.status == 0, "\(result.stderr)")
        #expect(try host.digest() == version.sha256)
        let start = try #require(second.requests(for: path).first?.rangeStart)
        // How much is there when a connection is cut is the kernels' business.
        #expect(start > 0)
    }

    @Test func oneWithWrongBytesIsLeft() throws {
        let version = try host.publish(seed: 1)
        let (repository, path) = (host.repository, "/" + version.path)
        let first = try ScriptedServer(serving: repository) { request in
            guard request.path == path else { return nil }
            var reply = ScriptedReply.file(in: repository, for: request)
            reply.body[0] ^= 1
            return reply
        }
        let second = try ScriptedServer(serving: repository)
        let result = try sync([first.address, second.address])
        #expect(result.status == 0, "\(result.stderr)")
        #expect(try host.digest() == version.sha256)
        #expect(result.stderr.contains("not the published one"))
    }

    @Test func oneThatLacksAFileIsLeft() throws {
        let version = try host.publish(seed: 1)
        let path = "/" + version.path
        let first = try ScriptedServer(serving: host.repository) { $0.path == path ? .whole("404 Not Found") : nil }
        let second = try ScriptedServer(serving: host.repository)
        #expect(try sync([first.address, second.address]).status == 0)
        #expect(try host.digest() == version.sha256)
    }

    @Test func oneThatSendsNonsenseForACatalogueIsLeft() throws {
        let version = try host.publish(seed: 1)
        let first = try ScriptedServer(serving: host.repository) {
            $0.path == "/images.json" ? .text("<html>", type: "text/html") : nil
        }
        let second = try ScriptedServer(serving: host.repository)
        #expect(try sync([first.address, second.address]).status == 0)
        #expect(try host.digest() == version.sha256)
    }

    @Test func oneThatIsNotBroughtUpToDateRollsNothingBack() throws {
        try host.publish(seed: 1)
        let stale = host.scratch.path("stale")
        try mustRun("cp", ["-a", host.repository, stale])
        let version = try host.publish(seed: 2)
        let (old, new) = (try ScriptedServer(serving: stale), try ScriptedServer(serving: host.repository))
        #expect(try sync([new.address, old.address]).status == 0)
        #expect(try host.digest() == version.sha256)

        // The stale one first, and then alone with one that is away.
        let result = try sync([old.address, new.address])
        #expect(result.status == 0 && result.stderr.contains("is older than the one that the cache has"))
        #expect(try host.digest() == version.sha256)
        let alone = try sync([try deadAddress(), old.address], "--retries", "0")
        #expect(alone.status != 0, "\(alone.stderr)")
        #expect(try host.digest() == version.sha256)
    }

    @Test func aRepositoryThatWentBackIsFollowed() throws {
        let version = try host.publish(seed: 1)
        let stale = host.scratch.path("stale")
        try mustRun("cp", ["-a", host.repository, stale])
        try host.publish(seed: 2)
        try host.mustSync(host.fileServer)
        let (one, two) = (try ScriptedServer(serving: stale), try ScriptedServer(serving: stale))
        #expect(try sync([one.address, two.address]).status == 0)
        #expect(try host.digest() == version.sha256)
    }

    @Test func noneThatAnswersIsAFailureThatNamesThem() throws {
        let (one, two) = (try deadAddress(), try deadAddress())
        let result = try sync([one, two], "--retries", "1")
        #expect(result.status == 69)
        #expect(result.stderr.contains(one) && result.stderr.contains(two))
        #expect(result.stderr.contains("next attempt in"))
    }

    @Test func anImageByNameComesWhollyFromOne() throws {
        let original = try SyncOriginalRepository(host.scratch.path("original"))
        let image = try DiskImages.raw(at: host.scratch.path("images/plain"), seed: 1, size: 1 << 20, data: 1 << 20)
        try original.add(image, as: "disk")
        let directory = original.directory
        let cut = try ScriptedServer(serving: directory) { request in
            request.path == "/disk" && request.method == "GET"
                ? .file(in: directory, for: request).cut(after: 40_000) : nil
        }
        let whole = try ScriptedServer(serving: directory)
        let result = try sync([cut.address, whole.address], "--retries", "0")
        #expect(result.status == 0, "\(result.stderr)")
        #expect(try host.digest() == sha256(directory + "/disk"))
        #expect(whole.requests(for: "/disk").filter { $0.method == "GET" }.map { $0.header("Range") } == [nil])
    }

    @Test func aDirectoryMayBeAmongThem() throws {
        let version = try host.publish(seed: 1)
        #expect(try sync(["file:///nonexistent/images", try deadAddress(), host.fileServer]).status == 0)
        #expect(try host.digest() == version.sha256)
    }

    @Test func aFileNamesThemWithBlanksBetween() throws {
        let version = try host.publish(seed: 1)
        let dead = try deadAddress()
        let file = try host.scratch.file("glare.conf", "SERVER=\"\(dead) \(host.fileServer)\"\n")
        let result = try sync([], environment: ["GLARE_CONFIG_SYSTEM": file])
        #expect(result.status == 0, "\(result.stderr)")
        #expect(try host.digest() == version.sha256)
    }
}
