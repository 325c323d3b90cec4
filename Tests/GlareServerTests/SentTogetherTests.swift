import Foundation
import GlareTestSupport
import Testing

@testable import GlareServer

/// Requests that come together are answered together: more than may wait, of all ways in which files are sent.
@Suite("Answers that are sent together")
struct SentTogetherTests {
    private let repository: ScratchRepository
    /// The bodies of the answers to `requests`, one after another.
    private let bodies: Data
    private let requests: String

    init() throws {
        let repository = try ScratchRepository()
        self.repository = repository
        let sizes = ["tiny": 100, "copied": 20 << 10, "sent": 40 << 10, "large": 700 << 10]
        let contents = try sizes.map { name, size in (name, try repository.writeRandom(size, to: name)) }
        let all = Array(repeating: contents, count: 12).joined()
        bodies = all.reduce(into: Data()) { $0 += $1.1 }
        requests =
            all.map { "GET /\($0.0) HTTP/1.1\r\nHost: x\r\n\r\n" }.joined()
            + "HEAD /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    }

    /// The content of answers that have a length; fails where one is no answer.
    private func contents(of answers: Data) throws -> Data {
        var rest = answers[...]
        var contents = Data()
        while !rest.isEmpty {
            let end = try #require(rest.firstRange(of: Data("\r\n\r\n".utf8)))
            let head = String(decoding: rest[..<end.lowerBound], as: UTF8.self)
            try #require(head.hasPrefix("HTTP/1.1 200 OK\r\n"))
            let field = try #require(head.firstMatch(of: /content-length: (\d+)/))
            let content = rest[end.upperBound...].prefix(Int(field.1) ?? 0)
            contents += content
            rest = rest[content.endIndex...]
        }
        return contents
    }

    @Test("come whole and in order")
    func inOrder() async throws {
        try await RunningServer.with(repository) { server in
            let (port, requests) = (server.port, requests)
            let answers = try await Thread.blocking {
                let connection = try RawConnection(port: port)
                try connection.send(requests)
                return try connection.receiveBytes()
            }
            #expect(try contents(of: answers) == bodies)
        }
    }

    @Test("and so they do over TLS", .enabled(if: Machine.has("openssl")))
    func overTLS() async throws {
        let files = try repository.makeCertificate()
        let asked = repository.scratchPath("requests")
        try requests.write(toFile: asked, atomically: true, encoding: .utf8)
        try await RunningServer.with(repository, repository.configuration(\.certificate, files)) { server in
            let port = server.port
            let got = repository.scratchPath("answers")
            _ = try await Thread.blocking {
                try mustRun(
                    "sh",
                    [
                        "-c",
                        "exec openssl s_client -quiet -connect 127.0.0.1:\(port) < '\(asked)' > '\(got)' 2>/dev/null",
                    ]
                )
            }
            #expect(try contents(of: Data(contentsOf: URL(fileURLWithPath: got))) == bodies)
        }
    }
}
