import Testing

@testable import GlareModel

@Suite("Plain lists")
struct ListingsTests {
    @Test("images.txt is a name a line")
    func imageList() throws {
        let bytes = Listings.imageList(try [ImageName("b"), ImageName("a")])
        #expect(String(decoding: bytes, as: UTF8.self) == "b\na\n")
        #expect(try Listings.parseImageList(bytes, subject: "x").names.map(\.text) == ["b", "a"])
        #expect(Listings.imageList([]).isEmpty)
    }

    @Test("SHA256SUMS is what sha256sum writes")
    func checksums() {
        let digest = SHA256Digest(of: Array("abc".utf8))
        let bytes = Listings.checksums([("a", digest), ("archive/b", digest)])
        #expect(String(decoding: bytes, as: UTF8.self) == "\(digest)  a\n\(digest)  archive/b\n")
    }

    @Test(
        "what a server's list may look like: the good names, and those that are told and passed over",
        arguments: [
            ("", [], []),
            ("\n\n", [], []),
            ("a\nb\n", ["a", "b"], []),
            ("a\nb", ["a", "b"], []),
            ("\n\na\n\n\nb\n", ["a", "b"], []),
            ("b\na\nb\nb\na\n", ["b", "a"], []),
            ("a\n../b\nc\n-d\n", ["a", "c"], ["../b", "-d"]),
            ("a\r\nb\r\n", [], ["a\r", "b\r"]),
            ("a\nb\r\n", ["a"], ["b\r"]),
            ("\u{FEFF}a\nb\n", ["b"], ["\u{FEFF}a"]),
            ("a b\n a\na \n", [], ["a b", " a", "a "]),
            ("images.txt\na.md\na\n", ["a"], ["images.txt", "a.md"]),
            ("a\u{2028}b\n\u{301}\nc", ["c"], ["a\u{2028}b", "\u{301}"]),
            ("a\0b\n", [], ["a\0b"]),
        ] as [(String, [String], [String])])
    func lists(text: String, names: [String], bad: [String]) throws {
        let found = try Listings.parseImageList(Array(text.utf8), subject: "images.txt")
        #expect(found.names.map(\.text) == names)
        #expect(found.bad.map { Array($0.name.utf8) } == bad.map { Array($0.utf8) })
    }

    @Test(
        "an error page with status 200 is no list",
        arguments: [
            "<html><body>\nSorry\n</body></html>", "<!DOCTYPE html>\nNotFound\n", "\n\n  <html>\nSorry\n",
            "\r\n\t<?xml version=\"1.0\"?>\nError\n", "\u{FEFF}<!DOCTYPE html>\r\n<title>\nError\n</title>\n",
        ])
    func webPage(text: String) {
        #expect(throws: InvalidDocument.self) { try Listings.parseImageList(Array(text.utf8), subject: "images.txt") }
    }

    @Test(
        "bytes that are no text are no list",
        arguments: [[0xFF], Array("a\n".utf8) + [0xC3, 0x28, 0x0A], [0x1F, 0x8B, 0x08, 0x00, 0xFF]] as [[UInt8]])
    func notText(bytes: [UInt8]) {
        let error = #expect(throws: InvalidDocument.self) { try Listings.parseImageList(bytes, subject: "images.txt") }
        #expect(error == InvalidDocument("images.txt", "expected a list of image names, found bytes that are no text"))
    }
}
