import GlareTestSupport
import Testing

@testable import GlareCLI

@Suite("Configuration files: shell assignments")
struct ShellAssignmentTests {
    static let variables = ["HOME": "/home/alice", "EMPTY": "", "GREETING": "good day", "QUOTE": "'\"$HOME"]

    /// Lines that assign A, and what to.
    static let accepted: [(line: String, value: String)] = [
        // Bare characters
        ("A=", ""), ("A=1", "1"), ("A=/srv/images", "/srv/images"), ("A==x=", "=x="),
        ("A=a,b:c@d%e+f-g_h", "a,b:c@d%e+f-g_h"),
        ("A=é", "é"), ("A=*", "*"), ("A=[a]?", "[a]?"), ("A={a,b}", "{a,b}"), ("A=!x", "!x"), ("A=a#b", "a#b"),
        ("A=#b", "#b"),
        ("A=a~", "a~"),
        // Blanks and comments
        ("  A=1", "1"), ("\tA=1\t ", "1"), ("A=1 # comment", "1"), ("A=1\t#comment", "1"), ("A= # comment", ""),
        ("A='1'#x", "1#x"),
        // Single quotes
        ("A=''", ""), ("A='a b'", "a b"), ("A='$HOME ${HOME} `x` \\n \"'", "$HOME ${HOME} `x` \\n \""),
        ("A='#;&|<>()'", "#;&|<>()"),
        ("A='a\tb'", "a\tb"), ("A='\\'", "\\"),
        // Double quotes
        ("A=\"\"", ""), ("A=\"a b\"", "a b"), ("A=\"it's\"", "it's"), ("A=\"#;&|<>()*~\"", "#;&|<>()*~"),
        ("A=\"\\\"\\\\\\$\\`\"", "\"\\$`"),
        ("A=\"\\n\\a\\ \"", "\\n\\a\\ "), ("A=\"$HOME/x\"", "/home/alice/x"), ("A=\"${HOME}x\"", "/home/alicex"),
        ("A=\"~\"", "~"),
        ("A=\"a$\"", "a$"), ("A=\"$ $/\"", "$ $/"),
        // Backslashes
        ("A=a\\ b", "a b"), ("A=\\$HOME", "$HOME"), ("A=\\'", "'"), ("A=\\\\", "\\"), ("A=\\#\\;\\n", "#;n"),
        ("A=\\~", "~"),
        // Variables
        ("A=$HOME", "/home/alice"), ("A=$HOME/images", "/home/alice/images"), ("A=${HOME}images", "/home/aliceimages"),
        ("A=$HOMES", ""), ("A=x${EMPTY}y", "xy"), ("A=${MISSING}", ""), ("A=$GREETING", "good day"),
        ("A=$QUOTE", "'\"$HOME"),
        ("A=$HOME$HOME", "/home/alice/home/alice"), ("A=$HOME.d", "/home/alice.d"), ("A=$", "$"), ("A=a$/", "a$/"),
        // Home
        ("A=~", "/home/alice"), ("A=~/images", "/home/alice/images"), ("A=~ # home", "/home/alice"),
        // All together
        ("A=a'b c'\"d $HOME\"\\ e$EMPTY", "ab cd /home/alice e"), ("A='it'\\''s'", "it's"), ("A=''\"\"", ""),
        // Exported
        ("export A=1", "1"), ("  export   A='1 2'", "1 2"), ("export\tA=1", "1"),
    ]

    @Test("every way to write a value", arguments: accepted.indices)
    func values(index: Int) throws {
        let (line, value) = Self.accepted[index]
        let found = try parse(line)
        #expect(found.map(\.key) == ["A"] && found.map(\.value) == [value] && found.map(\.line) == [1], "\(line)")
    }

    @Test("a shell reads every one of them so too", arguments: accepted.indices)
    func shell(index: Int) throws {
        let (line, value) = Self.accepted[index]
        #expect(try Self.shellValue(of: line) == value, "\(line)")
    }

    @Test(
        "what a shell would expand is never taken as it stands",
        arguments: [
            "A=$$", "A=$#", "A=$?", "A=$-", "A=$0", "A=$1", "A=\"$1\"", "A=$*", "A=$@", "A=~root", "A=~root/x",
            "A=/a:~/b",
            "A=${HOME:-x}", "A=${#HOME}", "A=$((1+1))", "A=$(echo x)", "A=`echo x`", "A=\"`echo x`\"",
            "A=\"$(echo x)\"",
        ])
    func expansions(line: String) throws {
        let found = try? parse(line)
        #expect(try found == nil || found?.first?.value == Self.shellValue(of: line))
    }

    @Test(
        "what is no assignment is refused",
        arguments: [
            "A", "A 1", "A =1", "A= 1", "=1", "1A=1", "A-B=1", "A.B=1", "É=1", "A+=1", "A[0]=1", "export", "export A",
            "export =1",
            "export -n A=1", "readonly A=1", "set -e", ". /etc/default/glare", "if true; then", "}", "A=1;", "A=1; B=2",
            "A=1 B=2",
            "A=1&", "A=a|b", "A=<x", "A=>x", "A=(1 2)", "A=)", "A=a b", "A='a", "A=\"a", "A='a'\"", "A=\"a\\\"", "A=\\",
            "A=a\\",
            "A=${", "A=${}", "A=${HOME", "A=${HOME%/*}", "A=${1}", "A=\"${HOME\"",
        ])
    func refused(line: String) {
        let problem = #expect(throws: ShellAssignments.Problem.self) {
            try parse("\n# fine\n\(line)\nB=2\n")
        }
        #expect(problem?.line == 3)
        #expect(problem?.reason.isEmpty == false)
    }

    @Test("a file: empty lines, comments, and assignments with the numbers of their lines")
    func file() throws {
        let text = "# Glare\n\nA=1\n   \n\t# more\nB='2'   # two\n\nexport A=3"
        #expect(
            try parse(text) == [
                .init(key: "A", value: "1", line: 3), .init(key: "B", value: "2", line: 6),
                .init(key: "A", value: "3", line: 8),
            ])
        #expect(try parse("") == [])
        #expect(try parse("\n\n#A=1\n") == [])
    }

    @Test("a variable is what the file said of it last, before it is looked up elsewhere")
    func variables() throws {
        #expect(
            try parse("B=${A}x\nA=/srv\nB=$A/x\nA=/mnt\nC=$A$B\nHOME=/root\nD=~\nE=$HOME").map(\.value) == [
                "x", "/srv", "/srv/x", "/mnt", "/mnt/srv/x", "/root", "/root", "/root",
            ])
    }

    @Test("line endings of other systems are no part of values")
    func carriageReturns() throws {
        #expect(
            try parse("# Glare\r\nA=1\r\n\r\nB='2'\r\n") == [
                .init(key: "A", value: "1", line: 2), .init(key: "B", value: "2", line: 4),
            ])
        #expect(throws: ShellAssignments.Problem(line: 2, reason: "expected NAME=VALUE, a comment or an empty line")) {
            try parse("A=1\r\nset -e\r\n")
        }
    }

    @Test("lines after one that can't be read are read, and every problem is told")
    func goesOn() {
        let parsed = ShellAssignments.parse("A=1\nset -e\nB=2\n=3\n") { _ in nil }
        #expect(parsed.assignments.map(\.key) == ["A", "B"])
        #expect(parsed.problems.map(\.line) == [2, 4])
    }

    private func parse(_ text: String) throws -> [ShellAssignments.Assignment] {
        let parsed = ShellAssignments.parse(text) { Self.variables[$0] }
        if let problem = parsed.problems.first { throw problem }
        return parsed.assignments
    }

    /// What a shell that reads the line has in A.
    private static func shellValue(of line: String) throws -> String {
        let scratch = try Scratch()
        let file = try scratch.file("glare.conf", line + "\n")
        return try run(
            "sh", ["-c", ". \"$0\"; printf %s \"$A\"", file],
            environment: variables.merging(["PATH": "/usr/bin:/bin"]) { $1 }
        ).stdout
    }
}
