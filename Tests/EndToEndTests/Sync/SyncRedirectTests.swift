import Foundation
import GlareTestSupport
import Testing

/// Redirects: followed to other web addresses, for a few steps.
struct SyncRedirectTests {
    /// Serves the repository below `/mirror`, and answers everything else as `redirect` says.
    private func server(
        _ host: SyncFixture, redirect: @escaping @Sendable (ScriptedRequest) -> String
    ) throws -> ScriptedServer {
        let root = host.scratch.url.path
        return try ScriptedServer { request in
            if request.path.hasPrefix("/repository/") { return .file(in: root, for: request) }
            return .whole("302 Found", "Location: \(redirect(request))")
        }
    }

    @Test func toAnotherPathIsFollowed() throws {
        let host = try SyncFixture()
        let version = try host.publish(seed: 1)
        let server = try server(host) { "/repository" + $0.path }
        try host.mustSync(server.address)
        #expect(try host.digest() == version.sha256)
    }

    @Test func toAnotherServerIsFollowed() throws {
        let host = try SyncFixture()
        let version = try host.publish(seed: 1)
        let mirror = try ScriptedServer(serving: host.repository)
        let server = try server(host) { mirror.address + $0.path }
        try host.mustSync(server.address)
        #expect(try host.digest() == version.sha256)
    }

    @Test(arguments: ["301 Moved Permanently", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"])
    func ofEachKindIsFollowed(_ status: String) throws {
        let host = try SyncFixture()
        let version = try host.publish(seed: 1)
        let root = host.scratch.url.path
        let server = try ScriptedServer { request in
            if request.path.hasPrefix("/repository/") { return .file(in: root, for: request) }
            return .whole(status, "Location: /repository\(request.path)")
        }
        try host.mustSync(server.address)
        #expect(try host.digest() == version.sha256)
    }

    @Test func anUnchangedCatalogueIsKnownThroughIt() throws {
        let host = try SyncFixture()
        try host.publish(seed: 1)
        let server = try server(host) { "/repository" + $0.path }
        try host.mustSync(server.address)
        let before = server.requests.count
        try host.mustSync(server.address)
        #expect(server.requests.dropFirst(before).map(\.path) == ["/images.json", "/repository/images.json"])
    }

    @Test func aDownloadIsResumedThroughIt() throws {
        let host = try SyncFixture()
        let version = try host.publishFull(seed: 1)
        let root = host.scratch.url.path
        let server = try ScriptedServer { request in
            guard request.path.hasPrefix("/repository/") else {
                return .whole("302 Found", "Location: /repository\(request.path)")
            }
            let right = ScriptedReply.file(in: root, for: request)
            let isFirst = request.path.hasSuffix(version.path) && request.earlier == 0
            return isFirst ? right.cut(after: 2_000_000) : right
        }
        try host.mustSync(server.address)
        #expect(try host.digest() == version.sha256)
        #expect(server.requests(for: "/repository/" + version.path).last?.rangeStart != nil)
    }

    @Test func aLoopIsRefused() throws {
        let host = try SyncFixture()
        let server = try server(host) { $0.path }
        let result = try host.sync(server.address)
        #expect(result.status == 65)
        #expect(result.stderr.contains("redirects more than 5 times"))
        #expect(server.requests.count <= 6)
    }

    @Test(arguments: [
        "file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/", "javascript:alert(1)", "", "http://",
    ])
    func elsewhereIsRefused(_ location: String) throws {
        let host = try SyncFixture()
        let server = try server(host) { _ in location }
        let result = try host.sync(server.address, "--retries", "0")
        #expect([65, 69].contains(result.status))
        #expect(result.stderr.contains("\(server.address)/images.json") || result.stderr.contains("redirects"))
        #expect(server.requests.count == 1)
    }

    @Test func withoutALocationIsRefused() throws {
        let host = try SyncFixture()
        let server = try ScriptedServer { _ in .whole("302 Found") }
        let result = try host.sync(server.address)
        #expect(result.status == 65)
        #expect(result.stderr.contains("redirects to nowhere, which is not followed"))
    }
}
