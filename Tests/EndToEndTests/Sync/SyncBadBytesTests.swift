import Foundation
import GlareTestSupport
import Testing

/// Servers that send something else than what was published: nothing of it is installed.
struct SyncBadBytesTests {
    private let page = ScriptedReply.text("<!DOCTYPE html><html><body>Please log in</body></html>", type: "text/html")

    /// A cache with the first version, a second version to fetch, and a server that answers the request
    /// for its file with what `fault` makes of the right answer.
    private func update(
        fault: @escaping @Sendable (ScriptedReply) -> ScriptedReply
    ) throws -> (host: SyncFixture, old: SyncFixture.Version, new: SyncFixture.Version, server: ScriptedServer) {
        let host = try SyncFixture()
        let old = try host.publish(seed: 1)
        try host.mustSync(host.fileServer)
        let new = try host.publish(seed: 2)
        let server = try ScriptedServer(serving: host.repository) { request in
            request.path == "/" + new.path ? fault(.file(in: host.repository, for: request)) : nil
        }
        return (host, old, new, server)
    }

    /// The sync fails with `status`, tells why, and leaves the cache as it was; a good server mends it.
    private func expectRefused(
        status: Int32, _ message: String, fault: @escaping @Sendable (ScriptedReply) -> ScriptedReply
    ) throws {
        let (host, old, new, server) = try update(fault: fault)
        let before = try host.facts("disk")
        let result = try host.sync(server.address, "--retries", "1")
        #expect(result.status == status)
        #expect(result.stderr.contains(message), "\(result.stderr)")
        #expect(try host.facts("disk") == before)
        #expect(try host.digest() == old.sha256)
        #expect(!host.exists(new.path))

        try host.mustSync(host.fileServer)
        #expect(try host.digest() == new.sha256)
    }

    // MARK: Images of a catalogue

    @Test func aWebPage() throws {
        try expectRefused(status: 65, "expected 262144 bytes, the server sends 54") { [page] _ in page }
    }

    @Test func aWebPageOfTheRightLength() throws {
        try expectRefused(status: 65, "the content is not the published one") { right in
            var reply = right
            reply.body = Array("<html>".utf8) + [UInt8](repeating: 0x20, count: right.body.count - 6)
            return reply
        }
    }

    @Test func oneWrongBit() throws {
        try expectRefused(status: 65, "the content is not the published one") { right in
            var reply = right
            reply.body[200_000] ^= 1
            return reply
        }
    }

    @Test func tooFewBytesAnnounced() throws {
        try expectRefused(status: 65, "expected 262144 bytes, the server sends 1000") { right in
            .whole(body: Array(right.body.prefix(1000)))
        }
    }

    @Test func tooManyBytesAnnounced() throws {
        try expectRefused(status: 65, "expected 262144 bytes, the server sends 262145") { right in
            .whole(body: right.body + [0])
        }
    }

    @Test func tooManyBytesWithoutALength() throws {
        try expectRefused(status: 65, "expected 262144 bytes") { right in
            ScriptedReply(body: right.body + [UInt8](repeating: 7, count: 5000), ending: .close)
        }
    }

    @Test func tooFewBytesWithoutALength() throws {
        try expectRefused(status: 69, "of 262144 bytes") { right in
            ScriptedReply(body: Array(right.body.prefix(100_000)), ending: .close)
        }
    }

    /// What tore the original's image: 10 MiB promised, 1 MiB sent, then 404.
    @Test func aPromiseThatIsBrokenAndThen404() throws {
        let (host, old, new, _) = try update { $0 }
        let server = try ScriptedServer(serving: host.repository) { request in
            guard request.path == "/" + new.path else { return nil }
            let right = ScriptedReply.file(in: host.repository, for: request)
            return request.earlier == 0 ? right.cut(after: 100_000) : .whole("404 Not Found")
        }
        #expect(try host.sync(server.address).status == 69)
        #expect(try host.digest() == old.sha256)
    }

    @Test func anEncodingThatNobodyAskedFor() throws {
        try expectRefused(status: 65, "comes encoded as 'gzip', though the plain bytes were asked for") { right in
            right.with("Content-Encoding", "gzip")
        }
    }

    @Test func aStatusWithoutContent() throws {
        try expectRefused(status: 69, "status 204") { _ in ScriptedReply("204 No Content") }
    }

    @Test func rightBytesWithoutALengthAreFine() throws {
        let (host, _, new, server) = try update { ScriptedReply(body: $0.body, ending: .close) }
        try host.mustSync(server.address)
        #expect(try host.digest() == new.sha256)
    }

    @Test func rightBytesInChunksAreFine() throws {
        let (host, _, new, server) = try update { right in
            let parts = [right.body[..<100_000], right.body[100_000...]]
            let chunks = parts.flatMap { Array("\(String($0.count, radix: 16))\r\n".utf8) + $0 + Array("\r\n".utf8) }
            return ScriptedReply(headers: ["Transfer-Encoding: chunked"], body: chunks + Array("0\r\n\r\n".utf8))
        }
        try host.mustSync(server.address)
        #expect(try host.digest() == new.sha256)
    }

    @Test func plainBytesAreAskedFor() throws {
        let (host, _, _, server) = try update { $0 }
        try host.mustSync(server.address)
        #expect(server.requests.allSatisfy { ["identity", nil].contains($0.header("Accept-Encoding")) })
    }
}
