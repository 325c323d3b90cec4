import Foundation
import GlareTestSupport
import Testing

/// Catalogues, records and lists that are none.
struct SyncBadListTests {
    /// A cache with one version, and a server that answers for `path` with `reply`; nothing may change.
    private func expectNothingChanges(
        _ path: String, _ reply: ScriptedReply, status: Int32 = 65, _ message: String
    ) throws {
        let host = try SyncFixture()
        let old = try host.publish(seed: 1)
        try host.mustSync(host.fileServer)
        let before = try host.facts("disk")
        try host.publish(seed: 2)
        let server = try ScriptedServer(serving: host.repository) { $0.path.hasPrefix(path) ? reply : nil }
        let result = try host.sync(server.address, "--retries", "1", "--delete", "--adopt")
        #expect(result.status == status)
        #expect(result.stderr.contains(message), "\(result.stderr)")
        #expect(try host.facts("disk") == before)
        #expect(try host.digest() == old.sha256)
    }

    private let page = ScriptedReply.text("<!DOCTYPE html><html><body>It works!</body></html>", type: "text/html")

    @Test func aWebPageForTheCatalogue() throws {
        try expectNothingChanges("/images.json", page, "images.json")
    }

    @Test func aWebPageForARecord() throws {
        try expectNothingChanges("/catalogue/", page, "is not the record that the catalogue names")
    }

    @Test(arguments: [
        "{}", "[]", "null", "{\"format\":2}", "{\"format\":1}", "",
        "{\"format\":1,\"repository\":\"x\",\"serial\":1,\"created\":\"2026-01-01T00:00:00Z\",\"images\":[{\"name\":\"../../etc/passwd\"}]}",
    ])
    func aCatalogueThatIsNone(_ text: String) throws {
        try expectNothingChanges("/images.json", .text(text), "images.json")
    }

    @Test func aCatalogueThatIsTooLarge() throws {
        let reply = ScriptedReply.whole(body: [UInt8](repeating: 0x20, count: 17 << 20))
        try expectNothingChanges("/images.json", reply, "is larger than")
    }

    @Test func aCatalogueThatIsCut() throws {
        let reply = ScriptedReply.text("{\"format\":1,\"repository\":\"abc\"}").cut(after: 10)
        try expectNothingChanges("/images.json", reply, status: 69, "images.json")
    }

    @Test func aCatalogueThatIsForbidden() throws {
        try expectNothingChanges("/images.json", .whole("403 Forbidden"), status: 69, "status 403")
    }

    @Test func anEncodedCatalogue() throws {
        try expectNothingChanges(
            "/images.json", ScriptedReply.text("{}").with("Content-Encoding", "gzip"), "comes encoded as 'gzip'")
    }

    @Test func unchangedThoughNothingIsKnown() throws {
        let host = try SyncFixture()
        let server = try ScriptedServer { _ in ScriptedReply("304 Not Modified") }
        let result = try host.sync(server.address)
        #expect(result.status == 65)
        #expect(result.stderr.contains("is said to be unchanged, though it was not known"))
    }

    // MARK: Of the original

    private func syncList(_ reply: ScriptedReply) throws -> (SyncFixture, RunResult) {
        let host = try SyncFixture()
        let server = try ScriptedServer { $0.path == "/images.txt" ? reply : .whole("404 Not Found") }
        return (host, try host.sync(server.address))
    }

    @Test func aWebPageForTheList() throws {
        let (host, result) = try syncList(page)
        #expect(result.status == 65)
        #expect(result.stderr.contains("expected a list of image names, found a web page"))
        #expect(try host.archived() == [])
    }

    @Test func bytesThatAreNoTextForTheList() throws {
        let (_, result) = try syncList(.whole(body: [0x64, 0xFF, 0xFE, 0x0A]))
        #expect(result.status == 65)
        #expect(result.stderr.contains("found bytes that are no text"))
    }

    @Test func anEmptyListIsARepositoryWithoutImages() throws {
        let (_, result) = try syncList(.whole())
        #expect(result.status == 0)
        #expect(result.stdout.contains("0 images"))
    }

    // MARK: Images of the original

    private func refusedByName(_ fault: @escaping @Sendable (ScriptedRequest, ScriptedReply) -> ScriptedReply) throws
        -> RunResult
    {
        let (host, original) = try hostOfTheOriginal()
        let first = try host.publisher.image("first", seed: 1)
        try original.add(first, as: "disk")
        try host.mustSync("file://" + original.directory)
        try original.add(host.publisher.image("second", seed: 2), as: "disk")
        try original.removeChangelog(of: "disk")
        let server = try ScriptedServer(serving: original.directory) { request in
            request.path == "/disk" ? fault(request, .file(in: original.directory, for: request)) : nil
        }
        let result = try host.sync(server.address, "--retries", "1")
        #expect(try host.digest() == sha256(first))
        return result
    }

    @Test func aWebPageForAnImage() throws {
        let result = try refusedByName { [page] _, _ in page }
        #expect(result.status == 65)
        #expect(result.stderr.contains("glare: disk: "))
        #expect(result.stderr.contains("web page"))
    }

    @Test func aTextThatSaysItIsAnImage() throws {
        let result = try refusedByName { _, _ in .text("Sorry, we are closed", type: "application/octet-stream") }
        #expect(result.status == 65)
        #expect(result.stderr.contains("/disk: "))
    }

    @Test func anImageWithoutALength() throws {
        let result = try refusedByName { _, right in ScriptedReply(body: right.body, ending: .close) }
        #expect(result.status == 65)
        #expect(result.stderr.contains("expected a known length, the server sends an unknown number"))
    }

    @Test func anImageThatIsCutShort() throws {
        let result = try refusedByName { request, right in request.method == "GET" ? right.cut(after: 50_000) : right }
        #expect(result.status == 69)
        #expect(result.stderr.contains("of 262144 bytes"))
    }

    @Test func anEmptyImage() throws {
        let result = try refusedByName { _, _ in .whole() }
        #expect(result.status == 65)
    }

    @Test func anImageThatIsGone() throws {
        let result = try refusedByName { _, _ in .whole("404 Not Found") }
        #expect(result.status == 69)
        #expect(result.stderr.contains("/disk: not found on the server"))
    }
}
