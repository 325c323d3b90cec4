import Foundation
import GlareTestSupport
import Testing

/// `glare` itself: its commands, and what it says of words that are none.
@Suite struct PublisherProgramTests {
    static let commands = ["add-image", "rebuild-index", "serve", "sync", "list", "log"]
    let fixture: PublisherFixture
    init() throws { fixture = try PublisherFixture() }

    @Test func theVersionIsALineOnStandardOutput() throws {
        let result = try fixture.glare(["--version"])
        #expect(result.status == 0)
        #expect(try Regex("glare \\d+\\.\\d+\\.\\d+\\S*\\n").wholeMatch(in: result.stdout) != nil, "\(result.stdout)")
        #expect(result.stderr == "")
    }

    @Test func withoutAWordItListsItsCommands() throws {
        let result = try fixture.glare([])
        for command in Self.commands { #expect((result.stdout + result.stderr).contains(command)) }
    }

    @Test func anUnknownCommandIsToldWithTheUsagesOfAll() throws {
        let result = try fixture.glare(["nonsense"])
        #expect(result.status == 1)
        let lines = (result.stdout + result.stderr).split(separator: "\n").map(String.init)
        #expect(lines.first == "Invalid glare command nonsense")
        let start = try #require(lines.firstIndex(of: "Valid subcommands:"))
        let usages = lines[(start + 1)...]
        for command in Self.commands {
            #expect(usages.count { $0 == "glare \(command)" || $0.hasPrefix("glare \(command) ") } == 1, "\(command)")
        }
        #expect(!result.stderr.contains("Did you mean"))
    }

    @Test(arguments: [
        ("add-imag", "add-image"), ("addimage", "add-image"), ("rebuild-indexes", "rebuild-index"), ("lsit", "list"),
        ("SYNC", "sync"), ("server", "serve"),
    ])
    func aSlipIsAnsweredWithWhatWasMeant(word: String, meant: String) throws {
        let result = try fixture.glare([word, "-d", fixture.repository])
        #expect(result.status == 1)
        #expect(result.stderr.contains("Invalid glare command \(word)\n"))
        #expect(result.stderr.contains("Did you mean '\(meant)'?"))
        #expect(try fixture.names(in: "") == [])
    }

    @Test(arguments: [("nonsense", nil), ("lsit", "list"), ("../sh", nil), ("", nil)] as [(String, String?)])
    func helpOfNoCommandIsAUsageError(word: String, meant: String?) throws {
        let result = try fixture.glare(["help", word])
        #expect(result.status == 64 && result.stdout == "")
        let advice = (meant.map { "did you mean \($0)? " } ?? "") + "`glare help` tells which there are\n"
        #expect(result.stderr == "glare: help: no command is called '\(word)'; \(advice)")
    }

    @Test func helpOfACommandIsItsHelp() throws {
        #expect(try fixture.glare(["help", "list"]).stdout == fixture.glare(["list", "--help"]).stdout)
        for words in [["help"], ["help", "help"], ["help", "--help"]] {
            let result = try fixture.glare(words)
            #expect(result.status == 0 && result.stdout.contains("USAGE: glare "), "\(words)")
        }
    }

    @Test(arguments: ["../sh", "/bin/sh", "x/y", ""])
    func aPathIsNoCommand(word: String) throws {
        let result = try fixture.glare([word, "-c", "exit 7"])
        #expect(result.status == 1)
        #expect(result.stderr.contains("Invalid glare command \(word)\n"))
    }

    @Test(arguments: commands, ["-h", "--help"])
    func everyCommandHelps(command: String, flag: String) throws {
        let result = try fixture.glare([command, flag])
        #expect(result.status == 0)
        #expect(result.stdout.contains("USAGE: glare \(command)"))
        #expect(result.stderr == "")
    }

    @Test(arguments: commands)
    func everyCommandIsALinkToTheProgramAsWell(command: String) throws {
        let link = fixture.scratch.path("glare-\(command)")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: GlareBinary.path)
        let result = try run(link, ["--help"], environment: GlareBinary.environment())
        #expect(result.status == 0)
        #expect(try result.stdout == fixture.glare([command, "--help"]).stdout)
    }

    @Test func anUnknownOptionIsAUsageError() throws {
        let result = try fixture.glare(["rebuild-index", "-d", fixture.repository, "--fulll"])
        #expect(result.status == 64)
        #expect(result.stderr.contains("--fulll") && result.stderr.contains("--full"))
        #expect(try fixture.names(in: "") == [])
    }

    @Test func dataGoesToStandardOutputAndAllElseToStandardError() throws {
        try fixture.publish(seed: 1)
        let list = try fixture.glare(["list", "-d", fixture.repository, "--json"])
        #expect(list.stderr == "")
        #expect(try JSONSerialization.jsonObject(with: Data(list.stdout.utf8)) is [String: Any])
        let failed = try fixture.glare(["list", "-d", fixture.scratch.path("missing")])
        #expect(failed.status != 0)
        #expect(failed.stdout == "")
        #expect(failed.stderr.hasPrefix("glare: "))
    }

    @Test(arguments: ["with blanks", "50%25", "a#b", "a?b", "größe"])
    func aRepositorysPathMayHoldAnyCharacter(name: String) throws {
        let directory = try fixture.scratch.directory(name)
        let source = try fixture.image("disk", seed: 1)
        for arguments in [["add-image", "-i", source, "-m", "a message"], ["list"], ["log", "disk"]] {
            let result = try fixture.glare(arguments + ["-d", directory])
            #expect(result.status == 0, "\(result.stderr)")
            #expect(result.stdout.contains("disk") || result.stdout.contains("a message"))
        }
    }

    @Test func aReaderThatGoesAwayIsNoFailure() throws {
        try fixture.publish(seed: 1)
        let script = "{ \"$0\" list -d \"$1\"; echo $? >\"$2\"; } | true"
        let status = fixture.scratch.path("status")
        try run(
            "sh", ["-c", script, GlareBinary.path, fixture.repository, status], environment: GlareBinary.environment())
        #expect(try String(contentsOfFile: status, encoding: .utf8) == "0\n")
    }
}
