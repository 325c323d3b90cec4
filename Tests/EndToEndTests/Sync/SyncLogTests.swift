import Foundation
import GlareTestSupport
import Testing

/// `glare log`: the changelog of an image.
struct SyncLogTests {
    private func entries(_ arguments: String...) throws -> [[String: String]] {
        let result = try run(GlareBinary.path, ["log", "--json"] + arguments, environment: GlareBinary.environment())
        try #require(result.status == 0, "\(result.stderr)")
        let object = try #require(try JSONSerialization.jsonObject(with: Data(result.stdout.utf8)) as? [String: Any])
        return try #require(object["entries"] as? [[String: String]])
    }

    private func repository(_ messages: [String]) throws -> (SyncFixture, [SyncFixture.Version]) {
        let host = try SyncFixture()
        let versions = try messages.enumerated().map { try host.publisher.publish(seed: UInt64($0), $1) }
        return (host, versions)
    }

    @Test func newestIsFirst() throws {
        let (host, versions) = try repository(["first", "second", "third"])
        let server = try GlareServer(serving: host.repository)
        for source in [["-d", host.repository], ["-s", server.address], ["-s", host.fileServer]] {
            let entries = try entries("disk", source[0], source[1])
            #expect(entries.map { $0["message"] } == ["third", "second", "first"])
            #expect(entries.map { $0["id"] } == versions.reversed().map(\.id))
            #expect(entries.allSatisfy { ISO8601DateFormatter().date(from: $0["date"] ?? "") != nil })
        }
    }

    @Test func peopleGetLines() throws {
        let (host, versions) = try repository(["a new kernel"])
        let result = try glare("log", "disk", "-d", host.repository)
        let lines = result.stdout.split(separator: "\n").map(String.init)
        #expect(lines[0].hasPrefix(versions[0].id + "  20"))
        #expect(lines[1] == "    a new kernel")
    }

    @Test func aMessageOfSeveralLinesStaysOne() throws {
        let (host, _) = try repository(["one\n\n# [not a heading]\n- two"])
        #expect(try entries("disk", "-d", host.repository).map { $0["message"] } == ["one\n\n# [not a heading]\n- two"])
    }

    @Test func aRollbackIsAnEntryOfItsOwn() throws {
        let (host, versions) = try repository(["first", "second"])
        try host.publisher.publish(seed: 0, "back to the first")
        let entries = try entries("disk", "-d", host.repository)
        #expect(entries.map { $0["id"] } == [versions[0].id, versions[1].id, versions[0].id])
    }

    @Test func theOriginalsDatesAreShownAsTheyAre() throws {
        let (host, original) = try hostOfTheOriginal()
        let image = try host.publisher.image("disk", seed: 1)
        try original.add(image, as: "disk", message: "from bash")
        let server = try ScriptedServer(serving: original.directory)
        let entries = try entries("disk", "-s", server.address)
        #expect(try entries == [["id": md5(image), "date": "Mon Nov 23 10:00:00 UTC 2026", "message": "from bash"]])
    }

    /// Whoever runs the server must not get at the terminal of whoever reads its changelog.
    @Test func aServerCantMoveTheCursor() throws {
        let id = String(repeating: "a", count: 32)
        let server = try ScriptedServer { _ in .text("# [\(id)] - now\u{1B}[2J\n## red \u{1B}[31m\u{202E}\u{7}\n\n") }
        let result = try glare("log", "disk", "-s", server.address)
        #expect(result.status == 0)
        #expect(!result.stdout.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" || $0 == "\u{202E}" })
    }

    @Test func anUnknownImageIsTold() throws {
        let (host, _) = try repository(["first"])
        let server = try GlareServer(serving: host.repository)
        let local = try glare("log", "disc", "-d", host.repository)
        let remote = try glare("log", "disc", "-s", server.address)
        #expect([66, 69].contains(local.status) && [66, 69].contains(remote.status))
        #expect(local.stderr.contains("disc") && remote.stderr.contains("disc"))
    }

    @Test func aNameThatNoImageMayHaveIsUsage() throws {
        let (host, _) = try repository(["first"])
        let result = try glare("log", "../disk", "-d", host.repository)
        #expect(result.status == 64)
        #expect(result.stderr.contains("can't be an image's name"))
    }
}
