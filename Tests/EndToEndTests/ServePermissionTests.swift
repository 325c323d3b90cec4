import Foundation
import GlareTestSupport
import Testing

/// `glare serve` as a user who may not read everything.
@Suite(.enabled(if: Machine.canBeOthers && Machine.has("curl"))) struct ServePermissionTests {
    @Test func whatIsNotPermittedIsForbiddenAndNotMissing() throws {
        let fixture = try PublisherFixture()
        try fixture.publish(seed: 1)
        try fixture.openForOthers()
        try "x".write(toFile: fixture.path("closed"), atomically: false, encoding: .utf8)
        chmod(fixture.path("closed"), 0)
        let port = try freePort()
        let server = try PublisherUser.nobody.start(
            fixture, ["serve", "-d", fixture.repository, "--port", String(port)])
        try #require(server.waits { server.stderr.contains("Serving ") })
        func status(_ path: String) throws -> String {
            let address = "http://127.0.0.1:\(port)/\(path)"
            return try mustRun("curl", ["-s", "-o", "/dev/null", "-w", "%{http_code}", address])
        }
        #expect(try status("closed") == "403")
        #expect(try status("missing") == "404")
        #expect(try status("images.txt") == "200")
        server.signal(SIGTERM)
        #expect(server.wait() == 0)
    }
}
