import Foundation
import GlareTestSupport
import Testing

@Suite("a server that sends its hosts elsewhere", .enabled(if: Machine.has("python3")))
struct HostileRedirectTests {
    static let scenarios =
        HostileScenario.everywhere("to a file", status: HostileScenario.refused) { _ in
            .whole("302 Found", "Location: file:///etc/passwd")
        }
        + HostileScenario.everywhere("in a circle", status: HostileScenario.refused) {
            .whole("302 Found", "Location: \($0.request.path)")
        }
        + HostileScenario.everywhere("to a bystander, at the sixth step", status: HostileScenario.refused) {
            let step = $0.request.earlier + 1
            return .whole("302 Found", "Location: \(step % 6 == 0 ? $0.bystander : "")\($0.request.path)")
        }
        + ["ftp://127.0.0.1/x", "http://", "gopher:x", "//", "", "http:///x", "http://127.0.0.1:0/"].map { location in
            HostileScenario("to '\(location)'", .catalogue, 65) { _ in .whole("302 Found", "Location: \(location)") }
        }

    @Test("nowhere else is asked, and nothing changes", arguments: scenarios)
    func isNotFollowed(_ scenario: HostileScenario) throws {
        let fixture = try HostileFixture(scenario.part)
        try fixture.sync(fixture.server(scenario.tell), status: scenario.status)
    }

    @Test("neither a header nor a password follows to another host", arguments: HostilePart.allCases)
    func secretsStayHome(_ part: HostilePart) throws {
        let fixture = try HostileFixture(part)
        let root = fixture.content.directory
        let elsewhere = try ScriptedServer { .part(of: root, for: $0) }
        let address = elsewhere.address
        let server = try fixture.server { .whole("302 Found", "Location: \(address)\($0.request.path)") }
        let netrc = try fixture.host.scratch.file("netrc", "default login me password s3cret\n")
        try fixture.sync(server, ["--header", "X-Secret: s3cret", "--netrc", netrc], status: 0)
        #expect(!elsewhere.requests.isEmpty)
        #expect(elsewhere.requests.allSatisfy { $0.header("X-Secret") == nil && $0.header("Authorization") == nil })
        #expect(server.requests.allSatisfy { $0.header("X-Secret") != nil && $0.header("Authorization") != nil })
    }

    @Test("from https nothing leads to http", .enabled(if: Machine.has("openssl") && Machine.has("nginx")))
    func neverToPlainHTTP() throws {
        let fixture = try HostileFixture(.catalogue)
        let authority = try PrivateAuthority()
        let server = try Nginx(
            serving: fixture.content.directory, as: authority.sign("server"),
            directives: "location = /images.json { return 302 \(fixture.bystander.address)/images.json; }")
        let outcome = try fixture.sync(at: server.address, ["--ca-file", authority.certificate], status: 65)
        #expect(outcome.result.stderr.contains("which is not followed"), "\(outcome.result.stderr)")
    }
}
