import Foundation
import GlareTestSupport
import Testing

@Suite("sync --watch: goes on", .enabled(if: Machine.has("python3")))
struct WatchTests {
    private let host: HostFixture

    init() throws { host = try HostFixture() }

    /// A service manager's end of the socket: what it is told goes to a file, a message a line.
    private func manager() throws -> (RunningProcess, socket: String, log: String) {
        let (socket, log) = (host.disk("notify"), host.disk("log"))
        let program = """
            import socket, sys
            s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            s.bind(sys.argv[1])
            while True:
                text = s.recv(4096).decode().replace("\\n", " ")
                print(text, file=open(sys.argv[2], "a"), flush=True)
            """
        let process = try RunningProcess("python3", ["-c", program, socket, log])
        try #require(process.waits { FileManager.default.fileExists(atPath: socket) })
        return (process, socket, log)
    }

    private func start(_ options: String..., environment: [String: String] = [:]) throws -> RunningProcess {
        try RunningProcess(
            GlareBinary.path,
            ["sync", "--watch", "-t", host.target, "-s", host.sync.fileServer, "--retries", "0"] + options,
            environment: GlareBinary.environment(environment))
    }

    @Test func itBringsWhatIsPublishedAndOutlivesAServerThatIsAway() throws {
        let first = try host.sync.publish(seed: 1)
        let watcher = try start("--interval", "1s")
        #expect(watcher.waits { (try? host.sync.digest()) == first.sha256 })
        let second = try host.sync.publish(seed: 2)
        #expect(watcher.waits { (try? host.sync.digest()) == second.sha256 })
        let away = host.sync.repository + ".away"
        try FileManager.default.moveItem(atPath: host.sync.repository, toPath: away)
        #expect(watcher.waits { watcher.stderr.contains(host.sync.repository) })
        try FileManager.default.moveItem(atPath: away, toPath: host.sync.repository)
        let third = try host.sync.publish(seed: 3)
        #expect(watcher.waits { (try? host.sync.digest()) == third.sha256 })
        watcher.signal(SIGTERM)
        #expect(watcher.wait() == 128 + SIGTERM)
    }

    @Test func eachRoundWritesTheMetrics() throws {
        try host.sync.publish(seed: 1)
        let metrics = host.disk("glare.prom")
        let watcher = try start("--interval", "1s", "--metrics-file", metrics)
        let value = { (name: String) -> Double? in
            let lines = ((try? String(contentsOfFile: metrics, encoding: .utf8)) ?? "").split(separator: "\n")
            return lines.first { $0.hasPrefix(name) }.flatMap { Double($0.split(separator: " ").last ?? "") }
        }
        #expect(watcher.waits { value("glare_sync_last_success_timestamp_seconds") ?? 0 > 0 })
        let first = try #require(value("glare_sync_last_success_timestamp_seconds"))
        #expect(watcher.waits { value("glare_sync_last_success_timestamp_seconds") ?? 0 > first })
        watcher.signal(SIGTERM)
        watcher.wait()
    }

    @Test func aHangupHasItReadTheSettingsAgainAndTheManagerIsTold() throws {
        let (manager, socket, log) = try manager()
        let told = { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }
        try host.sync.publish("one", seed: 1)
        try host.sync.publish("two", seed: 2)
        let file = try host.sync.scratch.file("glare.conf", "ONLY=one\n")
        let watcher = try start(
            "--interval", "1h", environment: ["NOTIFY_SOCKET": socket, "GLARE_CONFIG_SYSTEM": file])
        #expect(watcher.waits { told().contains("STATUS=Waiting") })
        #expect(host.sync.exists("one") && !host.sync.exists("two"))
        #expect(told().hasPrefix("READY=1\nSTATUS=Syncing\n"))

        try host.sync.scratch.file("glare.conf", "JOBS=many\n")
        watcher.signal(SIGHUP)
        #expect(watcher.waits { watcher.stderr.contains("the settings stay as they were") })
        try host.sync.scratch.file("glare.conf", "")
        watcher.signal(SIGHUP)
        #expect(watcher.waits { host.sync.exists("two") })
        #expect(told().contains("RELOADING=1 MONOTONIC_USEC="))
        #expect(watcher.isRunning && manager.isRunning)
        watcher.signal(SIGTERM)
        watcher.wait()
    }

    /// The first sync may be a while off, and take a while.
    @Test func theManagerIsNotKeptWaiting() throws {
        let (manager, socket, log) = try manager()
        let told = { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }
        let delayed = try start("--start-delay", "1000h", environment: ["NOTIFY_SOCKET": socket])
        #expect(delayed.waits { told() == "READY=1\n" })
        delayed.signal(SIGHUP)
        #expect(delayed.waits { told().contains("RELOADING=1") && told().hasSuffix("READY=1\n") })
        #expect(!told().contains("STATUS=Syncing"))
        delayed.signal(SIGTERM)
        #expect(delayed.wait() == 128 + SIGTERM)

        try host.sync.publish("one", seed: 1)
        try host.sync.publish("two", seed: 2)
        let file = try host.sync.scratch.file("glare.conf", "ONLY=one\n")
        let hook = "until [ -e \(host.disk("go")) ]; do sleep 0.05; done"
        let watcher = try start(
            "--interval", "1h", "--on-update-time", "300s",
            environment: ["NOTIFY_SOCKET": socket, "GLARE_CONFIG_SYSTEM": file, "GLARE_ON_UPDATE": hook])
        #expect(watcher.waits { host.sync.exists("one") })
        try host.sync.scratch.file("glare.conf", "")
        watcher.signal(SIGHUP)
        #expect(watcher.waits { told().contains("RELOADING=1") && told().hasSuffix("READY=1\n") })
        #expect(!host.sync.exists("two") && manager.isRunning)
        // Then it syncs again at once.
        try host.sync.scratch.file("disks/go", "")
        #expect(watcher.waits { host.sync.exists("two") })
        watcher.signal(SIGTERM)
        watcher.wait()
    }

    @Test func whatIsWrongFromTheStartEndsIt() throws {
        #expect(try host.glare(["sync", "--watch", "-s", host.sync.fileServer]).status == 2)
        #expect(try host.glare(["sync", "--watch", "--dry-run", "-t", host.target]).status == 64)
        #expect(
            try host.glare(
                ["sync", "--watch", "-t", host.target, "-s", host.sync.fileServer, "--interval", "0"]).status == 64)
    }
}
