import Foundation
import GlareTestSupport
import Testing

/// What shells offer, beside what `GenerateTests` asks them for.
@Suite("Completion: every option, wherever the images are")
struct CompletionTests {
    private static let commands = [
        "add-image", "annotate", "clone", "config", "diff", "doctor", "generate", "keygen", "list", "log",
        "pin", "protect", "prune", "rebuild-index", "remove", "rename", "serve", "set-current", "sign",
        "status", "sync", "unpin", "unprotect", "verify", "withdraw",
    ]
    private let host: SyncFixture
    private let scripts: String
    private let version: SyncFixture.Version

    init() throws {
        host = try SyncFixture()
        version = try host.publish("debian-12", seed: 1)
        try host.publish("disk", seed: 2)
        try host.mustSync(host.fileServer, "--only", "disk")
        scripts = try host.scratch.directory("scripts")
        try mustRun(GlareBinary.path, ["generate", "--completions", scripts])
        let bin = try host.scratch.directory("bin")
        for name in ["glare"] + Self.commands.map({ "glare-\($0)" }) {
            try FileManager.default.createSymbolicLink(atPath: "\(bin)/\(name)", withDestinationPath: GlareBinary.path)
        }
    }

    private func environment(_ more: [String: String] = [:]) -> [String: String] {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        let own = ["PATH": "\(host.scratch.path("bin")):\(path)", "HOME": host.scratch.url.path]
        return GlareBinary.environment(own.merging(more) { $1 })
    }

    /// What bash has in COMPREPLY at the end of each of these lines. To bash a word ends at `:` and `=`, which are
    /// words of their own; of those nothing is to be completed.
    private func bash(_ lines: [[String]], _ more: [String: String] = [:]) throws -> [Set<String>] {
        let script = """
            set -u
            source "$0/glare.bash"
            for line in "$@"; do
                IFS=$'\\x1f' read -ra typed <<<"$line"
                [[ $line != *$'\\x1f' ]] || typed+=('')
                COMP_WORDS=()
                for word in "${typed[@]}"; do
                    [[ -n $word ]] || COMP_WORDS+=('')
                    while [[ $word =~ ^([:=]+|[^:=]+)(.*)$ ]]; do
                        COMP_WORDS+=("${BASH_REMATCH[1]}") word=${BASH_REMATCH[2]}
                    done
                done
                COMP_LINE=${typed[*]} COMP_POINT=${#COMP_LINE} COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
                word=${COMP_WORDS[COMP_CWORD]}
                [[ -n ${word//[:=]/} ]] || word=''
                function=$(complete -p "${COMP_WORDS[0]}" | sed 's/.*-F \\([^ ]*\\).*/\\1/')
                COMPREPLY=()
                "$function" "${COMP_WORDS[0]}" "$word" "${COMP_WORDS[COMP_CWORD - 1]}"
                printf '%s ' ${COMPREPLY[@]+"${COMPREPLY[@]}"}
                echo
            done
            """
        let joined = lines.map { $0.joined(separator: "\u{1F}") }
        let result = try run("bash", ["-c", script, scripts] + joined, environment: environment(more))
        #expect(result.status == 0 && result.stderr.isEmpty, "\(result.stderr)")
        return result.stdout.components(separatedBy: "\n").dropLast().map {
            Set($0.split(separator: " ").map(String.init))
        }
    }

    private func fish(_ line: String, _ more: [String: String] = [:]) throws -> Set<String> {
        let result = try run(
            "fish", ["-c", "source '\(scripts)/glare.fish'; complete -C '\(line)'"], environment: environment(more))
        #expect(result.status == 0 && result.stderr.isEmpty, "\(result.stderr)")
        return Set(result.stdout.split(separator: "\n").map { String($0.prefix { $0 != "\t" }) })
    }

    private func options(of command: String) throws -> Set<String> {
        let help = try mustRun(GlareBinary.path, [command, "--help"])
        let lines = help.components(separatedBy: "\n").filter { $0.hasPrefix("  -") }
        let options = lines.flatMap { $0.matches(of: /(?:^|[ \/])(--?[a-z][a-z-]*)/).map { String($0.1) } }
        try #require(options.count >= 3)
        return Set(options)
    }

    @Test func bashOffersEveryCommandAndEveryOptionOfEach() throws {
        let names = try bash([["glare", ""]])[0]
        #expect(names.isSuperset(of: Self.commands))
        let words = Self.commands.flatMap { [["glare", $0, "-"], ["glare-\($0)", "-"]] }
        let offered = try bash(words)
        try #require(offered.count == words.count)
        for (line, found) in zip(words, offered) {
            let command = line.count == 3 ? line[1] : String(line[0].dropFirst("glare-".count))
            let long = try options(of: command).filter { $0.hasPrefix("--") }
            #expect(found.isSuperset(of: long), "\(line): \(long.subtracting(found))")
        }
    }

    @Test(.enabled(if: Machine.has("fish"))) func fishOffersEveryCommandAndEveryOptionOfEach() throws {
        #expect(try fish("glare ").isSuperset(of: Self.commands))
        for command in Self.commands {
            let options = try options(of: command)
            #expect(try fish("glare \(command) -").isSuperset(of: options), "\(command)")
            #expect(try fish("glare-\(command) -").isSuperset(of: options), "\(command)")
        }
    }

    @Test func namesComeFromTheEnvironmentTheOptionsAndTheCache() throws {
        let repository = ["GLARE_DIRECTORY": host.repository]
        let fromRepository = try bash(
            [
                ["glare", "list", ""], ["glare", "log", "deb"], ["glare", "log", "debian-12@"], ["glare-log", "di"],
                ["glare", "sync", "--only", ""], ["glare", "add-image", "--name", "d"],
                ["glare", "set-current", "debian-12@"], ["glare", "diff", "debian-12@", "di"],
                ["glare", "rename", "deb"], ["glare", "prune", "disk", "deb"],
            ], repository)
        #expect(
            fromRepository == [
                ["debian-12", "disk"], ["debian-12"], ["debian-12@\(version.id)"], ["disk"], ["debian-12", "disk"],
                ["debian-12", "disk"], ["debian-12@\(version.id)"], ["disk"], ["debian-12"], ["debian-12"],
            ])
        let elsewhere = try bash([
            ["glare", "list", "--directory", host.repository, "deb"], ["glare", "list", "-t", host.target, ""],
            ["glare", "sync", "--target-dir", host.target, "--only", ""], ["glare", "list", ""],
        ])
        #expect(elsewhere == [["debian-12"], ["disk"], ["disk"], []])
    }

    @Test func wordsAfterAnAddressAreTheOnesThatTheyAre() throws {
        let found = try bash(
            [
                ["glare", "list", "-s", "http://host:8080/vm", "d"], ["glare-list", "-s", "http://host/vm", ""],
                ["glare", "log", "--server=https://host/vm", "disk@"], ["glare", "sync", "-s", "http:"],
                ["glare", "sync", "-s", "http://host/vm", "--only=os=x", "--dry"],
                ["glare", "list", "--target-dir=\(host.target)", "d"],
            ], ["GLARE_TARGET_DIR": host.target])
        let version = try #require(try host.archived().first?.suffix(32))
        // What replaces the last piece alone.
        #expect(found == [["disk"], ["disk"], ["disk@\(version)"], ["//"], ["--dry-run"], ["disk"]])
    }

    /// Not those of the repository, which is on this machine as well.
    @Test func commandsOfTheCacheKnowWhatIsInIt() throws {
        let version = try #require(try host.archived().first?.suffix(32))
        let found = try bash(
            [
                ["glare", "clone", ""], ["glare", "clone", "disk@"], ["glare-pin", "disk@"], ["glare", "unpin", ""],
            ], ["GLARE_DIRECTORY": host.repository, "GLARE_TARGET_DIR": host.target])
        #expect(found == [["disk"], ["disk@\(version)"], ["disk@\(version)"], ["disk"]])
    }

    @Test(.enabled(if: Machine.has("fish"))) func fishKnowsThemToo() throws {
        let repository = ["GLARE_DIRECTORY": host.repository]
        #expect(try fish("glare list ", repository) == ["debian-12", "disk"])
        #expect(try fish("glare log debian-12@", repository) == ["debian-12@\(version.id)"])
        #expect(try fish("glare-log deb", repository) == ["debian-12"])
        #expect(try fish("glare list -t \(host.target) ") == ["disk"])
        #expect(try fish("glare config LIM") == ["LIMIT", "LIMIT_RATE"])
    }

    @Test func settingsAndAddressesAreOffered() throws {
        let found = try bash([["glare", "config", "LIM"], ["glare", "sync", "-s", ""]])
        #expect(found == [["LIMIT", "LIMIT_RATE"], ["http://", "https://", "file:///"]])
    }

    @Test func aRepositoryThatIsNotThereOffersNothingAndSaysNothing() throws {
        for place in ["/nonexistent/x", "/dev/null", ""] {
            #expect(try bash([["glare", "list", "-d", place, ""]]) == [[]], "\(place)")
        }
    }

    @Test(.enabled(if: Machine.has("zsh") && Machine.has("fish"))) func eachShellTakesItsScript() throws {
        for (shell, options, script) in [
            ("bash", ["-n"], "glare.bash"), ("zsh", ["-n"], "_glare"), ("fish", ["--no-execute"], "glare.fish"),
        ] {
            let result = try run(shell, options + ["\(scripts)/\(script)"], environment: environment())
            #expect(result.status == 0 && result.stderr.isEmpty, "\(shell): \(result.stderr)")
        }
        let tag = try String(contentsOfFile: "\(scripts)/_glare", encoding: .utf8).components(separatedBy: "\n")[0]
        #expect(tag == "#compdef glare " + tag.components(separatedBy: " ").dropFirst(2).joined(separator: " "))
        #expect(Set(tag.components(separatedBy: " ").dropFirst(2)) == Set(Self.commands.map { "glare-\($0)" }))
    }

    @Test(.enabled(if: Machine.has("zsh"))) func zshLoadsItForEveryName() throws {
        let script = """
            fpath=("$0" $fpath); autoload -Uz compinit; compinit -u -D
            for name in "$@"; do print -r -- "${_comps[$name]}"; done
            autoload +X _glare && print loaded
            """
        let names = ["glare"] + Self.commands.map { "glare-\($0)" }
        let result = try run("zsh", ["-f", "-c", script, scripts] + names, environment: environment())
        #expect(result.stderr.isEmpty, "\(result.stderr)")
        #expect(result.stdout == String(repeating: "_glare\n", count: names.count) + "loaded\n")
    }
}

@Suite("Manual pages: what formatters say", .enabled(if: Machine.has("groff") && Machine.has("man")))
struct FormattedManualTests {
    private static let packaged =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/../../../packaging/man"
    private let scratch: Scratch
    private let pages: [String]

    init() throws {
        scratch = try Scratch()
        try mustRun(GlareBinary.path, ["generate", "--man", scratch.url.path])
        let found = try [scratch.url.path, Self.packaged].flatMap { directory in
            try FileManager.default.contentsOfDirectory(atPath: directory).map { "\(directory)/\($0)" }
        }
        pages = found.filter { $0.hasSuffix(".1") || $0.hasSuffix(".5") }
        try #require(pages.contains { $0.hasSuffix("/glare-repository.5") } && pages.count >= 11)
    }

    @Test func noneWarns() throws {
        for page in pages {
            let groff = try run("groff", ["-man", "-ww", "-z", "-K", "utf8", "-T", "utf8", page])
            #expect(groff.status == 0 && groff.stderr.isEmpty, "\(page): \(groff.stderr)")
            let man = try run("man", ["--warnings", "-l", page])
            #expect(man.status == 0 && man.stderr.isEmpty, "\(page): \(man.stderr)")
        }
    }

    @Test func whatIsTypedCanBeCopied() throws {
        let page = scratch.path("glare-sync.1")
        let environment = ProcessInfo.processInfo.environment.merging(["LC_ALL": "C.UTF-8", "MANWIDTH": "200"]) { $1 }
        let text = try run("man", ["-P", "cat", "-l", page], environment: environment).stdout
        #expect(text.contains("glare sync --only 'debian-*' --limit-rate 5M -s https://near.example.net/vm"))
        #expect(text.contains("~/.glare.conf") && text.contains("/etc/glare.conf"))
    }
}
