import Testing

@testable import GlareModel

@Suite("HTML: text is text, whatever is in it")
struct HTMLTests {
    private func shown(_ html: HTML) -> String { String(decoding: html.bytes, as: UTF8.self) }

    @Test(
        "what means something in HTML is escaped, and what could deceive is made visible",
        arguments: [
            ("debian-12", "debian-12"), ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
            (#""quoted" & 'quoted'"#, "&quot;quoted&quot; &amp; &#39;quoted&#39;"), ("&lt;", "&amp;lt;"),
            ("</title><!-- -->", "&lt;/title&gt;&lt;!-- --&gt;"), ("one\ntwo\tthree", "one\ntwo\tthree"),
            ("a\u{0}b\u{7}c\u{1B}[31md\r", #"a\u{0}b\u{7}c\u{1b}[31md\u{d}"#),
            ("\u{202E}txt.exe\u{2066}\u{200F}", #"\u{202e}txt.exe\u{2066}\u{200f}"#),
            ("\u{2028}\u{FEFF}\u{E000}", #"\u{2028}\u{feff}\u{e000}"#), ("für שלום 日本 🐧", "für שלום 日本 🐧"), ("", ""),
        ])
    func escaped(text: String, html: String) {
        #expect(shown("\(text)") == html)
        #expect(shown(#"<a title="\#(text)">\#(text)</a>"#) == #"<a title="\#(html)">\#(html)</a>"#)
    }

    @Test("pieces and numbers stand in a piece as they are, and a text is escaped once")
    func nested() {
        let text = "<&>"
        let piece: HTML = "<b>\(text)</b>"
        let number: Int64 = -3
        #expect(shown("<p>\(piece)\([piece, piece])\(number)</p>").hasPrefix("<p><b>&lt;&amp;&gt;</b><b>"))
        #expect(shown("<p>\(number)</p>") == "<p>-3</p>")
        #expect(shown(piece.when(false)) == "" && shown(piece.when(true)) == shown(piece))
    }
}
