import Foundation
import GlareTestSupport
import Testing

@Suite("a sync by frames that is killed loses a frame per connection at most")
struct InterruptedFramesTests {
    private static let frame = 1 << 20
    let fixture: TransferFixture
    /// Of noise, so that its frames are as large as they are in the image.
    let version: TransferFixture.Published

    init() throws {
        fixture = try TransferFixture()
        version = try fixture.publishNoise("disk")
    }

    @Test("after three kills the fourth run fetches only the rest", arguments: [1, 4])
    func threeKills(_ connections: Int) throws {
        let server = try StallingServer(fixture.repository, path: version.path)
        // A frame and a half for each request: half a frame is lost each time.
        server.send(Self.frame * 3 / 2)
        var whole = 0
        for run in 1...3 {
            let requests = min(connections, run == 1 ? 4 : connections)
            try fixture.kill(syncingFrom: server.address, ["--connections", "\(connections)"]) {
                fixture.partialBytes >= whole + requests * Self.frame
            }
            whole += requests * Self.frame
            #expect(!fixture.host.exists("disk"))
        }
        let before = server.bytesSent
        server.send(nil)
        let synced = try fixture.sync(server.address, "--connections", "\(connections)")

        try fixture.expectCached(version)
        #expect(server.bytesSent - before == version.size - whole)
        #expect(synced["disk"]?.fetched == version.size - whole)
        #expect(server.bytesSent <= version.size + 3 * connections * Self.frame)
    }

    @Test("at any moment, from a real server that logs it", .enabled(if: TransferSource.areHere))
    func anyMoment() throws {
        let server = try Nginx(serving: fixture.repository, options: "sndbuf=32k")
        let answers = try server.requests {
            for delay: UInt32 in [350_000, 200_000, 500_000] {
                try fixture.kill(syncingFrom: server.address, ["--limit-rate", "6M"]) {
                    usleep(delay)
                    return true
                }
            }
            try fixture.sync(server.address)
        }
        try fixture.expectCached(version)
        let bytes = answers.filter { $0.path == "/" + version.path }.bytes
        // What stood in sockets' buffers was sent, and never read: 1 MiB each is more than there is.
        #expect(bytes >= version.size)
        #expect(bytes <= version.size + 3 * 4 * (Self.frame + Self.frame), "\(bytes) bytes of \(version.size)")
    }

    @Test("what stands in the partial file and is wrong comes again")
    func damagedPartial() throws {
        let server = try StallingServer(fixture.repository, path: version.path)
        server.send(Self.frame * 3 / 2)
        try fixture.kill(syncingFrom: server.address) { fixture.partialBytes >= 4 * Self.frame }
        try fixture.flipBits(fixture.host.partial(), at: 500_000)
        server.send(nil)
        let synced = try fixture.sync(server.address)
        try fixture.expectCached(version)
        #expect(synced["disk"]?.fetched == version.size - 3 * Self.frame)
    }

    @Test("a newer version meanwhile: what it has in common is kept")
    func newerVersion() throws {
        let old = try fixture.publish(TextDisk())
        let server = try StallingServer(fixture.repository, path: try fixture.file("zst", of: old))
        server.send(old.framesSize / 2)
        try fixture.kill(syncingFrom: server.address) { fixture.partialBytes >= 3 << 20 }
        let new = try fixture.publish(TextDisk().changed(6, seed: 2), as: "disk", "--deltas", "0")
        let synced = try fixture.sync(server.address)
        try fixture.expectCached(new)
        #expect(try #require(synced["disk"]?.fetched) < new.framesSize * 3 / 4)
    }

    @Test("a killed update leaves the old image under its name")
    func update() throws {
        try fixture.sync(fixture.host.fileServer)
        let new = try fixture.publishNoise("disk", seed: 2)
        let server = try StallingServer(fixture.repository, path: new.path)
        server.send(Self.frame * 3 / 2)
        try fixture.kill(syncingFrom: server.address) { !server.requests.isEmpty && fixture.partialBytes > 0 }
        #expect(try fixture.host.digest() == version.sha256)
        server.send(nil)
        try fixture.sync(server.address)
        try fixture.expectCached(new)
    }

    @Test("a connection that breaks off is gone on with in the same run")
    func brokenConnection() throws {
        let server = try ScriptedServer { [repository = fixture.repository, version] request in
            let reply = ScriptedReply.part(of: repository, for: request)
            let isFirst = request.path == "/" + version.path && request.earlier < 3
            return isFirst ? reply.cut(after: Self.frame * 5 / 2) : reply
        }
        let synced = try fixture.sync([server.address], ["--retries", "9"])
        try fixture.expectCached(version)
        #expect(synced.way == "frames")
        // Each cut loses the frame that had begun, and of a busy client what its socket still holds; begun anew,
        // it would be all two and a half.
        #expect(server.bytesSent <= version.size + 3 * 2 * Self.frame + 10_000)
    }
}
