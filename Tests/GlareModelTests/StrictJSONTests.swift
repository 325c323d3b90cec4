import Testing

@testable import GlareModel

@Suite("JSON from outside")
struct StrictJSONTests {
    private func accepts(_ text: String) -> Bool { (try? StrictJSON.check(Array(text.utf8), subject: "x")) != nil }

    @Test(arguments: [
        "{}", "[]", " [ 1 , 2 ] \n", #"{"a":{"a":1},"b":[true,false,null,"x\"y\\"]}"#, "0", "9223372036854775807",
        #""é""#,
    ])
    func whatIsPlainPasses(_ text: String) { #expect(accepts(text)) }

    @Test(arguments: [
        "", "{", "}", "[1,]", "{\"a\":1,}", "{\"a\" 1}", "{a:1}", "[1] [2]", "-1", "1e30", "1.5", "01", "+1", "1E2",
        "9223372036854775808", "99999999999999999999999", "NaN", "tru", "nul", "'a'", "\"a", "\"\u{1}\"", "\"\\",
        #"{"a":1,"a":2}"#, #"{"a":1,"\u0061":2}"#, "// x\n1", "[1]\u{0}", "\u{FEFF}[]",
    ])
    func whatIsNotIsRefused(_ text: String) { #expect(!accepts(text)) }

    @Test func depthHasAnEnd() {
        let nested = { (depth: Int) in String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
        #expect(accepts(nested(16)))
        #expect(!accepts(nested(18)))
        #expect(!accepts(nested(1_000_000)))
    }

    @Test func anObjectHasNoMoreKeysThanADocumentNeeds() {
        let object = { (count: Int) in "{" + (1...count).map { "\"\($0)\":0" }.joined(separator: ",") + "}" }
        #expect(accepts(object(256)))
        #expect(!accepts(object(257)))
    }

    @Test func aDocumentHasNoMoreValuesThanADecoderCanTake() {
        let list = { (count: Int) in "[" + Array(repeating: "0", count: count).joined(separator: ",") + "]" }
        #expect(accepts(list((1 << 19) - 1)))
        #expect(!accepts(list(1 << 19)))
    }

    @Test func bytesThatAreNoTextAreRefused() {
        #expect(throws: InvalidDocument.self) { try StrictJSON.check([0x22, 0xFF, 0x22], subject: "x") }
        #expect(throws: InvalidDocument.self) { try StrictJSON.check([0x22, 0xC3, 0x22], subject: "x") }
    }

    @Test func theMessageTellsWhatAndWhere() {
        let error = #expect(throws: InvalidDocument.self) {
            try StrictJSON.check(Array(#"{"a":1,"a":2}"#.utf8), subject: "images.json")
        }
        #expect(
            error?.description
                == "images.json: is not a JSON document of Glare's: a key twice, or one with an escape at byte 10")
    }
}
