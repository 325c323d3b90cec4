import Testing

@testable import GlareModel

@Suite("Image names: the grammar")
struct ImageNameTests {
    @Test(
        "what the grammar allows",
        arguments: [
            "a", "0", "Z", "debian-12", "Debian_12.5+deb-x86-64.qcow2", "a.", "a-", "a..b", "x.MD", "x.md5", "minisig",
            "md", "images", "Images.txt", "archive2", "keys.txt", "sha256sums",
            "debian-12-0123456789abcdef0123456789abcdef",
            String(repeating: "a", count: 128),
        ])
    func allowed(text: String) throws {
        #expect(try ImageName(text).text == text)
    }

    @Test(
        "names that could be a path, an option, a hidden file or a terminal's commands",
        arguments: [
            "", " ", ".", "..", "../etc/passwd", "/etc/passwd", "a/b", "a\\b", ".hidden", "-rf", "--help", "_a", "+a",
            "a b", "a\tb", "a\n", "\na", "a\r", "a\r\n", "a\0", "a\u{1B}[2J", "a\u{7F}", "a\u{85}", "a*", "a?", "a~",
            "a%2Fb", "a:b", "a@b", "a#b", "a=b", "a'b", "a\"b", "a`b`", "$(a)", "${a}", "a;b", "a|b", "a&b", "<a>",
        ])
    func hostile(text: String) {
        #expect(throws: InvalidName.self) { try ImageName(text) }
    }

    @Test(
        "letters and digits are those of ASCII",
        arguments: [
            "é", "débian", "е", "Ａ", "a１", "a٣", "a\u{301}", "a\u{200D}", "a\u{202E}cod", "\u{FEFF}a", "a😀", "ß",
        ])
    func notASCII(text: String) {
        #expect(throws: InvalidName.self) { try ImageName(text) }
    }

    @Test(
        "the layout's own names",
        arguments: [
            "images.txt", "images.json", "images.json.minisig", "catalogue", "index.html", "SHA256SUMS", "archive",
            "transfer", "keys", ".glare",
        ])
    func reserved(text: String) {
        #expect(throws: InvalidName.self) { try ImageName(text) }
    }

    @Test(
        "endings of files that stand beside an image",
        arguments: [".md", ".minisig"])
    func keptEndings(ending: String) {
        #expect(throws: InvalidName.self) { try ImageName("debian" + ending) }
        #expect(throws: InvalidName.self) { try ImageName(ending) }
        #expect(throws: Never.self) { try ImageName("debian" + ending + "x") }
    }

    @Test("at most 128 characters")
    func length() {
        let error = #expect(throws: InvalidName.self) { try ImageName(String(repeating: "a", count: 129)) }
        #expect(error?.reason == "is 129 characters long; at most 128 are allowed")
    }

    @Test("every single byte: only letters and digits may stand first, and five marks more later")
    func everyASCIICharacter() {
        let first = (0..<128).map { String(Unicode.Scalar(UInt8($0))) }.filter { (try? ImageName($0)) != nil }
        #expect(first.joined() == "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
        let later = (0..<128).map { String(Unicode.Scalar(UInt8($0))) }.filter { (try? ImageName("a" + $0)) != nil }
        #expect(Set(later) == Set(first + [".", "_", "+", "-"]))
    }

    @Test("names are ordered by their bytes, in no language")
    func order() throws {
        let names = try ["a.1", "b", "a-1", "A", "a", "Z", "a+1", "0"].map { try ImageName($0) }
        #expect(names.sorted().map(\.text) == ["0", "A", "Z", "a", "a+1", "a-1", "a.1", "b"])
    }

    @Test("the refusal shows the name in a form that a terminal does not act on")
    func message() {
        let error = #expect(throws: InvalidName.self) { try ImageName("x\u{1B}[2J") }
        #expect(
            error?.description.hasPrefix("'x\\u{1b}[2J' can't be an image's name: it has a character other than")
                == true)
    }
}
