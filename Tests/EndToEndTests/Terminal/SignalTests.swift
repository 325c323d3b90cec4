import Foundation
import GlareTestSupport
import Testing

@Suite("Signals")
struct SignalTests {
    private let host: SyncFixture
    private let version: SyncFixture.Version
    private let server: ScriptedServer

    init() throws {
        host = try SyncFixture()
        version = try host.publishFull(seed: 1)
        server = try host.slowServer(after: 2 << 20)
    }

    /// A sync in the middle of its download.
    private func syncing(prefix: [String] = []) throws -> RunningProcess {
        let words = prefix + [GlareBinary.path, "sync", "-t", host.target, "-s", server.address]
        let process = try RunningProcess(words[0], Array(words.dropFirst()), environment: GlareBinary.environment())
        let isUnderWay = process.waits { (try? host.facts(".glare/partial/disk.data").size) ?? 0 >= 1 << 20 }
        try #require(isUnderWay, "\(process.stderr)")
        return process
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func aSyncDiesByItAndWhatCameIsKept(_ number: Int32) throws {
        let process = try syncing()
        process.signal(number)
        #expect(process.wait() == 128 + number)
        #expect(try host.names(in: ".glare/tmp") == [])
        let kept = try Int(host.facts(".glare/partial/disk.data").size)
        #expect(kept >= 1 << 20)

        try host.releaseServer()
        try host.mustSync(server.address)
        #expect(try host.digest() == version.sha256)
        let starts = server.requests(for: "/" + version.path).map(\.rangeStart)
        #expect(starts.count == 2 && starts[0] == nil && starts[1] ?? 0 >= 1 << 20, "\(starts)")
    }

    @Test func oneThatNohupHasIgnoredIsIgnored() throws {
        let process = try syncing(prefix: ["nohup"])
        process.signal(SIGHUP)
        _ = process.waits(until: { false }, seconds: 0.5)
        try host.releaseServer()
        #expect(process.wait() == 0)
        #expect(try host.digest() == version.sha256)
    }

    @Test(.enabled(if: Machine.has("python3")))
    func atATerminalItIsSaidWhatBecomesOfTheRest() throws {
        let arguments = ["sync", "-t", host.target, "-s", server.address]
        let session = try Terminal.run(arguments, [.type("\u{3}", after: "iB/s")])
        #expect(session.status == 130)
        #expect(session.last.contains { $0.contains("what has arrived is kept") }, "\(session.last)")
        #expect(!session.last.joined().contains("fetching"), "\(session.last)")
    }

    /// Held up where the copy is done, and nothing is published: by somebody who has the lock.
    @Test(.enabled(if: Machine.has("flock")), arguments: [SIGINT, SIGTERM, SIGHUP])
    func anAddImageDiesByItAndLeavesNothing(_ number: Int32) throws {
        let image = try DiskImages.raw(at: host.scratch.path("images/new.img"), seed: 9)
        let lock = try RunningProcess("flock", [host.repository + "/.glare/lock", "sleep", "60"])
        defer {
            // The lock is its child's as well.
            _ = try? run("pkill", ["-P", "\(lock.pid)"])
            lock.signal(SIGKILL)
        }
        let catalogue = try host.publisher.text("images.json")
        let process = try RunningProcess(
            GlareBinary.path, ["add-image", "-i", image, "-m", "x", "-d", host.repository],
            environment: GlareBinary.environment())
        try #require(process.waits { process.stderr.contains("waiting for") }, "\(process.stderr)")
        let scratch = host.repository + "/.glare/tmp"
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch).count == 2)
        process.signal(number)
        #expect(process.wait() == 128 + number)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch) == [])
        #expect(try host.publisher.text("images.json") == catalogue)
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func aServerEndsWell(_ number: Int32) throws {
        let process = try RunningProcess(
            GlareBinary.path, ["serve", "-d", host.repository, "--port", "0"], environment: GlareBinary.environment())
        try #require(process.waits { process.stderr.contains("http://") })
        process.signal(number)
        #expect(process.wait() == 0)
    }

    @Test func aRandomDelayIsEndedByOne() throws {
        let process = try host.startSync(server.address, "--start-delay", "1000h", "--verbose")
        try #require(process.waits { process.stderr.contains("Starting in") })
        #expect(server.requests.isEmpty)
        process.signal(SIGTERM)
        #expect(process.wait() == 128 + SIGTERM)
    }
}

extension SyncFixture {
    /// A server of the repository, for tests that look at what is asked.
    var repositoryServer: ScriptedServer { get throws { try ScriptedServer(serving: repository) } }

    /// One that sends so much of each file at once, and the rest slowly until ``release`` is there.
    func slowServer(after start: Int) throws -> ScriptedServer {
        try ScriptedServer(
            serving: repository, brake: Brake(after: start, bytesPerSecond: 64 << 10, until: release))
    }

    var release: String { scratch.path("release") }
    func releaseServer() throws { try Data().write(to: URL(fileURLWithPath: release)) }
}
