import Foundation
import GlareTestSupport
import Testing

/// `glare list` and `glare log` of a server, on a host that trusts a key.
@Suite("What is told of a server, where a key is trusted")
struct TrustListTests {
    private let fixture: SignedFixture

    init() throws {
        fixture = try SignedFixture()
        try fixture.publish(seed: 1)
    }

    private func look(_ words: [String], at servers: [String], key: String? = nil) throws -> RunResult {
        let trusted = try fixture.publicKey(key ?? fixture.key)
        return try fixture.host.publisher.glare(
            words + servers.flatMap { ["-s", $0] }, environment: ["GLARE_TRUSTED_KEY": trusted])
    }

    private static let commands = [["list"], ["list", "disk", "--json"], ["log", "disk"], ["log", "disk", "--json"]]

    @Test(arguments: commands) func isWhatWasSigned(_ words: [String]) throws {
        let server = try ScriptedServer(serving: fixture.repository)
        let result = try look(words, at: [server.address])
        #expect(result.status == 0 && result.stdout.contains("disk") || words[0] == "log", "\(result.stderr)")
        #expect(server.requests.first?.path == "/images.json.minisig")
        #expect(result.stderr.contains("the server's word") == (words[0] == "log"), "\(result.stderr)")
        let option = try fixture.host.publisher.glare(
            words + ["-s", server.address, "--trusted-key", fixture.publicKey(fixture.key)])
        #expect(option.status == 0 && withoutAges(option.stdout) == withoutAges(result.stdout), "\(option.stderr)")
    }

    /// The second look at a table comes later than the first.
    private func withoutAges(_ table: String) -> String {
        table.replacingOccurrences(of: "[0-9]+ [a-z]+ ago", with: "ago", options: .regularExpression)
    }

    @Test(arguments: commands) func isRefusedElse(_ words: [String]) throws {
        func expectRefused(_ reason: String, _ server: String, key: String? = nil) throws {
            let result = try look(words, at: [server], key: key)
            #expect(result.status == 76 && result.stderr.contains("[\(reason)]"), "\(result.stderr)")
            #expect(result.stdout.isEmpty)
        }
        let other = fixture.host.scratch.path("other")
        try fixture.makeKey(other)
        try expectRefused("other-key", fixture.host.fileServer, key: other)
        let repository = fixture.repository
        let unsigned = try ScriptedServer(serving: repository) { request in
            request.path == "/images.json.minisig" ? .whole("404 Not Found") : nil
        }
        try expectRefused("unsigned", unsigned.address)
        // Another mirror may be better.
        #expect(try look(words, at: [unsigned.address, fixture.host.fileServer]).status == 0)
        let altered = try ScriptedServer(serving: repository) { request in
            guard request.path.hasPrefix("/catalogue/") else { return nil }
            var reply = ScriptedReply.file(in: repository, for: request)
            reply.body[reply.body.count / 2] ^= 1
            return reply
        }
        try expectRefused("altered", altered.address)
        // Without a key, it is taken as it comes; and so is a directory, which is its publisher's own.
        try FileManager.default.removeItem(atPath: fixture.signature)
        #expect(try fixture.host.publisher.glare(words + ["-s", fixture.host.fileServer]).status == 0)
        let directory = try fixture.host.publisher.glare(
            words + ["-d", repository], environment: ["GLARE_TRUSTED_KEY": try fixture.publicKey(fixture.key)])
        #expect(directory.status == 0, "\(directory.stderr)")
    }

    @Test func remembersNothing() throws {
        for words in Self.commands { #expect(try look(words, at: [fixture.host.fileServer]).status == 0) }
        #expect(!fixture.host.exists(""))
        try #require(try fixture.sync().status == 0)
        let memory = URL(fileURLWithPath: fixture.host.path(".glare/trust.json"))
        let before = try Data(contentsOf: memory)
        try fixture.publish(seed: 2)
        for words in Self.commands { #expect(try look(words, at: [fixture.host.fileServer]).status == 0) }
        #expect(try Data(contentsOf: memory) == before)
    }

    @Test func anImageThatTheCatalogueHasNotIsNone() throws {
        try "# [\(String(repeating: "0", count: 32))] - today\n## x\n".write(
            toFile: fixture.repository + "/forged.md", atomically: false, encoding: .utf8)
        #expect(try look(["log", "forged"], at: [fixture.host.fileServer]).status == 66)
    }
}
