import Testing

@testable import GlareCLI

@Suite("What messages tell people to run")
struct HintTests {
    private func complete(_ message: String, after words: String...) throws -> String {
        try Hints(words: words, commands: CommandTree.current().subcommands ?? []).complete(message)
    }

    @Test func theOptionsThatWereGivenGoAlong() throws {
        #expect(try complete("; `glare list` tells", after: "list", "-d", "r") == "; `glare list -d r` tells")
        #expect(try complete("`glare list`", after: "clone", "x", "y", "--target-dir=c") == "`glare list -t c`")
        #expect(
            try complete("`glare unpin x`", after: "sync", "-t", "c", "-s", "http://h:1/v") == "`glare unpin x -t c`")
        #expect(
            try complete("`glare pin a@1`, then `glare sync`", after: "clone", "-t", "a b")
                == "`glare pin a@1 -t 'a b'`, then `glare sync -t 'a b'`")
    }

    @Test func eachCommandGetsWhatItTakes() throws {
        let sync = ["sync", "-s", "http://a", "-t", "c", "-s", "http://b"]
        for (hint, expected) in [
            ("config", "config"), ("sign", "sign"), ("nosuch", "nosuch"), ("list", "list -s http://a -s http://b"),
            ("list -s", "list -s"), ("prune --dry-run", "prune --dry-run -t c"),
            ("sync --reset-trust", "sync --reset-trust -s http://a -t c -s http://b"),
        ] {
            let hints = try Hints(words: sync, commands: CommandTree.current().subcommands ?? [])
            #expect(hints.complete("`glare \(hint)`") == "`glare \(expected)`")
        }
        #expect(try complete("`glare list -s` it", after: "doctor", "-t", "c") == "`glare list -s` it")
    }

    /// `-d` is another directory to sync; what follows an option is its value, whatever it looks like.
    @Test func onlyOptionsOfTheseNamesAreMeant() throws {
        #expect(try complete("`glare rebuild-index`", after: "sync", "-d", "x") == "`glare rebuild-index`")
        #expect(
            try complete("`glare list`", after: "add-image", "-m", "-d", "--name", "n") == "`glare list`")
        #expect(try complete("`glare list`", after: "log", "--", "-d", "x") == "`glare list`")
        #expect(try complete("`glare list`", after: "log", "-d") == "`glare list`")
        #expect(try complete("`glare list`", after: "list", "-d", "a", "-d", "b") == "`glare list -d b`")
        #expect(try complete("`glare list`") == "`glare list`")
        #expect(try complete("glare list, `qemu-img`", after: "list", "-d", "r") == "glare list, `qemu-img`")
    }

    @Test func noPasswordIsShownAndNoControlCharacter() throws {
        #expect(
            try complete("`glare list`", after: "list", "-s", "https://me:secret@h/v")
                == "`glare list -s 'https://me:***@h/v'`")
        #expect(
            try complete("`glare list`", after: "list", "-d", "a\u{1B}[2Jb") == "`glare list -d 'a\\u{1b}[2Jb'`")
    }
}
