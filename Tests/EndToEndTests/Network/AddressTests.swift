import GlareTestSupport
import Testing

@Suite("Forms of a server's address", .enabled(if: Machine.has("nginx")))
struct AddressTests {
    private let host: SyncFixture
    private let version: SyncFixture.Version

    init() throws {
        host = try SyncFixture()
        version = try host.publish(seed: 1)
    }

    @Test(arguments: ["", "/", "//"])
    func ofIPv6(_ end: String) throws {
        let server = try Nginx(serving: host.repository, host: "[::1]")
        try host.mustSync(server.address + end)
        #expect(try host.digest() == version.sha256)
    }

    @Test func anIPv6HostIsAnExceptionFromProxiesToo() throws {
        let server = try Nginx(serving: host.repository, host: "[::1]")
        try host.mustSync(server.address, environment: ["http_proxy": "http://127.0.0.1:1", "no_proxy": "::1"])
    }

    @Test(arguments: ["/vm", "/vm/", "/deep/er/vm///"])
    func withAPath(_ path: String) throws {
        let aliases =
            "location /vm/ { alias \(host.repository)/; } location /deep/er/vm/ { alias \(host.repository)/; }"
        let server = try Nginx(serving: "/nonexistent", directives: aliases)
        try host.mustSync(server.address + path)
        #expect(try host.digest() == version.sha256)
        // The cache knows it again, however it is written.
        let requests = try server.requests { try host.mustSync(server.address + path + "/") }
        #expect(requests.map(\.status) == [304])
    }
}

@Suite("A rate that is limited", .enabled(if: Machine.has("nginx")))
struct LimitRateTests {
    @Test func isKept() throws {
        let host = try SyncFixture()
        let version = try host.publishFull(seed: 1, size: 3 << 20)
        let server = try Nginx(serving: host.repository)
        let start = ContinuousClock.now
        try host.mustSync(server.address, "--limit-rate", "1M")
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        #expect(try host.digest() == version.sha256)
        // What was saved up at the beginning, and the last wait, are a quarter of a second each. Nothing is
        // said of the longest: the machine may be busy.
        #expect(seconds > 2.3)
    }

    @Test func ofZeroIsNone() throws {
        let host = try SyncFixture()
        try host.publishFull(seed: 1, size: 3 << 20)
        let server = try Nginx(serving: host.repository)
        try host.mustSync(server.address, "--limit-rate", "0")
        #expect(try host.sync(server.address, "--limit-rate", "fast").status == 64)
    }
}
