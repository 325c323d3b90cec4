import Foundation
import GlareTestSupport
import Testing

/// A server whose output goes into a pipe from which nobody takes anything serves on, and ends when it is asked to.
@Suite(.enabled(if: Machine.has("curl"))) struct UnreadLogTests {
    private let host: SyncFixture
    private let readers: String
    private let pipe: UnreadPipe

    init() throws {
        host = try SyncFixture()
        _ = try host.publisher.publish(seed: 1)
        readers = try host.scratch.file("readers", "site:\(sha256(host.scratch.file("secret", "a secret")))\n")
        pipe = try UnreadPipe(host.scratch.path("pipe"))
    }

    /// - Parameter output: Which of the shell's numbers is the pipe.
    private func serve(_ output: Int) throws -> RunningProcess {
        try RunningProcess(
            "sh",
            [
                "-c", "exec \"$0\" \"$@\" \(output)>'\(pipe.path)'", GlareBinary.path, "serve", "-d", host.repository,
                "--listen", "127.0.0.1:0", "--readers", readers,
            ], environment: GlareBinary.environment())
    }

    private func address(in told: String) throws -> String {
        try #require(told.firstMatch(of: /http:\/\/127\.0\.0\.1:\d+\//)).output.description
    }

    private func answers(_ address: String) throws -> Bool {
        let arguments = ["-s", "--max-time", "60", "--user", "site:a secret", address + "images.txt"]
        return try mustRun("curl", arguments) == "disk\n"
    }

    /// SIGTERM once; it gives the log two seconds.
    private func ends(_ server: RunningProcess) -> Bool {
        server.signal(SIGTERM)
        return server.waits(until: { !server.isRunning }) && server.wait() == 0
    }

    @Test func theAccessLog() throws {
        let server = try serve(1)
        try #require(server.waits { server.stderr.contains("\n") || !server.isRunning })
        let address = try address(in: server.stderr)
        let query = String(repeating: "a", count: 1000)
        try mustRun("curl", ["-s", "-o", "/dev/null", "\(address)images.txt?[1-300]-\(query)"])
        #expect(try answers(address))
        #expect(ends(server))
        #expect(server.stderr.contains("lines of the access log were lost"), "\(server.stderr)")
    }

    @Test func theErrors() throws {
        let server = try serve(2)
        try #require(server.waits { pipe.take().contains("\n") || !server.isRunning })
        let address = try address(in: pipe.taken)
        pipe.fill()
        _ = try host.scratch.file("readers", "broken\n")
        server.signal(SIGHUP)
        #expect(try answers(address))
        #expect(ends(server))
    }
}

/// A pipe with a name, which is full when it is filled, and which nobody empties.
private final class UnreadPipe {
    let path: String
    private let descriptor: Int32
    /// All that was taken out of it.
    private(set) var taken = ""

    init(_ path: String) throws {
        self.path = path
        try #require(mkfifo(path, 0o600) == 0)
        // Both ends, so that nobody waits for the other to open it.
        descriptor = open(path, O_RDWR | O_NONBLOCK)
        try #require(descriptor >= 0)
    }

    deinit { close(descriptor) }

    /// Takes what is in it now; answers all that was taken so far.
    func take() -> String {
        var piece = [UInt8](repeating: 0, count: 4096)
        while case let count = read(descriptor, &piece, piece.count), count > 0 {
            taken += String(decoding: piece[..<count], as: UTF8.self)
        }
        return taken
    }

    func fill() {
        let byte = [UInt8](repeating: UInt8(ascii: "x"), count: 1)
        while write(descriptor, byte, 1) == 1 {}
    }
}
