import Testing

@testable import GlareModel

@Suite("Suggestions for mistyped words")
struct SuggestionTests {
    @Test(
        "the number of slips between two words",
        arguments: [
            ("", "", 0), ("a", "", 1), ("sync", "sync", 0), ("sync", "synch", 1), ("sync", "snc", 1),
            ("sync", "sinc", 1),
            ("sync", "snyc", 1), ("sync", "ysnc", 1), ("ab", "ba", 1), ("abc", "ca", 3), ("kitten", "sitting", 3),
            ("list", "log", 3),
            ("abc", "xyz", 3),
        ])
    func distance(left: String, right: String, expected: Int) {
        #expect(Suggestion.distance(left, right) == expected)
        #expect(Suggestion.distance(right, left) == expected)
    }

    static let commands = ["add-image", "list", "log", "rebuild-index", "serve", "sync"]

    @Test(
        "the nearest word, where one is near",
        arguments: [
            ("sync", "sync"), ("snyc", "sync"), ("SYNC", "sync"), ("synch", "sync"), ("lst", "list"),
            ("addimage", "add-image"),
            ("add_imgae", "add-image"), ("server", "serve"), ("rebuild-idx", "rebuild-index"), ("lgo", "log"),
            ("ad-imag", "add-image"),
        ])
    func near(word: String, expected: String) {
        #expect(Suggestion.nearest(to: word, among: Self.commands) == expected)
    }

    @Test("none where all are far", arguments: ["", "x", "s", "help", "remove", "publish", "loo-", "image", "add"])
    func far(word: String) {
        #expect(Suggestion.nearest(to: word, among: Self.commands) == nil)
    }

    @Test("of two as near, the first; of none, none")
    func ties() {
        #expect(Suggestion.nearest(to: "cat", among: ["bat", "hat"]) == "bat")
        #expect(Suggestion.nearest(to: "bad", among: ["bat", "bad"]) == "bad")
        #expect(Suggestion.nearest(to: "cat", among: []) == nil)
    }

    @Test("short words are not taken for one another")
    func shortWords() {
        #expect(Suggestion.nearest(to: "xy", among: ["ab"]) == nil)
        #expect(Suggestion.nearest(to: "b", among: ["a"]) == nil)
    }
}
