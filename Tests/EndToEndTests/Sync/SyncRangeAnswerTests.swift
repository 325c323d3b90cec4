import Foundation
import GlareTestSupport
import Testing

/// Servers that answer the request for the rest of a file with something else.
struct SyncRangeAnswerTests {
    /// A server that cuts its first answer at 2 MB, and answers the request for the rest as `second` says.
    private func server(
        _ host: SyncFixture, _ version: SyncFixture.Version,
        second: @escaping @Sendable (ScriptedRequest, ScriptedReply) -> ScriptedReply
    ) throws -> ScriptedServer {
        try ScriptedServer(serving: host.repository) { request in
            guard request.path == "/" + version.path else { return nil }
            let right = ScriptedReply.file(in: host.repository, for: request)
            switch request.earlier {
            case 0: return right.cut(after: 2_000_000)
            case 1: return second(request, right)
            default: return nil
            }
        }
    }

    @Test func anotherFileIsFetchedFromTheStart() throws {
        let host = try SyncFixture()
        let version = try host.publishFull(seed: 1)
        let server = try server(host, version) { _, _ in
            // As If-Range asks: the file is not the one that the range is of.
            let data = FileManager.default.contents(atPath: host.repository + "/" + version.path)
            return .whole("200 OK", "ETag: \"another\"", body: data.map { [UInt8]($0) } ?? [])
        }
        try host.mustSync(server.address)
        #expect(try host.digest() == version.sha256)
        #expect(server.requests(for: "/" + version.path).count == 2)
    }

    @Test func theOriginalsNameWithNewContentIsFetchedFromTheStart() throws {
        let (host, original) = try hostOfTheOriginal()
        let images = try (1...2).map {
            try DiskImages.raw(at: host.scratch.path("images/\($0)"), seed: UInt64($0), size: 4 << 20, data: 4 << 20)
        }
        try original.add(images[0], as: "disk")
        let server = try ScriptedServer(serving: original.directory) { request in
            guard request.path == "/disk", request.method == "GET", request.earlier == 0 else { return nil }
            let old = ScriptedReply.file(in: original.directory, for: request)
            try? original.add(images[1], as: "disk")
            return old.cut(after: 2_000_000)
        }
        try host.mustSync(server.address)
        #expect(try host.digest() == sha256(images[1]))
        #expect(server.requests(for: "/disk").contains { $0.rangeStart != nil && $0.header("If-Range") != nil })
    }

    @Test(arguments: [
        "bytes 0-END/SIZE", "bytes BEFORE-END/SIZE", "bytes START-END/9999999", "bytes START-END/*", "bytes",
    ])
    func anotherRangeIsRefused(_ template: String) throws {
        let host = try SyncFixture()
        let old = try host.publishFull(seed: 7)
        try host.mustSync(host.fileServer)
        let version = try host.publishFull(seed: 1)
        let server = try server(host, version) { request, right in
            right.with("Content-Range", filled(template, from: request.rangeStart ?? 0))
        }
        let result = try host.sync(server.address)
        let start = try #require(server.requests(for: "/" + version.path).last?.rangeStart)
        #expect(result.status == 65)
        #expect(
            result.stderr.contains(
                "asked for \(filled("bytes START-END/SIZE", from: start)), the server sent \(filled(template, from: start))"
            ))
        #expect(try host.digest() == old.sha256)
    }

    @Test func noContentRangeIsRefused() throws {
        let host = try SyncFixture()
        let version = try host.publishFull(seed: 1)
        let server = try server(host, version) { _, right in right.with("Content-Range", nil) }
        let result = try host.sync(server.address)
        #expect(result.status == 65)
        #expect(result.stderr.contains("no Content-Range"))
        #expect(!host.exists("disk"))
    }

    /// A part of another file that says it is of this one: only the digest tells.
    @Test func otherBytesInTheRightRangeAreNotInstalled() throws {
        let host = try SyncFixture()
        let version = try host.publishFull(seed: 1)
        let server = try server(host, version) { _, right in
            var wrong = right
            wrong.body[100_000] ^= 1
            return wrong
        }
        let result = try host.sync(server.address)
        #expect(host.exists("disk") == (result.status == 0))
        try host.mustSync(server.address)
        #expect(try host.digest() == version.sha256)
        #expect(server.requests(for: "/" + version.path).last?.rangeStart == nil)
    }

    @Test func aRangeThatCantBeSatisfiedStartsOver() throws {
        let host = try SyncFixture()
        let version = try host.publishFull(seed: 1)
        let server = try server(host, version) { _, _ in
            .whole("416 Range Not Satisfiable", "Content-Range: bytes */1000")
        }
        try host.mustSync(server.address)
        #expect(try host.digest() == version.sha256)
        let requests = server.requests(for: "/" + version.path)
        #expect(requests.count == 3)
        #expect(requests.last?.header("Range") == nil)
    }

    @Test func theRestOfAnotherFileDropsWhatWasKept() throws {
        let host = try SyncFixture()
        let version = try host.publishFull(seed: 1)
        // If-Range asks for the whole other file; this server sends the other's rest, and says so itself.
        let server = try server(host, version) { _, right in right.with("ETag", "\"another\"") }
        let result = try host.mustSync(server.address)
        #expect(result.stderr.contains("the server has other content now"), "\(result.stderr)")
        #expect(try host.digest() == version.sha256)
        #expect(server.requests(for: "/" + version.path).map { $0.rangeStart == nil } == [true, false, true])
    }

    @Test func aPartThatNobodyAskedForIsRefused() throws {
        let host = try SyncFixture()
        let version = try host.publishFull(seed: 1)
        let server = try ScriptedServer(serving: host.repository) { request in
            guard request.path == "/" + version.path else { return nil }
            let right = ScriptedReply.file(in: host.repository, for: request)
            return ScriptedReply(
                "206 Partial Content", headers: right.headers + ["Content-Range: bytes 0-4194303/4194304"],
                body: right.body)
        }
        #expect(try host.sync(server.address).status == 65)
        #expect(!host.exists("disk"))
    }

    /// Without a strong validator nothing would tell that the rest is of the same file.
    @Test func withoutAValidatorNoRangeIsAsked() throws {
        let host = try SyncFixture()
        let version = try host.publishFull(seed: 1)
        let server = try ScriptedServer(serving: host.repository) { request in
            guard request.path == "/" + version.path else { return nil }
            let right = ScriptedReply.file(in: host.repository, for: request).with("ETag", "W/\"weak\"").with(
                "Last-Modified", nil)
            return request.earlier == 0 ? right.cut(after: 2_000_000) : right
        }
        try host.mustSync(server.address)
        #expect(try host.digest() == version.sha256)
        #expect(server.requests(for: "/" + version.path).allSatisfy { $0.header("Range") == nil })
    }
}

/// For a file of 4 MiB.
private func filled(_ template: String, from start: Int) -> String {
    [("START", start), ("BEFORE", start - 1), ("END", (4 << 20) - 1), ("SIZE", 4 << 20)].reduce(template) {
        text, word in
        text.replacingOccurrences(of: word.0, with: String(word.1))
    }
}
