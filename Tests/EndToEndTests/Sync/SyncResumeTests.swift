import Foundation
import GlareTestSupport
import Testing

/// An interrupted download goes on where it stopped, if the server still has the same file.
struct SyncResumeTests {
    @Test func aCutConnectionIsResumedByRange() throws {
        let host = try SyncFixture()
        let version = try host.publishFull(seed: 1)
        let server = try cutting(host, version, after: 2_500_000)
        let result = try host.mustSync(server.address)

        #expect(try host.digest() == version.sha256)
        let requests = server.requests(for: "/" + version.path)
        try #require(requests.count == 2)
        #expect(requests[0].header("Range") == nil)
        let start = try #require(requests[1].rangeStart)
        #expect(start > 0 && start <= 2_500_000)
        #expect(requests[1].header("If-Range")?.hasPrefix("\"") == true)
        #expect(result.stderr.contains("next attempt in"))
        #expect(server.bytesSent < 4 << 20 + 2_500_000 - start + 20_000)
    }

    @Test func manyCutsStillEndWithTheImage() throws {
        let host = try SyncFixture()
        let version = try host.publishFull(seed: 1)
        let server = try ScriptedServer(serving: host.repository) { request in
            guard request.path == "/" + version.path, request.earlier < 4 else { return nil }
            return ScriptedReply.file(in: host.repository, for: request).cut(after: 777_777)
        }
        try host.mustSync(server.address)
        #expect(try host.digest() == version.sha256)
        let starts = server.requests(for: "/" + version.path).dropFirst().compactMap(\.rangeStart)
        #expect(starts.count == 4)
        #expect(starts == starts.sorted() && Set(starts).count == 4)
    }

    @Test func aHoleAtTheCutStaysAHole() throws {
        let host = try SyncFixture()
        let file = try DiskImages.raw(at: host.scratch.path("images/disk"), seed: 1, size: 8 << 20, data: 128 << 10)
        let version = try host.publish(file: file)
        // Data lies at the start and at 4 MiB: the cut is in the middle of zeros.
        let server = try cutting(host, version, after: 3_000_000)
        try host.mustSync(server.address)
        #expect(try host.digest() == version.sha256)
        #expect(try host.facts("disk").allocated < 512 << 10)
    }

    /// The catalogue names the digest, so it does not matter which server's bytes they are; but that one's
    /// validator says nothing here.
    @Test func whatAnotherServerSentIsGoneOnWith() throws {
        let host = try SyncFixture()
        let version = try host.publishFull(seed: 1)
        try killInTheMiddle(host, version)
        #expect(!host.exists("disk"))
        let another = try ScriptedServer(serving: host.repository)
        try host.mustSync(another.address)
        #expect(try host.digest() == version.sha256)
        let requests = another.requests(for: "/" + version.path)
        #expect(requests.map { $0.header("If-Range") } == [nil])
        #expect(try #require(requests.first?.rangeStart) > 0)
    }

    @Test func onlyTheRestTravelsAfterAKill() throws {
        let host = try SyncFixture()
        let version = try host.publishFull(seed: 1)
        let server = try stallingOnce(host, version)
        try kill(host, in: server)
        let before = server.bytesSent
        let result = try host.mustSync(server.address)

        #expect(try host.digest() == version.sha256)
        let start = try #require(server.requests(for: "/" + version.path).last?.rangeStart)
        #expect(start >= 2 << 20)
        #expect(server.bytesSent - before < (4 << 20) - start + 20_000)
        #expect(result.stdout.contains("disk: new"))
        #expect(try host.names(in: ".glare/partial") == [])
    }

    @Test func aKilledUpdateLeavesTheOldImage() throws {
        let host = try SyncFixture()
        let first = try host.publishFull(seed: 1)
        try host.mustSync(host.fileServer)
        try killInTheMiddle(host, try host.publishFull(seed: 2))
        #expect(try host.digest() == first.sha256)
    }

    @Test func aCorruptedPartialIsFetchedAnew() throws {
        let host = try SyncFixture()
        let version = try host.publishFull(seed: 1)
        let server = try stallingOnce(host, version)
        try kill(host, in: server)
        try host.overwrite(host.partial(), at: 500_000, with: "bytes that no server sent")
        try host.mustSync(server.address)

        #expect(try host.digest() == version.sha256)
        let requests = server.requests(for: "/" + version.path)
        #expect(requests.count == 3)
        #expect(requests.last?.header("Range") == nil)
    }

    @Test func aPartialThatLostItsOriginIsNotTrusted() throws {
        let host = try SyncFixture()
        let version = try host.publishFull(seed: 1)
        let server = try stallingOnce(host, version)
        try kill(host, in: server)
        try "not json".write(toFile: host.path(".glare/partial/disk.origin"), atomically: false, encoding: .utf8)
        try host.mustSync(server.address)
        #expect(try host.digest() == version.sha256)
        #expect(server.requests(for: "/" + version.path).last?.rangeStart == nil)
    }

    @Test func aPartialOfAnImageThatIsGoneIsRemoved() throws {
        let host = try SyncFixture()
        try host.publish("other", seed: 5)
        let version = try host.publishFull(seed: 1)
        try killInTheMiddle(host, version)
        try host.withdraw("disk")
        try host.mustSync(host.fileServer)
        #expect(try host.names(in: ".glare/partial") == [])
    }

    /// As after a sync whose disk failed when the file was in the archive already.
    @Test func whereAPartialCameFromGoesWithoutIt() throws {
        let host = try SyncFixture()
        let version = try host.publish(seed: 1)
        try host.mustSync(host.fileServer)
        try "{}".write(toFile: host.path(".glare/partial/disk.origin"), atomically: false, encoding: .utf8)
        try host.publisher.letTimePass()
        try host.publish("other", seed: 2)
        try host.mustSync(host.fileServer)
        #expect(try host.names(in: ".glare/partial") == [])
        #expect(try host.digest() == version.sha256)
    }

    /// The changelog's MD5 tells a wrong byte in what an earlier run left; without one nothing would.
    @Test(arguments: [true, false])
    func theOriginalsImageIsResumedWhereAChangelogProvesIt(_ hasChangelog: Bool) throws {
        let (host, original) = try hostOfTheOriginal()
        let file = try DiskImages.raw(at: host.scratch.path("images/disk"), seed: 1, size: 4 << 20, data: 4 << 20)
        try original.add(file, as: "disk")
        if !hasChangelog { try original.removeChangelog(of: "disk") }
        let server = try ScriptedServer(serving: original.directory) { request in
            guard request.method == "GET", request.path == "/disk", request.earlier == 0 else { return nil }
            return ScriptedReply.file(in: original.directory, for: request).cut(after: 5 << 19, .stall)
        }
        try kill(host, in: server)
        try host.mustSync(server.address)
        #expect(try host.digest() == sha256(file))
        #expect((server.requests(for: "/disk").last { $0.method == "GET" }?.rangeStart != nil) == hasChangelog)
    }

    // MARK: Servers

    /// Cuts the first answer.
    private func cutting(_ host: SyncFixture, _ version: SyncFixture.Version, after count: Int) throws -> ScriptedServer
    {
        try ScriptedServer(serving: host.repository) { request in
            guard request.path == "/" + version.path, request.earlier == 0 else { return nil }
            return ScriptedReply.file(in: host.repository, for: request).cut(after: count)
        }
    }

    /// Sends 2.5 MiB of the first answer and then nothing.
    private func stallingOnce(_ host: SyncFixture, _ version: SyncFixture.Version) throws -> ScriptedServer {
        try ScriptedServer(serving: host.repository) { request in
            guard request.path == "/" + version.path, request.earlier == 0 else { return nil }
            return ScriptedReply.file(in: host.repository, for: request).cut(after: 5 << 19, .stall)
        }
    }

    /// Kills a sync that has written 2 MiB.
    private func kill(_ host: SyncFixture, in server: ScriptedServer) throws {
        let running = try host.startSync(server.address)
        let hasWritten = running.waits { ((try? SyncFixture.Facts(host.partial()).size) ?? 0) >= 2 << 20 }
        try #require(hasWritten, "\(running.stderr)")
        running.signal(SIGKILL)
        #expect(running.wait() == 128 + SIGKILL)
    }

    private func killInTheMiddle(_ host: SyncFixture, _ version: SyncFixture.Version) throws {
        try kill(host, in: stallingOnce(host, version))
    }
}
