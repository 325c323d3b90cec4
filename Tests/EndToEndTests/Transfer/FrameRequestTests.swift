import Foundation
import GlareTestSupport
import Testing

@Suite("frames come in few requests, over several connections")
struct FrameRequestTests {
    let fixture: TransferFixture
    init() throws { fixture = try TransferFixture() }

    /// Ranges that were asked for of a file, in its order.
    private func ranges(_ server: ScriptedServer, _ path: String) throws -> [Range<Int>] {
        let size = try fixture.size(path)
        return server.requests(for: "/" + path).map { $0.range(in: size) ?? 0..<size }
            .sorted { $0.lowerBound < $1.lowerBound }
    }

    private func server() throws -> ScriptedServer {
        try ScriptedServer { [repository = fixture.repository] in .part(of: repository, for: $0) }
    }

    private func host(with disk: TextDisk) throws {
        try fixture.publish(disk)
        try fixture.sync(fixture.host.fileServer)
    }

    @Test("neighbours in one", arguments: ["1", "4"])
    func neighbours(_ connections: String) throws {
        try host(with: TextDisk())
        let new = try fixture.publish(TextDisk().changed(3, 4, 5, seed: 2), as: "disk", "--deltas", "0")
        let server = try server()
        try fixture.sync(server.address, "--connections", connections)
        let ranges = try ranges(server, fixture.file("zst", of: new))
        #expect(ranges.count == 1)
        #expect(ranges.reduce(0) { $0 + $1.count } > new.framesSize * 2 / 5)
        try fixture.expectCached(new)
    }

    @Test("what lies apart in one each", arguments: ["1", "4"])
    func apart(_ connections: String) throws {
        try host(with: TextDisk())
        let new = try fixture.publish(TextDisk().changed(1, 6, seed: 2), as: "disk", "--deltas", "0")
        let server = try server()
        try fixture.sync(server.address, "--connections", connections)
        let ranges = try ranges(server, fixture.file("zst", of: new))
        #expect(ranges.count == 2)
        #expect(ranges.reduce(0) { $0 + $1.count } < new.framesSize * 2 / 5)
        try fixture.expectCached(new)
    }

    @Test("all of an image once, and nothing twice", arguments: ["1", "4", "16"])
    func whole(_ connections: String) throws {
        let version = try fixture.publishNoise("disk")
        let server = try server()
        try fixture.sync(server.address, "--connections", connections)
        let ranges = try ranges(server, version.path)
        #expect(ranges.count == 4)
        #expect(ranges.first?.lowerBound == 0 && ranges.last?.upperBound == 16 << 20)
        #expect(zip(ranges, ranges.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
        try fixture.expectCached(version)
    }

    @Test("as many at a time as CONNECTIONS says", arguments: [1, 3])
    func atATime(_ connections: Int) throws {
        let version = try fixture.publishNoise("disk")
        let gauge = Gauge()
        let server = try ScriptedServer { [repository = fixture.repository] request in
            guard request.path == "/" + version.path else { return .part(of: repository, for: request) }
            return gauge.during {
                usleep(200_000)
                return .part(of: repository, for: request)
            }
        }
        try fixture.sync(server.address, "--connections", "\(connections)")
        #expect(gauge.most == connections)
        try fixture.expectCached(version)
    }

    // MARK: Servers without ranges

    /// `.file` knows no ranges with an end, and answers with all of it.
    @Test("a server without ranges gives all of the file once")
    func withoutRanges() throws {
        try host(with: TextDisk())
        let new = try fixture.publish(TextDisk().changed(1, 6, seed: 2), as: "disk", "--deltas", "0")
        let server = try ScriptedServer(serving: fixture.repository)
        let synced = try fixture.sync(server.address, "--connections", "1")
        #expect(synced.way == "frames")
        let requests = server.requests(for: "/" + (try fixture.file("zst", of: new)))
        #expect(requests.count == 2)
        #expect(requests.last?.header("Range") == nil)
        try fixture.expectCached(new)
    }

    @Test("python's server has none, and serves all the same", .enabled(if: Machine.has("python3")))
    func python() throws {
        let noise = try fixture.publishNoise()
        let text = try fixture.publish(TextDisk())
        let port = try freePort()
        let server = try RunningProcess(
            "python3", ["-m", "http.server", "--bind", "127.0.0.1", "-d", fixture.repository, "\(port)"])
        defer { stop(server) }
        let address = "http://127.0.0.1:\(port)"
        try #require(server.waits { (try? mustRun("curl", ["-s", "-o", "/dev/null", address])) != nil })
        try fixture.sync(address)
        try fixture.expectCached(noise)
        try fixture.expectCached(text)
        let new = try fixture.publish(TextDisk().changed(2, seed: 2))
        #expect(try fixture.sync(address).way == "delta")
        try fixture.expectCached(new)
    }
}

/// How many of something go on at a time.
private final class Gauge: @unchecked Sendable {
    private let lock = NSLock()
    private var now = 0
    private var highest = 0

    var most: Int { lock.withLock { highest } }

    func during<Result>(_ body: () throws -> Result) rethrows -> Result {
        lock.withLock {
            now += 1
            highest = max(highest, now)
        }
        defer { lock.withLock { now -= 1 } }
        return try body()
    }
}
