import Foundation
import GlareTestSupport
import Testing

/// Addresses that lead nowhere, and what is said of them.
@Suite("Addresses that can't be right")
struct OddAddressTests {
    private let host: SyncFixture
    init() throws { host = try SyncFixture() }

    @Test(arguments: ["65536", "99999", "0", "99999999999999999999", "12x"])
    func aPortThatThereIsNotIsTold(_ port: String) throws {
        for command in [["list"], ["log", "disk"], ["sync", "-t", host.target]] {
            for scheme in ["http", "https"] {
                let result = try host.publisher.glare(command + ["-s", "\(scheme)://127.0.0.1:\(port)/vm"])
                #expect(result.status == 64, "\(command) \(result.status)")
                #expect(result.stderr.contains("127.0.0.1:\(port)/vm"), "\(result.stderr)")
            }
        }
    }

    @Test func aProxyWithSuchAPortIsTold() throws {
        let result = try host.publisher.glare(
            ["list", "-s", "http://127.0.0.1:1/"], environment: ["http_proxy": "http://127.0.0.1:99999"])
        #expect(result.status == 64 && result.stderr.contains("http_proxy=http://127.0.0.1:99999"), "\(result.stderr)")
    }

    /// It must not end the process, nor keep the next mirror from being asked.
    @Test(arguments: ["http://127.0.0.1:70000/images.json", "http://127.0.0.1:0/", "http://:80/"])
    func aServerCanNotRedirectThere(_ location: String) throws {
        let version = try host.publish(seed: 1)
        let liar = try ScriptedServer { _ in
            ScriptedReply("302 Found", headers: ["Location: \(location)", "Content-Length: 0"])
        }
        let alone = try host.sync(liar.address, "--retries", "0")
        #expect([65, 69].contains(alone.status) && alone.stderr.contains("redirects to"), "\(alone.stderr)")
        try host.mustSync(liar.address, "-s", host.fileServer, "--retries", "0")
        #expect(try host.digest() == version.sha256)
    }

    @Test(arguments: [
        "http://bob:12/34@127.0.0.1/x", "http://bob:s3:c@r/et@127.0.0.1/x", "http://bob:12#34@127.0.0.1/",
        "http://bob:p w34@127.0.0.1/", "http://bob:12?34@[::1",
    ])
    func aPasswordThatWasMistypedIsNotShown(_ address: String) throws {
        let onLine = try host.sync(address)
        #expect(onLine.status == 64)
        let set = try host.publisher.glare(["sync", "-t", host.target], environment: ["GLARE_SERVER": address])
        #expect(set.status == 78, "a variable is configuration")
        let checked = try host.publisher.glare(["config", "--check"], environment: ["GLARE_SERVER": address])
        #expect(checked.status == 78)
        let shown = try host.publisher.glare(["config", "SERVER"], environment: ["GLARE_SERVER": address])
        for text in [set.stderr, checked.stderr, shown.stdout] {
            #expect(!text.contains("34") && !text.contains("et@") && !text.contains("p w"), "\(text)")
        }
        if !address.contains(" ") { #expect(!onLine.stderr.contains("34"), "\(onLine.stderr)") }
    }

    @Test func whereThereIsNoRepositoryTheStatusSaysSo() throws {
        let empty = try host.scratch.directory("empty")
        let server = try ScriptedServer(serving: empty)
        for address in [server.address, "file://" + empty] {
            let result = try host.sync(address)
            #expect(result.status == 66 && result.stderr.contains("is no repository"), "\(result.stderr)")
        }
    }

    @Test func aProxyThatIsAwayIsNamed() throws {
        try host.publish(seed: 1)
        let server = try host.repositoryServer
        let result = try host.publisher.glare(
            ["list", "-s", server.address], environment: ["http_proxy": "http://127.0.0.1:1"])
        #expect(result.status == 69)
        #expect(
            result.stderr.contains("through the proxy 127.0.0.1 port 1, which http_proxy names"), "\(result.stderr)")
    }

    @Test(.enabled(if: Machine.has("nginx"))) func aServerWithoutTLSIsToldInWords() throws {
        try host.publish(seed: 1)
        let server = try Nginx(serving: host.repository)
        let result = try host.publisher.glare(
            ["list", "-s", server.address.replacing("http://", with: "https://")])
        #expect(result.status == 69)
        #expect(result.stderr.contains("it does not speak TLS there; is it http://?"), "\(result.stderr)")
        #expect(!result.stderr.contains("BoringSSL") && !result.stderr.contains(".cc"), "\(result.stderr)")
    }

    @Test func aNameThatNobodyKnowsIsToldInWords() throws {
        let result = try host.publisher.glare(["list", "-s", "http://nobody.invalid/"])
        #expect(result.status == 69 && !result.stderr.contains("SocketAddressError"), "\(result.stderr)")
    }
}
