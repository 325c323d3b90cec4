import Foundation
import GlareTestSupport
import Testing

/// What the settings of `glare serve` do, in the whole program.
@Suite(.enabled(if: Machine.has("curl"))) struct ServeSettingsTests {
    private let host: SyncFixture
    private let version: PublisherFixture.Version

    init() throws {
        host = try SyncFixture()
        version = try host.publisher.publish(seed: 1)
    }

    private func status(_ address: String, _ options: String...) throws -> String {
        try status(options + [address])
    }

    private func status(_ arguments: [String], as user: String? = nil) throws -> String {
        let credentials = user.map { ["--user", $0] } ?? []
        return try mustRun("curl", ["-s", "-o", "/dev/null", "-w", "%{http_code}"] + credentials + arguments)
    }

    @Test func hostsSyncFromIt() throws {
        let server = try ServeFixture(host.repository)
        try host.mustSync(server.address)
        #expect(try host.digest() == version.sha256)
        #expect(server.end() == 0)
    }

    @Test(.enabled(if: Machine.has("openssl")))
    func overTLSAndWithATokenAndReloadedBySIGHUP() throws {
        let authority = try PrivateAuthority()
        let signed = try authority.sign("server")
        func digest(_ secret: String) throws -> String { try sha256(host.scratch.file("secret", secret)) }
        let readers = try host.scratch.file("readers", "site1:\(digest("first-secret"))\n")
        let server = try ServeFixture(
            host.repository, ["--tls-cert", signed.certificate, "--tls-key", signed.key, "--readers", readers])
        #expect(server.address.hasPrefix("https://"))
        #expect(try host.sync(server.address, "--ca-file", authority.certificate, "--retries", "0").status != 0)
        try host.mustSync(
            server.address, "--ca-file", authority.certificate, "--header", "Authorization: Bearer first-secret")
        #expect(try host.digest() == version.sha256)

        _ = try host.scratch.file("readers", "site2:\(digest("second-secret"))\n")
        server.process.signal(SIGHUP)
        let curl = ["--cacert", authority.certificate, server.address + "/images.txt"]
        #expect(server.process.waits { (try? self.status(curl, as: "site2:second-secret")) == "200" })
        #expect(try status(curl, as: "site1:first-secret") == "401")
        #expect(server.end() == 0)
    }

    @Test func severalAddressesAndMetrics() throws {
        let socket = host.scratch.path("serve.socket")
        let server = try ServeFixture(
            host.repository,
            ["--listen", "127.0.0.1:0", "--listen", "unix:\(socket)", "--admin-listen", "127.0.0.1:0"])
        #expect(server.process.waits { server.process.stderr.contains("Metrics at ") })
        #expect(try status("http://here/images.txt", "--unix-socket", socket) == "200")
        #expect(try status(server.address + "/images.txt") == "200")
        #expect(try status(server.address + "/metrics") == "404")
        #expect(try mustRun("curl", ["-s", server.admin + "/healthz"]) == "ok\n")
        let metrics = try mustRun("curl", ["-s", server.admin + "/metrics"])
        #expect(metrics.contains("\nglare_images 1\n") && metrics.contains("\nglare_versions 1\n"))
        #expect(metrics.contains("\nglare_http_requests_total{class=\"2xx\"} 2\n"))
        #expect(server.end() == 0)
        #expect(!FileManager.default.fileExists(atPath: socket))
    }

    @Test func theAccessLogAsJSONAndNotAtAll() throws {
        let server = try ServeFixture(host.repository, ["--access-log", "json"])
        _ = try status(server.address + "/images.txt?a=\"b\"", "-A", "test \"1\"")
        #expect(server.end() == 0)
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(server.process.stdout.utf8)) as? [String: Any])
        #expect(object["status"] as? Int == 200)
        #expect(object["user_agent"] as? String == "test \"1\"")
        #expect(object["remote_address"] as? String == "127.0.0.1")
        let silent = try ServeFixture(host.repository, ["--access-log", "off"])
        #expect(try status(silent.address + "/images.txt") == "200")
        #expect(silent.end() == 0)
        #expect(silent.process.stdout == "")
    }

    @Test func settingsThatCantBeUsedAreTold() throws {
        let text = try host.scratch.file("text", "no certificate\n")
        let cases: [([String], Int32, String)] = [
            (["--listen", "8080"], 64, "HOST:PORT"), (["--listen", "unix:relative"], 64, "unix:/PATH"),
            (["--tls-key", text], 64, "TLS_CERT"), (["--tls-cert", text], 78, text),
            (["--readers", text], 78, "line 1"),
            (["--max-connections", "0"], 64, "at least 1"), (["--access-log", "xml"], 64, "combined, json or off"),
        ]
        for (options, status, expected) in cases {
            let result = try host.publisher.glare(["serve", "-d", host.repository, "--port", "0"] + options)
            #expect(result.status == status, "\(options): \(result.stderr)")
            #expect(result.stderr.contains(expected), "\(result.stderr)")
        }
    }

    @Test func aLimitOfOpenFilesThatIsTooLowIsTold() throws {
        func limited(_ number: Int) -> [String] {
            [
                "-c", "ulimit -n \(number) && exec \"$0\" \"$@\"", GlareBinary.path, "serve", "-d", host.repository,
                "--listen", "127.0.0.1:0",
            ]
        }
        let refused = try run("sh", limited(150), environment: GlareBinary.environment())
        #expect(refused.status == 69)
        #expect(refused.stderr.contains("expected at least 160, found 150"), "\(refused.stderr)")
        let server = try RunningProcess("sh", limited(200), environment: GlareBinary.environment())
        #expect(server.waits { server.stderr.contains("has room for 36") && server.stderr.contains(" at http") })
        server.signal(SIGTERM)
        #expect(server.wait() == 0)
    }

    /// systemd's own program for trying it out.
    @Test(.enabled(if: Machine.has("systemd-socket-activate")))
    func socketsThatTheServiceManagerOpened() throws {
        let (port, adminPort) = (try freePort(), try freePort())
        let process = try RunningProcess(
            "systemd-socket-activate",
            [
                "-l", "127.0.0.1:\(port)", "-l", "127.0.0.1:\(adminPort)", "--fdname=files:admin", GlareBinary.path,
                "serve",
                "-d", host.repository,
            ], environment: GlareBinary.environment())
        try #require(process.waits { process.stderr.contains("Listening on") })
        // The first connection starts it.
        #expect(try mustRun("curl", ["-s", "http://127.0.0.1:\(port)/images.txt"]) == "disk\n")
        #expect(try mustRun("curl", ["-s", "http://127.0.0.1:\(adminPort)/healthz"]) == "ok\n")
        #expect(process.stderr.contains("at http://127.0.0.1:\(port)/"), "\(process.stderr)")
        process.signal(SIGTERM)
        #expect(process.wait() == 0)
    }
}
