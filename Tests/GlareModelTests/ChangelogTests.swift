import Foundation
import Testing

@testable import GlareModel

private let firstID = "0123456789abcdef0123456789abcdef"
private let secondID = "fedcba9876543210fedcba9876543210"

@Suite("Changelogs")
struct ChangelogTests {
    @Test("an entry is a heading, the message as another, and an empty line; the newest is on top")
    func form() throws {
        var changelog = Changelog()
        changelog.add(try entry(firstID, "First"))
        changelog.add(try entry(secondID, "Second"))
        #expect(
            String(decoding: changelog.bytes, as: UTF8.self) == """
                # [\(secondID)] - 2026-01-02T03:04:05Z
                ## Second

                # [\(firstID)] - 2026-01-02T03:04:05Z
                ## First


                """)
    }

    @Test(
        "a message is read back as it was given",
        arguments: [
            "Kernel 6.1", "é 😀 \u{202E}", "#1 is fixed", "# [\(secondID)] - now", "## twice", "\\#1 is fixed",
            "Kernel 6.1\nOpenSSL 3", "Kernel 6.1\n\nOpenSSL 3\n- one\n\n\n- two", "Title\n# not a title",
            "Title\n# [\(secondID)] - not an entry\n## nor its message", "Title\n\\# a backslash of their own",
            "Title\n\\\\# and two of them", "Title\n  # indented", "Title\n\n## Part\ntext",
        ])
    func roundTrip(message: String) throws {
        var changelog = Changelog()
        changelog.add(try entry(firstID, "Before"))
        changelog.add(try entry(secondID, message))
        changelog.add(try entry(firstID, "After"))
        #expect(
            changelog.entries == [
                try entry(firstID, "After"), try entry(secondID, message), try entry(firstID, "Before"),
            ])
    }

    @Test(
        "no message can look like an entry to those who read lines",
        arguments: ["a\n# [\(secondID)] - b\n## c", "a\r\n# [\(secondID)] - b\r\n## c"])
    func forgery(message: String) throws {
        var changelog = Changelog()
        changelog.add(try entry(firstID, message))
        let headings = changelog.bytes.split(separator: 0x0A).filter { $0.starts(with: "# [".utf8) }
        #expect(headings.count == 1)
        #expect(changelog.entries.map(\.id.text) == [firstID])
    }

    @Test("the original's: an MD5, and what `date` printed")
    func original() {
        let text = """
            # [\(firstID)] - Tue Feb 14 09:26:53 UTC 2017
            ## OpenSSL - security [update] - see #12

            # [\(secondID)] - Mo 13. Feb 10:00:00 CET 2017
            ## First image

            """
        let entries = Changelog(Array(text.utf8)).entries
        #expect(entries.map(\.id.text) == [firstID, secondID])
        #expect(entries.map(\.date) == ["Tue Feb 14 09:26:53 UTC 2017", "Mo 13. Feb 10:00:00 CET 2017"])
        #expect(entries.map(\.message) == ["OpenSSL - security [update] - see #12", "First image"])
    }

    @Test("lines that belong to no entry are passed over, and kept")
    func garbageBefore() throws {
        let text =
            "Our images\n==========\n# [not an id] - x\n# [\(secondID.uppercased())] - x\n\n# [\(firstID)] - then\n## Message\n"
        var changelog = Changelog(Array(text.utf8))
        #expect(changelog.entries.map(\.id.text) == [firstID])
        #expect(changelog.entries.map(\.message) == ["Message"])
        #expect(changelog.newestID?.text == firstID)
        changelog.add(try entry(secondID, "New"))
        #expect(changelog.newestID?.text == secondID)
        #expect(changelog.bytes.suffix(text.utf8.count).elementsEqual(text.utf8))
    }

    @Test("line endings of other systems are no part of dates and messages")
    func carriageReturns() {
        let text = "# [\(firstID)] - then\r\n## Message\r\n\r\n# [\(secondID)] - before\r\n## Older\r\n"
        let entries = Changelog(Array(text.utf8)).entries
        #expect(entries.map(\.id.text) == [firstID, secondID])
        #expect(entries.map(\.date) == ["then", "before"])
        #expect(entries.map(\.message) == ["Message", "Older"])
    }

    @Test("bytes that are no UTF-8 stay as they are, and hide no entry")
    func invalidText() throws {
        let old =
            Array("\u{0}# [".utf8) + [0xFF, 0xFE] + Array("\n# [\(firstID)] - then\n## M".utf8) + [0xC3]
            + Array("nchen\n".utf8)
        var changelog = Changelog(old)
        #expect(changelog.newestID?.text == firstID)
        changelog.add(try entry(secondID, "New"))
        #expect(changelog.entries.map(\.id.text) == [secondID, firstID])
        #expect(changelog.bytes.suffix(old.count).elementsEqual(old))
    }

    @Test(
        "headings alone, without date or message",
        arguments: ["# [\(firstID)]", "# [\(firstID)] - ", "# [\(firstID)]\n\n\n"])
    func bare(text: String) {
        let entries = Changelog(Array(text.utf8)).entries
        #expect(entries.map(\.id.text) == [firstID])
        #expect(entries.map(\.date) == [""])
        #expect(entries.map(\.message) == [""])
    }

    @Test("an empty file has no entries", arguments: ["", "\n", "text\n", "## A message of nothing\n"])
    func empty(text: String) {
        let changelog = Changelog(Array(text.utf8))
        #expect(changelog.entries.isEmpty)
        #expect(changelog.newestID == nil)
    }

    private func entry(_ id: String, _ message: String) throws -> Changelog.Entry {
        Changelog.Entry(id: try #require(VersionID(id)), date: Samples.created, message: message)
    }
}
