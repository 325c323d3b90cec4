import Foundation
import GlareTestSupport
import Testing

/// `/etc/glare.conf`, `~/.glare.conf`, the environment, the command line: later ones win.
@Suite struct PublisherSettingsTests {
    let fixture: PublisherFixture
    let home: String

    init() throws {
        fixture = try PublisherFixture()
        home = try fixture.scratch.directory("home")
    }

    private var systemFile: String { fixture.scratch.path("glare.conf") }
    private var userFile: String { home + "/.glare.conf" }

    private func rebuild(_ options: [String] = [], environment: [String: String] = [:]) throws -> RunResult {
        let files = ["GLARE_CONFIG_SYSTEM": systemFile, "HOME": home]
        return try fixture.glare(["rebuild-index"] + options, environment: files.merging(environment) { _, new in new })
    }

    private func write(_ text: String, to path: String) throws {
        try text.write(toFile: path, atomically: false, encoding: .utf8)
    }

    enum Layer: String, CaseIterable { case system, user, environment, option }

    @Test(arguments: Layer.allCases)
    func theLastThatSpeaksWins(last: Layer) throws {
        var environment: [String: String] = [:]
        var options: [String] = []
        for layer in Layer.allCases {
            let directory = try fixture.scratch.directory("from-\(layer)")
            switch layer {
            case .system: try write("DIRECTORY=\(directory)\n", to: systemFile)
            case .user: try write("DIRECTORY=\(directory)\n", to: userFile)
            case .environment: environment["GLARE_DIRECTORY"] = directory
            case .option: options = ["--directory", directory]
            }
            if layer == last { break }
        }
        let result = try rebuild(options, environment: environment)
        #expect(result.stdout == "\(fixture.scratch.path("from-\(last)")): 0 images, 0 versions\n", "\(result.stderr)")
    }

    @Test func aSettingThatTheLaterOneDoesNotNameStays() throws {
        try write("DIRECTORY=\(fixture.repository)\nLIMIT=1\n", to: systemFile)
        try write("LIMIT=2\n", to: userFile)
        for seed: UInt64 in [1, 2, 3] {
            let arguments = ["add-image", "-i", try fixture.image("disk", seed: seed), "-m", "m"]
            let result = try fixture.glare(arguments, environment: ["GLARE_CONFIG_SYSTEM": systemFile, "HOME": home])
            try #require(result.status == 0, "\(result.stderr)")
        }
        #expect(try fixture.listed().count == 2)
    }

    /// What a shell makes of each is what is expected, so these go to one as well.
    static let assignments = [
        "DIRECTORY=$HOME/bare",
        "DIRECTORY=~/tilde",
        "DIRECTORY=\"$HOME/with blanks\"",
        "DIRECTORY=\"${HOME}/braces\"   # a comment",
        "DIRECTORY=$HOME/'single $HOME'",
        "DIRECTORY=$HOME/\"mixed \"'quotes'\\ and\\ \\\"backslashes",
        "DIRECTORY=\"$HOME/a \\\"quote\\\" and \\$HOME and \\z\"",
        "export DIRECTORY=$HOME/exported",
        "  DIRECTORY=$HOME/indented",
        "\n# a comment\n\nDIRECTORY=$HOME/after-comments\n",
        "DIRECTORY=$HOME/first\nDIRECTORY=$HOME/second",
        "DIRECTORY=$HOME/a#b",
        "DIRECTORY=$HOME/'#'",
        "SERVER=$HOME/base\nDIRECTORY=$SERVER/below",
        "DIRECTORY=$HOME/${NOT_SET}unset",
        "DIRECTORY=$HOME/dollar$",
        "DIRECTORY=$HOME/größe",
    ]

    @Test(arguments: assignments)
    func aFileMeansWhatAShellMakesOfIt(text: String) throws {
        try write(text, to: userFile)
        let directory = try run(
            "sh", ["-c", ". \"$1\" && printf %s \"$DIRECTORY\"", "sh", userFile], environment: ["HOME": home]
        ).stdout
        try #require(directory.hasPrefix(home))
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let result = try rebuild()
        #expect(result.status == 0, "\(result.stderr)")
        #expect(result.stdout == "\(directory): 0 images, 0 versions\n")
    }

    @Test func linesMayEndAsWindowsHasThem() throws {
        try write("LIMIT=2\r\nDIRECTORY=\(fixture.repository)\r\n# end\r\n", to: userFile)
        let result = try rebuild()
        #expect(result.stdout == "\(fixture.repository): 0 images, 0 versions\n", "\(result.stderr)")
    }

    static let mistakes: [(line: String, reason: String)] = [
        ("echo hello", "expected NAME=VALUE"),
        ("if true; then", "expected NAME=VALUE"),
        ("LIMIT =3", "expected NAME=VALUE"),
        ("[glare]", "expected NAME=VALUE"),
        ("DIRECTORY=/srv/my images", "quote a value that has blanks"),
        ("DIRECTORY=\"/srv", "the quote \" is not closed"),
        ("DIRECTORY='/srv", "the quote ' is not closed"),
        ("DIRECTORY=$(hostname)", "a command in $(…) is not run"),
        ("DIRECTORY=`hostname`", "'`' has a meaning to a shell"),
        ("DIRECTORY=\"`hostname`\"", "a command in backquotes is not run"),
        ("DIRECTORY=${HOME:-/srv}", "only ${NAME} is followed"),
        ("LIMIT=3; DIRECTORY=/srv", "';' has a meaning to a shell"),
        ("LIMIT=3 && true", "expected nothing after the value"),
        ("DIRECTORY=/srv\\", "can't go on in the next line"),
    ]

    @Test(arguments: mistakes)
    func anythingElseIsAnErrorWithFileAndLine(line: String, reason: String) throws {
        try write("# settings\nGRACE=1h\n\(line)\nKEEP_UNUSED=1d\n", to: userFile)
        let result = try rebuild(["-d", fixture.repository])
        #expect(result.status == 78)
        #expect(result.stderr.contains("\(userFile), line 3: "))
        #expect(result.stderr.contains(reason))
        #expect(try fixture.names(in: "") == [])
    }

    @Test(arguments: [("LIMITS", "LIMIT"), ("DIRECTROY", "DIRECTORY"), ("limit", "LIMIT"), ("TARGETDIR", "TARGET_DIR")])
    func anUnknownKeyIsAWarningWithTheNearest(key: String, nearest: String) throws {
        try write("\n\(key)=3\nDIRECTORY=\(fixture.repository)\n", to: userFile)
        let result = try rebuild()
        #expect(result.status == 0)
        #expect(
            result.stderr.contains("\(userFile), line 2: no setting is called \(key); did you mean \(nearest)?"))
    }

    @Test func aKeyThatIsNearNothingIsToldWithoutAGuess() throws {
        try write("SOMETHING_ELSE=3\n", to: userFile)
        let result = try rebuild(["-d", fixture.repository])
        #expect(result.status == 0)
        #expect(result.stderr.contains("no setting is called SOMETHING_ELSE\n"))
    }

    @Test(arguments: ["0", "abc", "-3", ""])
    func aBadLimitIsToldWithWhereItStands(limit: String) throws {
        let arguments = ["add-image", "-i", try fixture.image("disk", seed: 1), "-m", "m", "-d", fixture.repository]
        try write("GRACE=0\nLIMIT=\(limit)\n", to: systemFile)
        let file = try fixture.glare(arguments, environment: ["GLARE_CONFIG_SYSTEM": systemFile])
        #expect(file.status == 78)
        #expect(
            file.stderr.contains("LIMIT=\(limit) (\(systemFile), line 2): expected a whole number of at least 1"))
        let environment = try fixture.glare(arguments, environment: ["GLARE_LIMIT": limit])
        #expect(environment.status == 78)
        #expect(environment.stderr.contains("LIMIT=\(limit) (from the environment): expected"))
        #expect(try fixture.names(in: "") == [])
    }

    @Test func aGoodOptionWinsOverABadFile() throws {
        try write("LIMIT=0\n", to: systemFile)
        let arguments = ["add-image", "-i", try fixture.image("disk", seed: 1), "-m", "m", "-d", fixture.repository]
        let result = try fixture.glare(arguments + ["-l", "3"], environment: ["GLARE_CONFIG_SYSTEM": systemFile])
        #expect(result.status == 0, "\(result.stderr)")
    }

    @Test func aSettingsFileThatIsADirectoryIsTold() throws {
        try FileManager.default.createDirectory(atPath: userFile, withIntermediateDirectories: false)
        let result = try rebuild(["-d", fixture.repository])
        #expect(result.status == 78)
        #expect(result.stderr.contains(userFile))
    }
}
