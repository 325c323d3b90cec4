import Foundation
import GlareSystem
import Testing

@testable import GlareServer

@Suite("Entity tags: RFC 9110, 8.8.3")
struct EntityTagTests {
    @Test(
        "comparison: the table of 8.8.3.2",
        arguments: [
            ("W/\"1\"", "W/\"1\"", false, true),
            ("W/\"1\"", "W/\"2\"", false, false),
            ("W/\"1\"", "\"1\"", false, true),
            ("\"1\"", "\"1\"", true, true),
        ])
    func comparison(left: String, right: String, strong: Bool, weak: Bool) throws {
        let (left, right) = (try #require(EntityTag(left)), try #require(EntityTag(right)))
        #expect(left.stronglyMatches(right) == strong)
        #expect(right.stronglyMatches(left) == strong)
        #expect(left.weaklyMatches(right) == weak)
        #expect(right.weaklyMatches(left) == weak)
    }

    @Test("grammar", arguments: ["\"a\"", "\"\"", "W/\"a\"", "\"a,b\"", "\"\\\"", "\"é\"", "\"W/\""])
    func wellFormed(text: String) {
        #expect(EntityTag(text)?.text == text)
    }

    @Test(
        "grammar, broken",
        arguments: [
            "", "a", "\"a", "a\"", "'a'", "w/\"a\"", "W/a", "W\"a\"", "\"a b\"", "\"a\"b", "\"a\" ", "\"a\",", "*",
            "\"a\u{7F}\"",
        ])
    func malformed(text: String) {
        #expect(EntityTag(text) == nil)
    }

    @Test("of a file: inode or version, size and time, so that clients keep what they have")
    func ofFiles() throws {
        let repository = try ScratchRepository()
        let path = repository.scratchPath("file")
        try Data(count: 0x2BC).write(to: URL(fileURLWithPath: path))
        var times = [timespec(tv_sec: 1_700_000_000, tv_nsec: 123), timespec(tv_sec: 1_700_000_000, tv_nsec: 123)]
        try #require(utimensat(AT_FDCWD, path, &times, 0) == 0)
        let status = try FileStatus(ofFileAt: path)
        let inode = String(status.stamp.inode, radix: 16)
        #expect(EntityTag(file: status).text == "\"\(inode)-2bc-17979cfe362a007b\"")
        #expect(EntityTag(version: "0123abcd", status: status).text == "\"0123abcd-2bc-17979cfe362a007b\"")
    }

    @Test(
        "lists: 5.6.1.2, 13.1.1",
        arguments: [
            ("\"a\"", ["\"a\""]),
            ("\"a\", W/\"b\"", ["\"a\"", "W/\"b\""]),
            ("\"a\",\"b\"", ["\"a\"", "\"b\""]),
            (" , ,\"a\"\t,, \"b\" ,", ["\"a\"", "\"b\""]),
            ("\"a,b\",\"c\"", ["\"a,b\"", "\"c\""]),
        ])
    func lists(text: String, expected: [String]) {
        #expect(EntityTagList(text) == .tags(expected.compactMap { EntityTag($0) }))
    }

    @Test("a star stands alone")
    func star() {
        #expect(EntityTagList("*") == .any)
        #expect(EntityTagList("*, \"a\"") == nil)
        #expect(EntityTagList("\"a\", *") == nil)
    }

    @Test("lists, broken", arguments: ["", ",", "a", "\"a\" \"b\"", "\"a\"; \"b\"", "\"a\", b"])
    func malformedLists(text: String) {
        #expect(EntityTagList(text) == nil)
    }
}
