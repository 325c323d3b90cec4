import GlareTestSupport
import Testing

@Suite("Proxies of the environment", .enabled(if: Machine.has("tinyproxy") && Machine.has("nginx")))
struct ProxyTests {
    private let host: SyncFixture
    private let version: SyncFixture.Version

    init() throws {
        host = try SyncFixture()
        version = try host.publish(seed: 1)
    }

    @Test(arguments: ["http_proxy", "HTTP_PROXY", "all_proxy"])
    func plainRequestsGoThroughIt(_ variable: String) throws {
        let (server, proxy) = (try Nginx(serving: host.repository), try TinyProxy())
        try host.mustSync(server.address, environment: [variable: "http://\(proxy.authority)"])
        #expect(try host.digest() == version.sha256)
        #expect(proxy.requests.contains { $0.contains("GET \(server.address)/images.json") })
    }

    @Test func aSchemeMayBeLeftOut() throws {
        let (server, proxy) = (try Nginx(serving: host.repository), try TinyProxy())
        try host.mustSync(server.address, environment: ["http_proxy": proxy.authority])
        #expect(!proxy.requests.isEmpty)
    }

    @Test func tlsGoesThroughATunnel() throws {
        let authority = try PrivateAuthority()
        let server = try Nginx(serving: host.repository, as: authority.sign("server"))
        let proxy = try TinyProxy()
        try host.mustSync(
            server.address, "--ca-file", authority.certificate,
            environment: ["https_proxy": "http://\(proxy.authority)"])
        #expect(try host.digest() == version.sha256)
        #expect(proxy.requests.contains { $0.contains("CONNECT \(server.address.dropFirst("https://".count))") })
    }

    @Test(arguments: ["127.0.0.1", "127.0.0.0/8", "example.net, 127.0.0.1", "*"])
    func exceptionsGoStraight(_ exceptions: String) throws {
        let (server, proxy) = (try Nginx(serving: host.repository), try TinyProxy())
        try host.mustSync(
            server.address, environment: ["http_proxy": "http://\(proxy.authority)", "no_proxy": exceptions])
        #expect(proxy.requests.isEmpty)
    }

    @Test func itsPasswordIsSentAndNeverShown() throws {
        let (server, proxy) = (try Nginx(serving: host.repository), try TinyProxy(user: "me s3cret"))
        let result = try host.mustSync(
            server.address, "--verbose", environment: ["http_proxy": "http://me:s3cret@\(proxy.authority)"])
        #expect(!proxy.requests.isEmpty)
        #expect(!SyncFixture.said(result).contains("s3cret"))
        #expect(try !host.cacheHolds("s3cret"))
    }

    @Test func withoutItsPasswordTheMessageSaysWhatToDo() throws {
        let (server, proxy) = (try Nginx(serving: host.repository), try TinyProxy(user: "me s3cret"))
        let without = try host.sync(server.address, environment: ["http_proxy": "http://\(proxy.authority)"])
        #expect(without.status == 69)
        #expect(without.stderr.contains("status 407: the proxy wants a name and a password"), "\(without.stderr)")
        let wrong = try host.sync(server.address, environment: ["http_proxy": "http://me:wr0ng@\(proxy.authority)"])
        #expect(wrong.status == 69)
        #expect(!wrong.stderr.contains("wr0ng"), "\(wrong.stderr)")
    }

    @Test func oneThatIsNotThereIsTold() throws {
        let server = try Nginx(serving: host.repository)
        let result = try host.sync(
            server.address, "--retries", "0", environment: ["http_proxy": "http://127.0.0.1:\(try freePort())"])
        #expect(result.status == 69)
        #expect(result.stderr.contains("refused"), "\(result.stderr)")
    }

    @Test func oneOfAnotherKindIsRefusedBeforeAnythingIsAsked() throws {
        let server = try Nginx(serving: host.repository)
        let result = try host.sync(server.address, environment: ["http_proxy": "https://me:s3cret@127.0.0.1:1"])
        #expect(result.status == 64)
        #expect(result.stderr.contains("http_proxy=https://me:***@127.0.0.1:1: expected a proxy"), "\(result.stderr)")
    }
}
