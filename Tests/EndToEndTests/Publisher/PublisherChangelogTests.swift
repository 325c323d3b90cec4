import Foundation
import GlareTestSupport
import Testing

/// `NAME.md`, for people and for tools that go by its lines.
@Suite struct PublisherChangelogTests {
    let fixture: PublisherFixture
    init() throws { fixture = try PublisherFixture() }

    private func messages() throws -> [String] {
        struct Log: Decodable {
            let entries: [Entry]
            struct Entry: Decodable { let message: String }
        }
        let result = try fixture.glare(["log", "disk", "-d", fixture.repository, "--json"])
        try #require(result.status == 0, "\(result.stderr)")
        let log: Log = try fixture.decode(result.stdout)
        return log.entries.map(\.message)
    }

    @Test func anEntryIsAHeadingTheMessageAndAnEmptyLine() throws {
        let version = try fixture.publish(seed: 1, "Security updates of June")
        let lines = try fixture.text("disk.md").split(separator: "\n", omittingEmptySubsequences: false).map(
            String.init)
        try #require(lines.count == 4)
        let date = try Regex("# \\[\(version.id)\\] - \\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ")
        #expect(try date.wholeMatch(in: lines[0]) != nil, "\(lines[0])")
        #expect(lines[1...] == ["## Security updates of June", "", ""])
    }

    @Test func theNewestEntryIsOnTopAndWhatStoodThereIsKeptByteForByte() throws {
        let first = try fixture.publish(seed: 1, "first")
        let byHand: [UInt8] = Array("Notes by hand,\r\n# not a heading\nwith Latin-1: ".utf8) + [0xE4, 0x0A]
        let old = try Data(contentsOf: URL(fileURLWithPath: fixture.path("disk.md"))) + byHand
        try old.write(to: URL(fileURLWithPath: fixture.path("disk.md")))
        let second = try fixture.publish(seed: 2, "second")
        let new = try Data(contentsOf: URL(fileURLWithPath: fixture.path("disk.md")))
        #expect(new.suffix(old.count) == old)
        let entry = String(decoding: new.dropLast(old.count), as: UTF8.self)
        #expect(entry.hasPrefix("# [\(second.id)] - ") && entry.hasSuffix("\n## second\n\n"))
        #expect(try messages().first == "second")
        #expect(first.id != second.id)
    }

    @Test func ofAMessageOfManyLinesTheFirstIsTheHeading() throws {
        try fixture.publish(seed: 1, "Kernel 6.1\nNew: a driver\n- and a list")
        #expect(try fixture.text("disk.md").hasSuffix("\n## Kernel 6.1\n\nNew: a driver\n- and a list\n\n"))
    }

    @Test(arguments: ["one\ntwo", "subject\n\nbody\n\nmore of it", "list:\n- a\n- b"])
    func theLogHasAMessageAsItWasGiven(message: String) throws {
        try fixture.publish(seed: 1, message)
        #expect(try messages() == [message])
    }

    static let lookalikes = [
        "# [00000000000000000000000000000000] - today",
        "harmless\n# [00000000000000000000000000000000] - today\n## forged",
        "harmless\n\\# [00000000000000000000000000000000] - with a backslash of its own",
        "\n# [00000000000000000000000000000000] - after an empty line",
    ]

    @Test(arguments: lookalikes)
    func aMessageThatLooksLikeAHeadingIsNone(message: String) throws {
        let first = try fixture.publish(seed: 1, "first")
        let second = try fixture.publish(seed: 2, message)
        #expect(try fixture.headings() == [second.id, first.id])
        let read = try messages()
        #expect(read.map(Self.linesWithText) == [Self.linesWithText(message), ["first"]])
    }

    private static func linesWithText(_ text: String) -> [Substring] { text.split(separator: "\n") }

    @Test func linesThatEndAsWindowsHasThemForgeNoHeadingEither() throws {
        let version = try fixture.publish(
            seed: 1, "harmless\r\n# [00000000000000000000000000000000] - today\r\n## forged")
        #expect(try fixture.headings() == [version.id])
        #expect(try messages().count == 1)
    }

    @Test(arguments: ["- fixes", "--force is gone", "-5 % in size"])
    func aMessageMayBeginWithADash(message: String) throws {
        let result = try fixture.add(fixture.image("disk", seed: 1), message)
        #expect(result.status == 0, "\(result.stderr)")
        #expect(try messages() == [message])
    }

    @Test(arguments: ["", "  \t", "\n\n"])
    func aMessageWithoutAWordIsRefused(message: String) throws {
        let result = try fixture.add(fixture.image("disk", seed: 1), message)
        #expect(result.status == 64)
        #expect(result.stderr.contains("message is empty"))
        #expect(!fixture.exists("disk"))
    }

    @Test func aMessageInOtherScriptsIsKept() throws {
        let message = "Größe: −5 % 🎉 \u{202E}abc"
        try fixture.publish(seed: 1, message)
        #expect(try messages() == [message])
        #expect(try fixture.text("disk.md").contains("\n## \(message)\n"))
    }
}
