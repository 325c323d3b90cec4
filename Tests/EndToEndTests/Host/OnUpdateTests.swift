import Foundation
import GlareTestSupport
import Testing

@Suite("ON_UPDATE: a command after an update")
struct OnUpdateTests {
    private static let examples =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/../../../docs/examples"
    private let host: HostFixture

    init() throws { host = try HostFixture() }

    private func sync(_ command: String, _ options: String..., environment: [String: String] = [:]) throws -> RunResult
    {
        try host.glare(
            ["sync", "-t", host.target, "-s", host.sync.fileServer] + options,
            environment: environment.merging(["GLARE_ON_UPDATE": command]) { $1 })
    }

    private func text(_ name: String) -> String {
        (try? String(contentsOfFile: host.disk(name), encoding: .utf8)) ?? ""
    }

    @Test func itIsToldWhatChangedAndRunsOnlyThen() throws {
        let log =
            "echo \"$IMAGE_NAME|$IMAGE_VERSION|$IMAGE_PREVIOUS|$IMAGE_PATH|$IMAGE_VERSION_PATH\" >>\(host.disk("log"))"
        let first = try host.sync.publish(seed: 1)
        #expect(try sync(log, "--dry-run").status == 0)
        #expect(text("log") == "")
        #expect(try sync(log).status == 0)
        #expect(text("log") == "disk|\(first.id)||\(host.target)/disk|\(host.sync.path(first.path))\n")
        #expect(try sync(log).status == 0)
        let second = try host.sync.publish(seed: 2)
        try host.sync.publish("other", seed: 3)
        #expect(try sync(log).status == 0)
        let lines = text("log").split(separator: "\n")
        #expect(lines.count == 3 && lines[1].hasPrefix("disk|\(second.id)|\(first.id)|"))
        #expect(lines.last?.hasPrefix("other|") == true)
    }

    @Test func itsFailureIsToldAndTheUpdateStays() throws {
        let version = try host.sync.publish(seed: 1)
        let result = try sync("echo out; echo err >&2; exit 3", "--json")
        #expect(result.status == 0)
        #expect(result.stderr.contains("disk: ON_UPDATE failed with status 3; the image is updated all the same"))
        // What it says does not come between the JSON.
        #expect(result.stderr.contains("out\nerr\n"))
        #expect(try JSONSerialization.jsonObject(with: Data(result.stdout.utf8)) is [String: Any])
        #expect(try host.sync.digest() == version.sha256)
    }

    @Test func oneThatDoesNotEndIsEndedWithItsChildren() throws {
        try host.sync.publish(seed: 1)
        let pid = host.disk("pid")
        let result = try sync("sh -c 'echo $$ >\(pid); exec sleep 600' & wait", "--on-update-time", "1s")
        #expect(
            result.status == 0 && result.stderr.contains("was ended, for it took more than 1 s"), "\(result.stderr)")
        let child = try #require(Int32(text("pid").trimmingCharacters(in: .whitespacesAndNewlines)))
        #expect(Processes.ends(child))
    }

    @Test func itEndsWithTheSync() throws {
        try host.sync.publish(seed: 1)
        let command = "echo $$ >\(host.disk("pid")); sleep 600"
        let sync = try RunningProcess(
            GlareBinary.path, ["sync", "-t", host.target, "-s", host.sync.fileServer, "--on-update-time", "300s"],
            environment: GlareBinary.environment(["GLARE_ON_UPDATE": command]))
        #expect(sync.waits { text("pid").hasSuffix("\n") })
        sync.signal(SIGTERM)
        #expect(sync.wait() == 128 + SIGTERM && !sync.stderr.contains("ON_UPDATE"), "\(sync.stderr)")
        #expect(Processes.ends(try #require(Int32(text("pid").dropLast()))))
    }

    /// What it leaves in the background ends with it; and what got away does not have the caller's pipe.
    @Test func whoTakesWhatIsSaidIsNotHeldUp() throws {
        try host.sync.publish(seed: 1)
        let command =
            "sleep 600 & cd \(host.disks); mkfifo up; setsid -f sh -c 'echo $$ >up; exec sleep 300'; cat up >pid; echo done"
        let start = ContinuousClock.now
        let said = try mustRun(
            "sh",
            [
                "-c", "GLARE_ON_UPDATE=\"$0\" \"$1\" sync -t \"$2\" -s \"$3\" 2>&1 | cat", command, GlareBinary.path,
                host.target, host.sync.fileServer,
            ])
        #expect(said.contains("done\n") && ContinuousClock.now - start < .seconds(200), "\(said)")
        kill(try #require(Int32(text("pid").dropLast())), SIGKILL)
    }

    /// Who has our standard error and does not read it: a pipe holds 64 KiB.
    @Test(.timeLimit(.minutes(3))) func itIsEndedInTimeAlsoWhereNobodyTakesWhatItSays() throws {
        try host.sync.publish(seed: 1)
        try mustRun("mkfifo", [host.disk("fifo")])
        let reader = open(host.disk("fifo"), O_RDWR | O_NONBLOCK | O_CLOEXEC)
        defer { close(reader) }
        let command = "echo $$ >\(host.disk("pid")); exec head -c 300000 /dev/zero"
        let sync = try RunningProcess(
            "sh",
            [
                "-c", "exec \"$0\" sync -t \"$1\" -s \"$2\" --on-update-time 1s 2>\"$3\"", GlareBinary.path,
                host.target,
                host.sync.fileServer, host.disk("fifo"),
            ], environment: GlareBinary.environment(["GLARE_ON_UPDATE": command]))
        try #require(sync.waits { text("pid").hasSuffix("\n") })
        #expect(Processes.ends(try #require(Int32(text("pid").dropLast()))))
        var said: [UInt8] = []
        let hasEnded = sync.waits {
            var buffer = [UInt8](repeating: 0, count: 65536)
            while case let count = read(reader, &buffer, buffer.count), count > 0 { said += buffer[..<count] }
            return !sync.isRunning
        }
        #expect(hasEnded && sync.wait() == 0)
        #expect(said.count < 300_000 && said.contains(0))
    }

    @Test func itRunsAlsoWhereTheSyncFailsInTheEnd() throws {
        try host.history(1...1)
        _ = try host.sync.scratch.directory("cache/.glare/uses/lock")
        let version = try host.sync.publish(seed: 2)
        let result = try sync("echo \"$IMAGE_VERSION\" >\(host.disk("log"))")
        #expect(result.status == 73 && result.stderr.contains(".glare/uses/lock: cannot open"), "\(result.stderr)")
        #expect(text("log") == version.id + "\n" && result.stdout.contains("disk: updated"))
        #expect(!result.stdout.contains("failed"))
    }

    /// Of two images one is gone, and the server does not answer the question what came in its place.
    @Test func itRunsAlsoWhereTheCatalogueIsNotToBeHadAgain() throws {
        let version = try host.sync.publish(seed: 1)
        let gone = try host.sync.publish("gone", seed: 2)
        let server = try ScriptedServer(serving: host.sync.repository) { request in
            switch request.path {
            case "/" + gone.path: .whole("404 Not Found")
            case "/images.json" where request.earlier > 0: .whole("503 Service Unavailable")
            default: nil
            }
        }
        let result = try host.glare(
            ["sync", "-t", host.target, "-s", server.address, "--retries", "0", "--json"],
            environment: ["GLARE_ON_UPDATE": "echo \"$IMAGE_VERSION\" >\(host.disk("log"))"])
        #expect(result.status != 0 && text("log") == version.id + "\n", "\(result.stderr)")
        struct Report: Decodable {
            struct Image: Decodable { let name, outcome: String }
            let images: [Image]
            let unfinished: String?
        }
        let report = try JSONDecoder().decode(Report.self, from: Data(result.stdout.utf8))
        #expect(report.images.map(\.outcome) == ["new", "failed"])
        #expect(report.unfinished?.contains("status 503") == true)
    }

    /// Nobody waits for it with the cache's lock.
    @Test func meanwhileTheCacheIsFree() throws {
        try host.sync.publish(seed: 1)
        let again = "\(GlareBinary.path) prune -t \(host.target)"
        let result = try sync(again)
        #expect(result.status == 0 && !result.stderr.contains("ON_UPDATE"), "\(result.stderr)")
    }

    @Test func theExampleForLibvirtRefreshesItsPool() throws {
        try host.sync.publish(seed: 1)
        let bin = try host.sync.scratch.directory("fake")
        try host.sync.scratch.script("echo \"$*\" >\"\(host.disk("virsh"))\"", at: "\(bin)/virsh")
        let result = try sync(
            "\(Self.examples)/on-update-libvirt", environment: ["PATH": bin + ":/usr/bin:/bin", "POOL": "images"])
        #expect(result.status == 0 && !result.stderr.contains("ON_UPDATE"), "\(result.stderr)")
        #expect(text("virsh") == "--quiet --connect qemu:///system pool-refresh images\n")
    }

    @Test(.enabled(if: Machine.has("curl") && Machine.has("python3")))
    func theExampleForAChatSendsAMessage() throws {
        let version = try host.sync.publish(seed: 1)
        // Takes one message, and writes down what it was.
        let program = """
            import http.server, sys
            class Chat(http.server.BaseHTTPRequestHandler):
                def do_POST(self):
                    body = self.rfile.read(int(self.headers["Content-Length"]))
                    open(sys.argv[1] + ".new", "wb").write(body)
                    __import__("os").rename(sys.argv[1] + ".new", sys.argv[1])
                    self.send_response(200)
                    self.end_headers()
            server = http.server.HTTPServer(("127.0.0.1", 0), Chat)
            print(server.server_port, flush=True)
            server.serve_forever()
            """
        let chat = try RunningProcess("python3", ["-c", program, host.disk("message")])
        try #require(chat.waits { chat.stdout.contains("\n") })
        let port = chat.stdout.trimmingCharacters(in: .whitespacesAndNewlines)
        let result = try sync("WEBHOOK=http://127.0.0.1:\(port)/hook \(Self.examples)/on-update-webhook")
        #expect(result.status == 0 && !result.stderr.contains("ON_UPDATE"), "\(result.stderr)")
        struct Message: Decodable { let text: String }
        let message = try JSONDecoder().decode(Message.self, from: Data(text("message").utf8)).text
        #expect(message.hasSuffix("disk is at version \(version.id) now"))
    }
}
