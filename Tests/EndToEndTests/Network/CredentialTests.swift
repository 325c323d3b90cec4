import Foundation
import GlareTestSupport
import Testing

@Suite("Names and passwords for servers", .enabled(if: Machine.has("nginx") && Machine.has("openssl")))
struct CredentialTests {
    private let host: SyncFixture
    private let version: SyncFixture.Version
    private let server: Nginx
    private let netrc: String

    init() throws {
        host = try SyncFixture()
        version = try host.publish(seed: 1)
        let hash = try mustRun("openssl", ["passwd", "-apr1", "s3cret@"]).dropLast()
        let users = try host.scratch.file("users", "me:\(hash)\n")
        server = try Nginx(
            serving: host.repository, directives: "auth_basic images; auth_basic_user_file \(users);")
        netrc = try host.scratch.file(".netrc", "machine 127.0.0.1 login me password s3cret@\n")
    }

    private func address(_ userInfo: String) -> String {
        server.address.replacingOccurrences(of: "http://", with: "http://\(userInfo)@")
    }

    @Test func thoseInTheAddressAreSentAndNeverShown() throws {
        for mode in ["--verbose", "--json"] {
            let result = try host.mustSync(address("me:s3cret%40"), mode)
            #expect(!SyncFixture.said(result).contains("s3cret"), "\(SyncFixture.said(result))")
        }
        #expect(try host.digest() == version.sha256)
        #expect(try !host.cacheHolds("s3cret"))
    }

    @Test func wrongOnesAreToldWithoutThem() throws {
        let result = try host.sync(address("me:wr0ng"))
        #expect(result.status == 69)
        #expect(result.stderr.contains("status 401: it wants a name and a password"), "\(result.stderr)")
        #expect(!SyncFixture.said(result).contains("wr0ng"))
    }

    @Test func anAddressThatIsNoneShowsNoPassword() throws {
        let result = try host.sync("ftp://me:s3cret@127.0.0.1/")
        #expect(result.status == 64)
        #expect(!SyncFixture.said(result).contains("s3cret"))
    }

    @Test func theUsersNetrcIsRead() throws {
        try host.mustSync(server.address, environment: ["HOME": host.scratch.url.path])
        #expect(try host.digest() == version.sha256)
    }

    @Test func anotherNetrcMayBeNamedAndMustBeThere() throws {
        try host.mustSync(server.address, "--netrc", netrc)
        try host.mustSync(server.address, environment: ["GLARE_NETRC": netrc])
        let result = try host.sync(server.address, "--netrc", "/nonexistent/netrc")
        #expect(result.status == 66)
        #expect(result.stderr.contains("/nonexistent/netrc"))
    }

    @Test func theAddressIsStrongerAndAHeaderStrongest() throws {
        let wrong = try host.scratch.file("wrong", "machine 127.0.0.1 login me password wr0ng\n")
        try host.mustSync(address("me:s3cret%40"), "--netrc", wrong)
        // "me:s3cret@"
        try host.mustSync(address("me:wr0ng"), "--header", "Authorization: Basic bWU6czNjcmV0QA==")
    }

    @Test func aNameAloneFindsItsPasswordInNetrc() throws {
        let two = try host.scratch.file(
            "two", "machine 127.0.0.1 login you password wr0ng\nmachine 127.0.0.1 login me password s3cret@\n")
        try host.mustSync(address("me"), "--netrc", two)
    }

    @Test func theyGoToNoOtherServer() throws {
        let repository = host.repository
        let other = try ScriptedServer(serving: repository)
        let elsewhere = other.address
        let redirecting = try ScriptedServer { request in
            .whole("302 Found", "Location: \(elsewhere)\(request.path)")
        }
        let named = redirecting.address.replacingOccurrences(of: "http://", with: "http://me:s3cret@")
        let all = try host.scratch.file("all", "default login me password s3cret\n")
        try host.mustSync(named, "--header", "X-Token: t0ken", "--netrc", all)
        let first = try #require(redirecting.requests.first)
        #expect(first.header("Authorization") != nil && first.header("X-Token") == "t0ken")
        #expect(other.requests.allSatisfy { $0.header("Authorization") == nil && $0.header("X-Token") == nil })
        #expect(!other.requests.isEmpty)
    }
}

@Suite("Headers of the user's", .enabled(if: Machine.has("nginx")))
struct HeaderTests {
    private let host: SyncFixture
    private let server: Nginx

    init() throws {
        host = try SyncFixture()
        try host.publish(seed: 1)
        server = try Nginx(
            serving: host.repository, directives: "if ($http_x_token != \"a: b\") { return 403; }")
    }

    @Test func aServerThatWantsOneGetsIt() throws {
        let without = try host.sync(server.address)
        #expect(without.status == 69)
        #expect(without.stderr.contains("status 403: it refuses us"), "\(without.stderr)")
        try host.mustSync(server.address, "--header", "X-Token: a: b")
        let listed = try glare("list", "-s", server.address, "--header", "X-Token: a: b")
        #expect(listed.status == 0)
    }

    @Test func aFileOfThemKeepsThemOffTheCommandLine() throws {
        let file = try host.scratch.file("headers", "# for images\n\nX-Other: 1\nX-Token: a: b\n")
        try host.mustSync(server.address, "--header", "@\(file)")
        try host.mustSync(server.address, environment: ["GLARE_HEADER": "@\(file)"])
    }

    @Test(arguments: ["X-Token", "X Token: 1", ": 1", "Range: bytes=0-1", "Host: elsewhere"])
    func whatIsNoneIsRefused(_ header: String) throws {
        #expect(try host.sync(server.address, "--header", header).status == 64)
    }
}
