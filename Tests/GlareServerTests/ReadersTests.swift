import Foundation
import GlareModel
import GlareTestSupport
import Testing

@testable import GlareServer

@Suite("Readers")
struct ReadersTests {
    let repository: ScratchRepository
    let path: String
    private let secret = "6f1c1a1e8f6e4c0f9d3b"

    init() throws {
        repository = try ScratchRepository()
        path = repository.scratchPath("readers")
        try write("# hosts of the first site\nsite1:\(digest(secret))\n\nsite2:\(digest("other"))\r\n")
    }

    private func digest(_ text: String) -> String { SHA256Digest(of: Array(text.utf8)).hex }

    private func write(_ text: String) throws { try text.write(toFile: path, atomically: true, encoding: .utf8) }

    private func basic(_ text: String) -> String { "Basic " + Data(text.utf8).base64EncodedString() }

    @Test("a secret is told by itself, or with its name")
    func allowed() throws {
        let readers = try Readers(path)
        #expect(readers.name(for: "Bearer \(secret)") == "site1")
        #expect(readers.name(for: "bearer   other") == "site2")
        #expect(readers.name(for: basic("site1:\(secret)")) == "site1")
        #expect(readers.name(for: basic("site2:other")) == "site2")
    }

    @Test("nothing else is")
    func refused() throws {
        let readers = try Readers(path)
        let offers = [
            nil, "", "Bearer", "Bearer ", "Bearer \(secret) ", "Bearer \(secret)x", "Bearer \(digest(secret))", secret,
            "Digest \(secret)", "Basic \(secret)", "Basic", "Basic !", basic(secret), basic("site2:\(secret)"),
            basic("site1:"), basic("Site1:\(secret)"), basic("site1:\(secret):"), "Bearer \(secret), Bearer \(secret)",
        ]
        for offer in offers { #expect(readers.name(for: offer) == nil, "\(offer ?? "nothing")") }
        try write("")
        try readers.reload()
        #expect(readers.name(for: "Bearer \(secret)") == nil, "nobody is named")
    }

    @Test("a file that is not as it should be is told with its line", arguments: ["x", "x:", ":00", "a:b:c", "a:00"])
    func malformed(line: String) throws {
        let readers = try Readers(path)
        try write("# comment\n\(line)\n")
        let error = try #require(throws: ServerError.self) { try readers.reload() }
        #expect("\(error)".contains("line 2"))
        #expect(readers.name(for: "Bearer \(secret)") == "site1", "what was read before holds on")
    }

    @Test("who is not known gets nothing, of whatever is asked", .enabled(if: Machine.has("curl")))
    func protected() async throws {
        try await RunningServer.with(repository, repository.configuration(\.readers, path)) { server in
            for target in ["/images.txt", "/missing", "/archive/\(repository.versionFile)", "/%zz"] {
                let reply = try await server.curl(target)
                #expect(reply.status == 401)
                #expect(reply.headers["www-authenticate"]?.contains("Basic realm=") == true)
                #expect(reply.headers["www-authenticate"]?.contains("Bearer realm=") == true)
                #expect(!reply.text.contains("debian"))
            }
            #expect(try await server.curl("/images.txt", "--user", "site1:\(secret)").text == "debian-12\n")
            let header = "Authorization: Bearer \(secret)"
            let version = try await server.curl("/archive/\(repository.versionFile)", "--header", header)
            #expect(version.text == "version one")
            #expect(version.headers["cache-control"] == "private, max-age=31536000, immutable")
            #expect(try await server.curl("/missing", "--header", header).status == 404)
            try write("site3:\(digest("third"))\n")
            server.reload()
            try await eventually { try await server.curl("/images.txt", "--header", header).status == 401 }
            #expect(try await server.curl("/images.txt", "--user", "site3:third").status == 200)
        }
    }
}
