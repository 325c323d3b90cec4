import Testing

@testable import GlareModel

@Suite("Foreign text in messages")
struct QuotingTests {
    @Test(
        "what a terminal could act on is made visible",
        arguments: [
            ("", "''"), ("debian-12", "'debian-12'"), ("a b", "'a b'"), ("é", "'é'"), ("日本", "'日本'"),
            ("a\nb", "'a\\u{a}b'"), ("a\r\nb", "'a\\u{d}\\u{a}b'"), ("\t", "'\\u{9}'"), ("\0", "'\\u{0}'"),
            ("\u{1B}[31m", "'\\u{1b}[31m'"), ("\u{9B}31m", "'\\u{9b}31m'"), ("\u{7F}", "'\\u{7f}'"),
            ("\u{8}", "'\\u{8}'"),
            ("\u{202E}txt", "'\\u{202e}txt'"), ("\u{2066}", "'\\u{2066}'"), ("\u{200B}", "'\\u{200b}'"),
            ("\u{FEFF}", "'\\u{feff}'"), ("a\u{301}", "'a\\u{301}'"), ("\u{2028}", "'\\u{2028}'"),
            ("\u{A0}", "'\\u{a0}'"),
            ("\u{E0041}", "'\\u{e0041}'"),
        ])
    func table(text: String, shown: String) {
        #expect(text.quotedForDisplay == shown)
    }

    @Test(
        "a shell takes it for one word",
        arguments: [
            ("/var/lib/glare", "/var/lib/glare"), ("http://h:8080/v%20m", "http://h:8080/v%20m"), ("", "''"),
            ("a b", "'a b'"), ("it's", "'it'\\''s'"), ("$HOME", "'$HOME'"), ("~", "'~'"), ("é", "'é'"),
        ])
    func shell(text: String, word: String) {
        #expect(text.quotedForShell == word)
    }

    @Test("a long text is cut, and says so")
    func length() {
        let whole = String(repeating: "x", count: 160)
        #expect(whole.quotedForDisplay == "'\(whole)'")
        #expect((whole + "y").quotedForDisplay == "'\(whole)…'")
    }

    @Test("no character below the space, nor a deletion, passes in any text")
    func controls() {
        for value in Array(UInt32(0)..<0x20) + Array(0x7F..<0xA0) {
            let shown = String(String.UnicodeScalarView(Unicode.Scalar(value).map { [$0] } ?? [])).quotedForDisplay
            #expect(shown == "'\\u{\(String(value, radix: 16))}'")
        }
    }
}
