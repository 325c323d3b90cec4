import Foundation
import GlareTestSupport
import Testing

/// Faults that were found once, and must not come back.
@Suite("Terminals, shells and words that are out of the ordinary")
struct UnusualTerminalTests {
    private let host: SyncFixture
    init() throws { host = try SyncFixture() }

    @Test(arguments: [["list"], ["list", "--json"], ["config"]])
    func dataThatCanNotBeWrittenIsAFailure(_ arguments: [String]) throws {
        try host.publish(seed: 1)
        let place = arguments[0] == "list" ? ["-d", host.repository] : []
        let words = ["-c", "exec \"$0\" \"$@\" >/dev/full", GlareBinary.path] + arguments + place
        let result = try run("sh", words, environment: GlareBinary.environment())
        #expect([73, 74].contains(result.status))
        #expect(result.stderr.contains("No space left on device"))
    }

    @Test(.enabled(if: Machine.has("curl"))) func aSecondSignalEndsAServerAtOnce() throws {
        let version = try host.publishFull(seed: 1, size: 32 << 20)
        let server = try RunningProcess(
            GlareBinary.path, ["serve", "-d", host.repository, "--port", "0"], environment: GlareBinary.environment())
        try #require(server.waits(until: { server.stderr.contains("http://") }))
        let address = try #require(server.stderr.components(separatedBy: " at ").last).trimmingCharacters(in: .newlines)
        let file = host.scratch.path("download")
        let client = try RunningProcess("curl", ["-s", "--limit-rate", "100K", "-o", file, address + version.path])
        try #require(
            client.waits(until: { (try? PublisherFixture.Facts(file).size) ?? 0 > 0 }), "\(address)")
        server.signal(SIGINT)
        _ = server.waits(until: { false }, seconds: 0.5)
        try #require(server.isRunning && client.isRunning)
        server.signal(SIGINT)
        #expect(server.waits(until: { !server.isRunning }, seconds: 30))
    }

    @Test(.enabled(if: Machine.has("python3"))) func aSignalEndsASyncWhoseTerminalIsHeldUp() throws {
        try host.publishFull(seed: 1)
        let server = try host.slowServer(after: 1 << 20)
        let result = try run(
            "python3",
            [
                "-c", Terminal.untilARateIsShown + Self.holdUp, GlareBinary.path, "sync", "-t", host.target, "-s",
                server.address,
            ],
            environment: GlareBinary.environment(["TERM": "xterm"]))
        #expect(result.stdout == "\(SIGTERM)\n")
    }

    /// Ctrl+S amid the bars, then SIGTERM; tells by which signal the program ended, long before its work would.
    private static let holdUp = """
        import signal, time
        os.write(terminal, b'\\x13')
        time.sleep(0.5)
        os.kill(pid, signal.SIGTERM)
        end, ended, status = time.monotonic() + 15, 0, 0
        while not ended and time.monotonic() < end:
            ended, status = os.waitpid(pid, os.WNOHANG)
            time.sleep(0.02)
        if not ended:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        print(os.WTERMSIG(status) if ended else 'not ended')
        """

    @Test(.enabled(if: Machine.has("python3"))) func aSyncInTheBackgroundLeavesTheTerminalAlone() throws {
        try host.publishFull(seed: 1, size: 2 << 20)
        let server = try host.repositoryServer
        let command =
            "'\(GlareBinary.path)' sync -t '\(host.target)' -s \(server.address) --limit-rate 1M & wait"
        let result = try run(
            "python3", ["-c", Self.inBackground, command],
            environment: GlareBinary.environment(["TERM": "xterm", "LANG": "C"]))
        #expect(result.stdout.contains("disk: new"), "\(result.stdout)")
        #expect(!result.stdout.contains("fetching"))
    }

    /// All that a shell with job control and its jobs write on a terminal.
    private static let inBackground = """
        import os, pty, sys
        pid, terminal = pty.fork()
        if pid == 0:
            os.execvp('bash', ['bash', '-m', '-c', sys.argv[1]])
        while True:
            try: piece = os.read(terminal, 65536)
            except OSError: break
            if not piece: break
            sys.stdout.write(piece.decode())
        os.waitpid(pid, 0)
        """

    @Test func completionKnowsTheHomeDirectory() throws {
        try host.publish(seed: 1)
        let scripts = try host.scratch.directory("scripts")
        try mustRun(GlareBinary.path, ["generate", "--completions", scripts])
        let script = """
            source "$0/glare.bash"
            COMP_WORDS=(glare list -d '~/repository' '') COMP_CWORD=4
            COMP_LINE=${COMP_WORDS[*]} COMP_POINT=${#COMP_LINE}
            _glare glare '' '~/repository'
            printf '%s\\n' "${COMPREPLY[@]}"
            """
        let bin = try host.scratch.directory("bin")
        try FileManager.default.createSymbolicLink(atPath: "\(bin)/glare", withDestinationPath: GlareBinary.path)
        let path = "\(bin):\(ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")"
        let result = try run(
            "bash", ["-c", script, scripts],
            environment: GlareBinary.environment(["HOME": host.scratch.url.path, "PATH": path]))
        #expect(result.stderr.isEmpty, "\(result.stderr)")
        #expect(result.stdout == "disk\n")
    }

    @Test(arguments: [
        ("HEADER", "X-Token s3cr:et"), ("SERVER", "https://me:s3/cr@h/"), ("SERVER", "https://me:s3cr?x@h/"),
    ])
    func whatIsMistypedHidesItsPasswordToo(key: String, value: String) throws {
        let environment = ["GLARE_\(key)": value]
        let shown = try host.publisher.glare(["config", key], environment: environment)
        #expect(shown.status == 0 && !shown.stdout.contains("s3"), "\(shown.stdout)")
    }

    @Test func aCheckFindsTheHeaderThatNoCommandTakes() throws {
        let environment = ["GLARE_HEADER": "X-Token abc: 1"]
        let refused = try host.publisher.glare(["list", "-s", "http://127.0.0.1:1"], environment: environment)
        #expect(refused.status == 78)
        let checked = try host.publisher.glare(["config", "--check"], environment: environment)
        #expect(checked.status == 78)
    }

    @Test func oneValueOfAFileThatIsWrongIsNotGivenSilently() throws {
        let file = try host.scratch.file("glare.conf", "DIRECTORY=/srv/my images\n")
        let result = try host.publisher.glare(["config", "DIRECTORY"], environment: ["GLARE_CONFIG_SYSTEM": file])
        #expect(result.status == 78 && result.stderr.contains("line 1"))
    }

    @Test func aNumberOfVersionsHasNoSecondSign() throws {
        try host.publish(seed: 1)
        try host.publish(seed: 2)
        let result = try host.publisher.glare(["list", "disk@-+1", "-d", host.repository])
        #expect(result.status == 64)
    }

    @Test func aUsageErrorShowsTheUsageOfItsCommand() throws {
        let result = try host.publisher.glare(["list", "-d", "/a", "-s", "http://h/"])
        #expect(result.status == 64)
        #expect(result.stderr.contains("Usage: glare list"), "\(result.stderr)")
    }
}
