import Foundation
import GlareTestSupport
import Testing

/// Commands that others add: executables called `glare-NAME`.
@Suite struct PublisherPluginTests {
    let fixture: PublisherFixture
    /// The program, in a directory of its own beside which plugins are placed.
    let program: String
    let own, path: String

    init() throws {
        fixture = try PublisherFixture()
        program = try fixture.program(in: "own")
        own = fixture.scratch.path("own")
        path = try fixture.scratch.directory("path")
    }

    private func place(_ script: String, as name: String, in directory: String, mode: String = "755") throws {
        try fixture.scratch.script(script, at: directory + "/" + name, mode: mode)
    }

    private func glare(_ arguments: String..., input: String? = nil) throws -> RunResult {
        let system = GlareBinary.environment()["PATH"] ?? ""
        return try run(
            program, arguments, input: input, environment: GlareBinary.environment(["PATH": "\(path):\(system)"]))
    }

    @Test func oneInThePathIsRunWithItsArgumentsItsInputAndItsStatus() throws {
        try place(
            "echo \"$0\"; for word; do echo \"<$word>\"; done; cat; echo oops >&2; exit 42", as: "glare-hello", in: path
        )
        let result = try glare("hello", "--flag", "a b", "", "-h", input: "from the input\n")
        #expect(result.stdout == "\(path)/glare-hello\n<--flag>\n<a b>\n<>\n<-h>\nfrom the input\n")
        #expect(result.stderr == "oops\n")
        #expect(result.status == 42)
    }

    @Test func helpOfOneIsItsOwn() throws {
        try place("echo \"<$*>\"; exit 3", as: "glare-hello", in: path)
        let result = try glare("help", "hello")
        #expect(result.stdout == "<-h>\n" && result.status == 3)
        #expect(try glare("help", "helo").stderr.contains("did you mean hello?"))
    }

    @Test func oneBesideTheProgramComesBeforeOneInThePath() throws {
        try place("echo path", as: "glare-where", in: path)
        #expect(try glare("where").stdout == "path\n")
        try place("echo own", as: "glare-where", in: own)
        #expect(try glare("where").stdout == "own\n")
    }

    @Test func aFileThatCannotBeRunIsPassedOver() throws {
        try place("echo own", as: "glare-where", in: own, mode: "644")
        try FileManager.default.createDirectory(atPath: own + "/glare-directory", withIntermediateDirectories: false)
        try place("echo path", as: "glare-where", in: path)
        #expect(try glare("where").stdout == "path\n")
        let result = try glare("directory")
        #expect(result.status == 1)
        #expect(result.stderr.hasPrefix("Invalid glare command directory\n"))
    }

    @Test func whatTheSystemRefusesToRunIsTold() throws {
        try mustRun(
            "sh",
            ["-c", "printf '#!/nonexistent/interpreter\\n' >\"$1\"; chmod 755 \"$1\"", "sh", path + "/glare-broken"])
        let result = try glare("broken")
        #expect(result.status == 1)
        #expect(result.stderr.contains("\(path)/glare-broken: cannot run: No such file or directory"))
    }

    @Test func theListShowsTheUsageOfEachAfterTheBuiltInOnes() throws {
        try place("echo 'usage: glare-hello [--loud] WHO'; echo more", as: "glare-hello", in: path)
        try place("echo \"Usage: $0 FILE\" >&2; exit 2", as: "glare-other", in: own)
        try place("exit 1", as: "glare-silent", in: path)
        let lines = try glare("nonsense").stderr.split(separator: "\n").map(String.init)
        #expect(lines.suffix(3) == ["glare hello [--loud] WHO", "glare other FILE", "glare silent"])
    }

    @Test func aSlipIsAnsweredWithAPluginToo() throws {
        try place("exit 0", as: "glare-inventory", in: path)
        #expect(try glare("inventroy").stderr.contains("Did you mean 'inventory'?"))
    }

    @Test(.timeLimit(.minutes(1))) func oneWhoseHelpHangsKeepsTheListFromNobody() throws {
        let pid = fixture.scratch.path("pid")
        try place("echo $$ >'\(pid)'; exec sleep 300", as: "glare-hanging", in: path)
        try place("echo 'usage: glare-hello WHO'", as: "glare-hello", in: path)
        let start = Date()
        let result = try glare("nonsense")
        #expect(Date().timeIntervalSince(start) < 20)
        #expect(result.status == 1)
        #expect(result.stderr.hasSuffix("glare hanging\nglare hello WHO\n"))
        let number = try String(contentsOfFile: pid, encoding: .utf8).trimmingCharacters(in: .newlines)
        #expect(kill(try #require(pid_t(number)), 0) == -1 && errno == ESRCH)
    }

    @Test(.timeLimit(.minutes(1))) func oneWhoseHelpReadsItsInputGetsNone() throws {
        try place("cat >/dev/null; echo 'usage: glare-reader WHO'", as: "glare-reader", in: path)
        let result = try glare("nonsense", input: "typed by somebody\n")
        #expect(result.stderr.hasSuffix("glare reader WHO\n"))
    }

    @Test(.timeLimit(.minutes(1))) func oneThatTalksWithoutEndIsCutOff() throws {
        try place("while :; do echo 'usage: glare-chatty WHO'; done", as: "glare-chatty", in: path)
        let result = try glare("nonsense")
        #expect(result.status == 1)
        let last = try #require(result.stderr.split(separator: "\n").last)
        #expect(last == "glare chatty" || last == "glare chatty WHO")
    }
}
