import Foundation
import GlareTestSupport
import Testing

/// What clients cost that take nothing of what they asked for.
@Suite(.enabled(if: Machine.has("curl") && Machine.has("openssl"))) struct ServeMemoryTests {
    @Test func ofClientsThatTakeNothingOverTLS() throws {
        let host = try SyncFixture()
        let image = try FileHandle(forWritingTo: URL(fileURLWithPath: host.scratch.file("repository/large", "")))
        // More than the kernel takes for a client that does not read.
        try image.truncate(atOffset: 256 << 20)
        let authority = try PrivateAuthority()
        let signed = try authority.sign("server")
        let server = try ServeFixture(
            host.repository, ["--tls-cert", signed.certificate, "--tls-key", signed.key])
        let clients = 40
        func peak() throws -> Int {
            let status = try String(contentsOfFile: "/proc/\(server.process.pid)/status", encoding: .utf8)
            let line = try #require(status.firstMatch(of: /VmHWM:\s+(\d+) kB/))
            return try #require(Int(line.1)) << 10
        }
        let before = try peak()
        let client = try RunningProcess(
            "curl",
            ["-s", "--parallel", "--parallel-immediate", "--parallel-max", "\(clients)", "--limit-rate", "1K"]
                + ["--cacert", authority.certificate, "-o", "/dev/null", "\(server.address)/large?[1-\(clients)]"])
        // All are served, and none is sent more.
        var (last, quiet) = (0, 0)
        while quiet < 10 {
            usleep(200_000)
            let now = try peak()
            quiet = now == last && now > before + clients << 16 ? quiet + 1 : 0
            last = now
            try #require(client.isRunning)
        }
        client.signal(SIGKILL)
        // 200 KiB; with all of a connection's answer in one write 520.
        #expect((last - before) / clients < 320 << 10, "bytes for each connection")
    }
}
