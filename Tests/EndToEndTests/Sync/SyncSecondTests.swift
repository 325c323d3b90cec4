import Foundation
import GlareTestSupport
import Testing

/// Two syncs of one cache at the same time.
struct SyncSecondTests {
    /// A sync that hangs in a download until the server is gone.
    private func hanging(_ host: SyncFixture) throws -> (ScriptedServer, RunningProcess) {
        let version = try host.publishFull(seed: 1)
        let server = try ScriptedServer(serving: host.repository) { request in
            guard request.path == "/" + version.path, request.earlier == 0 else { return nil }
            return ScriptedReply.file(in: host.repository, for: request).cut(after: 1 << 20, .stall)
        }
        let running = try host.startSync(server.address)
        try #require(running.waits { server.requests.contains { $0.path == "/" + version.path } })
        return (server, running)
    }

    @Test func theSecondSaysSoAndEndsWithZero() throws {
        let host = try SyncFixture()
        let (server, first) = try hanging(host)
        defer { withExtendedLifetime(server) {} }
        let second = try host.sync(host.fileServer)
        #expect(second.status == 0)
        #expect(second.stderr.contains("\(host.target) is being synced by "))
        #expect(second.stderr.contains("process \(first.pid)"))
        #expect(!host.exists("disk"))
        #expect(first.isRunning)
    }

    @Test func theFirstIsNotDisturbed() throws {
        let host = try SyncFixture()
        let version = try host.publishFull(seed: 1)
        let server = try ScriptedServer(serving: host.repository) { request in
            request.path == "/" + version.path
                ? ScriptedReply.file(in: host.repository, for: request).delayed(0.5) : nil
        }
        let first = try host.startSync(server.address)
        try #require(first.waits { !server.requests(for: "/" + version.path).isEmpty })
        #expect(try host.sync(host.fileServer, "--delete", "--adopt").stderr.contains("is being synced by"))
        #expect(first.wait() == 0)
        #expect(try host.digest() == version.sha256)
    }

    @Test func aKilledSyncLeavesNoLock() throws {
        let host = try SyncFixture()
        let (server, first) = try hanging(host)
        defer { withExtendedLifetime(server) {} }
        first.signal(SIGKILL)
        first.wait()
        try host.mustSync(host.fileServer)
        #expect(try host.digest() == sha256(host.repository + "/disk"))
    }

    @Test func anInterruptedSyncEndsAtOnceWithTheSignal() throws {
        let host = try SyncFixture()
        let (server, first) = try hanging(host)
        defer { withExtendedLifetime(server) {} }
        first.signal(SIGINT)
        #expect(first.waits(until: { !first.isRunning }, seconds: 30))
        #expect(first.wait() == 128 + SIGINT)
        #expect(!host.exists("disk"))
    }

    @Test func anotherCacheOfTheSameServerIsFree() throws {
        let host = try SyncFixture()
        let (server, first) = try hanging(host)
        defer { withExtendedLifetime(server) {} }
        let another = host.scratch.path("another")
        let result = try glare("sync", "-t", another, "-s", host.fileServer)
        #expect(result.status == 0)
        #expect(try sha256(another + "/disk") == sha256(host.repository + "/disk"))
        #expect(first.isRunning)
    }
}
