import GlareTestSupport
import Testing

@Suite("TLS with an authority of one's own", .enabled(if: Machine.has("openssl") && Machine.has("nginx")))
struct TLSTests {
    private let host: SyncFixture
    private let version: SyncFixture.Version
    private let authority: PrivateAuthority

    init() throws {
        host = try SyncFixture()
        version = try host.publish(seed: 1)
        authority = try PrivateAuthority()
    }

    @Test func anAuthorityThatIsNamedIsTrusted() throws {
        let server = try Nginx(serving: host.repository, as: authority.sign("server"))
        try host.mustSync(server.address, "--ca-file", authority.certificate)
        #expect(try host.digest() == version.sha256)
        // Although the server would speak HTTP/2.
        #expect(server.accessLog.contains { $0.contains("GET /images.json HTTP/1.1") })
    }

    @Test func listAndLogTrustItToo() throws {
        let server = try Nginx(serving: host.repository, as: authority.sign("server"))
        for command in [["list"], ["log", "disk"]] {
            let options = ["-s", server.address, "--ca-file", authority.certificate]
            let result = try run(GlareBinary.path, command + options, environment: GlareBinary.environment())
            #expect(result.status == 0 && result.stdout.contains(version.id.prefix(12)), "\(result.stderr)")
        }
    }

    @Test func anotherIsNotAndTheMessageNamesTheOption() throws {
        let server = try Nginx(serving: host.repository, as: authority.sign("server"))
        let stranger = try PrivateAuthority()
        for options in [[], ["--ca-file", stranger.certificate]] {
            let result = try host.publisher.glare(
                ["sync", "-t", host.target, "-s", server.address, "--retries", "0"] + options)
            #expect(result.status == 69)
            #expect(result.stderr.contains("--ca-file"), "\(result.stderr)")
        }
        #expect(!host.exists("disk"))
        withExtendedLifetime(stranger) {}
    }

    @Test func oneThatIsOutOfDateIsRefused() throws {
        let server = try Nginx(serving: host.repository, as: authority.sign("server", days: -1))
        let result = try host.sync(server.address, "--ca-file", authority.certificate, "--retries", "0")
        #expect(result.status == 69)
        #expect(result.stderr.contains("out of date"), "\(result.stderr)")
    }

    @Test func oneForAnotherHostIsRefused() throws {
        let server = try Nginx(serving: host.repository, as: authority.sign("server", host: "DNS:images.example.net"))
        let result = try host.sync(server.address, "--ca-file", authority.certificate, "--retries", "0")
        #expect(result.status == 69)
        #expect(result.stderr.contains("another host name"), "\(result.stderr)")
    }

    @Test func aServerThatWantsACertificateGetsIt() throws {
        let server = try Nginx(
            serving: host.repository, as: authority.sign("server"),
            directives: "ssl_client_certificate \(authority.certificate); ssl_verify_client on;")
        let client = try authority.sign("client")
        let without = try host.sync(server.address, "--ca-file", authority.certificate, "--retries", "0")
        #expect(without.status == 69)

        try host.mustSync(
            server.address, "--ca-file", authority.certificate, "--client-cert", client.certificate, "--client-key",
            client.key)
        #expect(try host.digest() == version.sha256)

        let both = try host.scratch.file(
            "both.pem", mustRun("cat", [client.certificate, client.key]))
        try host.mustSync(server.address, "--ca-file", authority.certificate, "--client-cert", both)
    }

    @Test func filesThatCanNotBeUsedAreToldBeforeAnythingIsAsked() throws {
        let server = try Nginx(serving: host.repository)
        let (client, other) = (try authority.sign("client"), try authority.sign("other"))
        let nonsense = try host.scratch.file("nonsense.pem", "nonsense\n")
        let cases: [([String], Int32, String)] = [
            (["--ca-file", "/nonexistent/ca.pem"], 66, "/nonexistent/ca.pem"),
            (["--ca-file", nonsense], 65, "\(nonsense): expected certificates in PEM"),
            (["--client-cert", nonsense], 65, "\(nonsense): expected certificates in PEM"),
            (["--client-cert", client.certificate], 65, "expected the private key"),
            (["--client-cert", client.certificate, "--client-key", other.key], 65, "expected the private key"),
            (["--client-key", client.key], 64, "a key without a certificate"),
        ]
        for (options, status, message) in cases {
            let result = try host.publisher.glare(["sync", "-t", host.target, "-s", server.address] + options)
            #expect(result.status == status, "\(options) \(result.stderr)")
            #expect(result.stderr.contains(message), "\(result.stderr)")
        }
        #expect(server.accessLog.filter { $0.contains("images") }.isEmpty)
    }
}
