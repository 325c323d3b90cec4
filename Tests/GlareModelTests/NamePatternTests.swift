import Testing

@testable import GlareModel

@Suite("Patterns for image names")
struct NamePatternTests {
    @Test(
        "what matches",
        arguments: [
            ("", ""), ("*", ""), ("**", ""), ("*", "debian-12"), ("debian-12", "debian-12"), ("debian-*", "debian-12"),
            ("debian-*", "debian-"), ("*-12", "debian-12"), ("*bi*", "debian-12"), ("d*n*2", "debian-12"), ("?", "a"),
            ("??????-??", "debian-12"), ("?*", "a"), ("*?", "a"), ("*?*?*", "ab"), ("a*b*c", "aXbXbXc"), ("*ab", "aab"),
            ("*aab", "aaab"), ("a**b", "ab"), ("*.qcow2", "a.qcow2.qcow2"), ("[a]", "[a]"), ("a.c", "a.c"),
            ("a\\b", "a\\b"),
        ])
    func matching(pattern: String, name: String) {
        #expect(NamePattern(pattern).matches(name))
    }

    @Test(
        "what does not",
        arguments: [
            ("", "a"), ("?", ""), ("debian-12", "debian-1"), ("debian-1", "debian-12"), ("debian-12", "Debian-12"),
            ("debian-*", "debian"), ("*-12", "debian-123"), ("??", "a"), ("??", "abc"), ("?*?", "a"), ("a*b", "ac"),
            ("a*b*c", "acb"), ("*ab", "aba"), ("ab*ab", "ab"), ("ab*ba", "aba"), ("a.c", "abc"), ("[ab]", "a"),
            ("a", "*"), ("a", "?"),
        ])
    func notMatching(pattern: String, name: String) {
        #expect(!NamePattern(pattern).matches(name))
    }

    @Test("a pattern of many stars answers at once", .timeLimit(.minutes(1)))
    func manyStars() {
        let pattern = NamePattern(String(repeating: "a*", count: 60) + "b")
        #expect(!pattern.matches(String(repeating: "a", count: 128)))
        #expect(pattern.matches(String(repeating: "a", count: 127) + "b"))
    }

    @Test("all patterns and names of two letters agree with a plain definition")
    func exhaustive() {
        let patterns = words(of: "ab*?", upTo: 4)
        let names = words(of: "ab", upTo: 4)
        for pattern in patterns {
            for name in names {
                let expected = Self.matches(Array(pattern)[...], Array(name)[...])
                #expect(NamePattern(pattern).matches(name) == expected, "\(pattern) on \(name)")
            }
        }
    }

    private static func matches(_ pattern: ArraySlice<Character>, _ name: ArraySlice<Character>) -> Bool {
        switch pattern.first {
        case nil: name.isEmpty
        case "*": matches(pattern.dropFirst(), name) || !name.isEmpty && matches(pattern, name.dropFirst())
        case let first:
            (first == "?" || first == name.first) && !name.isEmpty && matches(pattern.dropFirst(), name.dropFirst())
        }
    }

    private func words(of letters: String, upTo length: Int) -> [String] {
        var words = [""]
        var longest = [""]
        for _ in 0..<length {
            longest = longest.flatMap { word in letters.map { word + String($0) } }
            words += longest
        }
        return words
    }
}
