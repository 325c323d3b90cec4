import GlareTestSupport
import Testing

@Suite("glare config")
struct ConfigCommandTests {
    private let scratch: Scratch
    init() throws { scratch = try Scratch() }

    private func config(_ text: String, _ arguments: String..., environment: [String: String] = [:]) throws -> RunResult
    {
        let file = try scratch.file("glare.conf", text)
        let merged = ["GLARE_CONFIG_SYSTEM": file].merging(environment) { $1 }
        return try run(
            GlareBinary.path, ["config"] + arguments, environment: GlareBinary.environment(merged))
    }

    @Test func tellsWhereEachValueComesFrom() throws {
        let shown = try config("\nLIMIT=7\n", environment: ["GLARE_PORT": "81"])
        let lines = shown.stdout.split(separator: "\n").map {
            $0.split(separator: " ", omittingEmptySubsequences: true)
        }
        #expect(lines.contains { $0.prefix(2) == ["LIMIT", "7"] && $0.suffix(2) == ["line", "2"] })
        #expect(lines.contains { $0 == ["PORT", "81", "environment"] })
        #expect(lines.contains { $0 == ["GRACE", "24h", "default"] })
        #expect(lines.contains { $0 == ["SERVER", "not", "set"] })
        #expect(shown.status == 0)
    }

    @Test func givesOneValueToScripts() throws {
        #expect(try config("LIMIT=7\n", "LIMIT").stdout == "7\n")
        #expect(try config("LIMIT=7\n", "limit").stdout == "7\n")
        #expect(try config("", "SERVER").stdout == "")
        let unknown = try config("", "LIMTI")
        #expect(unknown.status == 64 && unknown.stderr.contains("did you mean LIMIT?"))
    }

    @Test func showsNoPassword() throws {
        let text = "SERVER='https://me:s3cret@h/ https://you:s3cret@i/'\nHEADER='X-Token: s3cret'\n"
        for arguments in [[], ["--json"], ["SERVER"], ["HEADER"], ["--check"]] {
            let file = try scratch.file("glare.conf", text)
            let result = try run(
                GlareBinary.path, ["config"] + arguments,
                environment: GlareBinary.environment(["GLARE_CONFIG_SYSTEM": file]))
            #expect(result.status == 0)
            #expect(!(result.stdout + result.stderr).contains("s3cret"), "\(arguments)")
        }
        #expect(try config(text, "SERVER").stdout == "https://me:***@h/ https://you:***@i/\n")
    }

    @Test func checksTheFiles() throws {
        let good = try config("LIMIT=7\n", "--check")
        #expect(good.status == 0 && good.stderr.contains("as it should be"))
        let bad = try config("LIMIT=none\nLIMTI=7\nset -e\n", "--check")
        #expect(bad.status == 78)
        for part in [
            "line 1): expected a whole number", "line 2: no setting is called LIMTI", "line 3: expected NAME=",
        ] {
            #expect(bad.stderr.contains(part), "\(bad.stderr)")
        }
    }

    @Test func aFileThatIsWrongIsShownAllTheSame() throws {
        let result = try config("set -e\nLIMIT=7\n")
        #expect(result.status == 78)
        #expect(result.stdout.contains("LIMIT") && result.stderr.contains("line 1"))
    }

    /// The variables of a hook are the command's, and not the file's.
    @Test func aHookInDoubleQuotesIsTold() throws {
        let bad = try config("ON_UPDATE=\"echo $IMAGE_NAME\"\n", "--check")
        #expect(bad.status == 78 && bad.stderr.contains("line 1: $IMAGE_NAME in ON_UPDATE"), "\(bad.stderr)")
        #expect(bad.stderr.contains("single quotes"))
        #expect(try config("ON_UPDATE='echo $IMAGE_NAME'\nX=$NOWHERE\n", "ON_UPDATE").stdout == "echo $IMAGE_NAME\n")
        #expect(try config("ON_UPDATE='echo $IMAGE_NAME'\n", "--check").status == 0)
    }
}
