import Foundation
import GlareTestSupport
import Testing

@Suite("a delta that was fetched in part is resumed by a range")
struct InterruptedTransferTests {
    let fixture: TransferFixture
    let old, new: TransferFixture.Published
    let delta: String
    let size: Int

    init() throws {
        fixture = try TransferFixture()
        old = try fixture.publish(TextDisk())
        try fixture.sync(fixture.host.fileServer)
        new = try fixture.publish(TextDisk().changed(1, 2, 3, 4, 5, 6, seed: 2))
        delta = try fixture.file("delta", of: new)
        size = try fixture.size(delta)
    }

    /// Kills a sync that has a part of the delta, which is all that the server sends of it.
    private func interrupt(_ server: StallingServer, at position: Int) throws {
        server.send(position - fixture.partialDeltaBytes)
        try fixture.kill(syncingFrom: server.address) { fixture.partialDeltaBytes >= position }
        #expect(try fixture.host.digest() == old.sha256)
    }

    @Test("after three kills the fourth run fetches only the rest")
    func threeKills() throws {
        let server = try StallingServer(fixture.repository, path: delta)
        for part in 1...3 { try interrupt(server, at: size * part / 4) }
        server.send(nil)
        let synced = try fixture.sync(server.address)

        try fixture.expectCached(new)
        #expect(synced.way == "delta")
        #expect(server.bytesSent == size)
        let starts = server.requests.map { $0.range(in: size)?.lowerBound ?? 0 }
        #expect(starts == [0, size / 4, size / 2, size * 3 / 4])
        #expect(synced["disk"]?.fetched == size - size * 3 / 4)
    }

    @Test("at any moment, from a real server that logs it", .enabled(if: TransferSource.areHere))
    func anyMoment() throws {
        let server = try Nginx(serving: fixture.repository, options: "sndbuf=32k")
        let answers = try server.requests {
            var before = -1
            for _ in 1...3 {
                try fixture.kill(syncingFrom: server.address, ["--limit-rate", "400K"]) {
                    fixture.partialDeltaBytes > before + 64 << 10
                }
                before = fixture.partialDeltaBytes
            }
            try fixture.sync(server.address)
        }
        try fixture.expectCached(new)
        let ours = answers.filter { $0.path == "/" + delta }
        #expect(ours.last?.status == 206)
        #expect(try #require(ours.last).bytes < size - (128 << 10))
    }

    @Test("a part that was damaged is fetched again, and told nobody as wrong")
    func damagedPart() throws {
        let server = try StallingServer(fixture.repository, path: delta)
        try interrupt(server, at: size / 2)
        try fixture.flipBits(fixture.host.path(".glare/partial/disk.delta"), at: size / 4)
        server.send(nil)
        let synced = try fixture.sync(server.address)
        #expect(synced.way == "delta")
        try fixture.expectCached(new)
        #expect(server.bytesSent <= size * 2)
    }

    @Test("a part of a delta that nobody offers any more is forgotten")
    func newerVersion() throws {
        let server = try StallingServer(fixture.repository, path: delta)
        try interrupt(server, at: size / 2)
        let third = try fixture.publish(TextDisk().changed(1, 2, 3, 4, 5, 6, seed: 3))
        server.send(nil)
        let synced = try fixture.sync(server.address)
        #expect(synced.way == "delta")
        try fixture.expectCached(third)
    }

    @Test("a connection that breaks off is gone on with in the same run")
    func brokenConnection() throws {
        let server = try ScriptedServer { [repository = fixture.repository, delta] request in
            let reply = ScriptedReply.part(of: repository, for: request)
            return request.path == "/" + delta && request.earlier == 0 ? reply.cut(after: 300_000) : reply
        }
        let synced = try fixture.sync(server.address)
        #expect(synced.way == "delta")
        try fixture.expectCached(new)
        let requests = server.requests(for: "/" + delta)
        #expect(requests.count == 2)
        #expect(try #require(requests.last?.range(in: size)).lowerBound > 0)
    }
}
