/// A manual page, as man(7) has it: the macros that groff and mandoc both know.
struct Roff {
    private(set) var text: String

    /// - Parameters:
    ///   - date: ISO 8601, of the release, so that a build gives the same bytes again.
    init(title: String, section: Int, date: String, version: String) {
        text = ".TH \(title.uppercased()) \(section) \(date) \"Glare \(version)\" \"Glare\"\n"
    }

    mutating func section(_ title: String) { text += ".SH \"\(title.uppercased())\"\n" }

    mutating func paragraph(_ body: String) { text += ".PP\n\(Self.line(body))\n" }

    /// A term with what it means, indented beneath it.
    mutating func item(_ term: String, _ body: String) { text += ".TP\n\(Self.line(term))\n\(Self.line(body))\n" }

    /// Lines as they stand.
    mutating func example(_ lines: String, _ explanation: String) {
        text += ".PP\n\(Self.line(explanation))\n.PP\n.RS 4\n.nf\n"
        for line in lines.split(separator: "\n", omittingEmptySubsequences: false) {
            text += Self.guarded(Self.escaped(String(line))) + "\n"
        }
        text += ".fi\n.RE\n"
    }

    /// Words between backquotes become bold, and between underscores, italic.
    private static func line(_ body: String) -> String {
        var (out, isBold) = ("", false)
        for part in body.split(separator: "`", omittingEmptySubsequences: false) {
            out += isBold ? "\\fB\(escaped(String(part)))\\fR" : italics(String(part))
            isBold.toggle()
        }
        return guarded(out)
    }

    /// A placeholder is set apart, as `<dir>`: the usual form of manuals is italic.
    private static func italics(_ text: String) -> String {
        var (out, rest) = ("", text[...])
        while let open = rest.firstIndex(of: "<"), let close = rest[open...].firstIndex(of: ">") {
            out += escaped(String(rest[..<open])) + "\\fI\(escaped(String(rest[rest.index(after: open)..<close])))\\fR"
            rest = rest[rest.index(after: close)...]
        }
        return out + escaped(String(rest))
    }

    /// What roff would read as its own, and what a terminal would show as another character than was typed.
    private static func escaped(_ text: String) -> String {
        let marks: [Character: String] = [
            "\\": "\\e", "-": "\\-", "'": "\\(aq", "`": "\\(ga", "~": "\\(ti", "^": "\\(ha", "…": "...",
        ]
        return text.map { marks[$0] ?? String($0) }.joined()
    }

    private static func guarded(_ line: String) -> String { line.hasPrefix(".") ? "\\&\(line)" : line }
}
