import Foundation
import Testing

@testable import GlareModel

@Suite("Documents: JSON as all files have it")
struct DocumentTests {
    private struct Sample: Codable, Equatable {
        var zebra = 1
        var apple = "a/b \"c\" é"
        var date = Samples.created
        var list = ["y", "x"]
        var none: String?
    }

    @Test("equal values are equal bytes: sorted keys, indented, ISO times, a newline at the end")
    func form() throws {
        #expect(
            String(decoding: try Document.encode(Sample()), as: UTF8.self) == #"""
                {
                  "apple" : "a/b \"c\" é",
                  "date" : "2026-01-02T03:04:05Z",
                  "list" : [
                    "y",
                    "x"
                  ],
                  "zebra" : 1
                }

                """#)
    }

    @Test("the order in which a dictionary happens to be does not show")
    func dictionaries() throws {
        let keys = (0..<200).map { "key\($0)" }
        let up = Dictionary(uniqueKeysWithValues: keys.map { ($0, 1) })
        let down = Dictionary(uniqueKeysWithValues: keys.reversed().map { ($0, 1) })
        #expect(try Document.encode(up) == Document.encode(down))
    }

    @Test("what is decoded and encoded again is the same bytes")
    func stable() throws {
        let bytes = try Document.encode(Sample())
        #expect(try Document.encode(Document.decode(Sample.self, from: bytes, subject: "x")) == bytes)
    }

    @Test(
        "what is wrong is told with the place where it is",
        arguments: [
            (#"{"apple":"","date":"2026-01-02T03:04:05Z","list":[]}"#, "the field 'zebra' is missing"),
            (
                #"{"zebra":"1","apple":"","date":"2026-01-02T03:04:05Z","list":[]}"#,
                "expected another kind of value in zebra"
            ),
            (
                #"{"zebra":null,"apple":"","date":"2026-01-02T03:04:05Z","list":[]}"#,
                "expected another kind of value in zebra"
            ),
            (
                #"{"zebra":1,"apple":"","date":"2026-01-02T03:04:05Z","list":[1]}"#,
                "expected another kind of value in list.Index 0"
            ),
            (#"[]"#, "expected another kind of value"),
            (#"{"zebra":1"#, "not a JSON document of Glare's"),
            ("", "not a JSON document of Glare's"),
            ("<html></html>", "not a JSON document of Glare's"),
        ])
    func explanation(json: String, reason: String) {
        let error = #expect(throws: InvalidDocument.self) {
            try Document.decode(Sample.self, from: Array(json.utf8), subject: "http://here/x.json")
        }
        #expect(error == InvalidDocument("http://here/x.json", reason))
        #expect(error?.description == "http://here/x.json: \(reason)")
    }

    @Test("a name that breaks the grammar is told as the document's fault")
    func badName() {
        let error = #expect(throws: InvalidDocument.self) {
            try Document.decode([ImageName].self, from: Array(#"["good", "../bad"]"#.utf8), subject: "x")
        }
        #expect(error?.reason.hasPrefix("'../bad' can't be an image's name") == true)
    }

    @Test("bytes that are no UTF-8 are no document")
    func notText() {
        #expect(throws: InvalidDocument.self) {
            try Document.decode([String].self, from: [0x5B, 0x22, 0xFF, 0xFE, 0x22, 0x5D], subject: "x")
        }
    }

    @Test("what a newer Glare wrote is told from what is damaged")
    func newer() throws {
        let newer = Array(#"{"format": 2, "more": -1.5}"#.utf8)
        let error = try #require(throws: InvalidDocument.self) {
            try Document.requireNoNewer(than: 1, newer, subject: "s")
        }
        #expect(error.isNewer && error.reason.contains("a newer Glare is needed"))
        for text in ["", "{", "[]", #"{"format": "2"}"#, #"{"format": 1}"#, #"{"format": 0}"#] {
            try Document.requireNoNewer(than: 1, Array(text.utf8), subject: "s")
        }
        struct Empty: Decodable {}
        for (text, isNewer) in [(#"{"format": 2}"#, true), (#"{"format": 0}"#, false), ("{}", false)] {
            let error = try #require(throws: InvalidDocument.self) {
                _ = try Document.decode(Empty.self, format: 1, from: Array(text.utf8), subject: "s")
            }
            #expect(error.isNewer == isNewer, "\(text)")
        }
    }
}
