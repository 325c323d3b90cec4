import Foundation
import GlareTestSupport
import Testing

@Suite("glare generate")
struct GenerateTests {
    private let scratch: Scratch

    init() throws {
        scratch = try Scratch()
        _ = try scratch.directory("man")
        _ = try scratch.directory("completions")
        try mustRun(
            GlareBinary.path,
            [
                "generate", "--man", scratch.path("man"), "--completions", scratch.path("completions"),
                "--example-config", scratch.path("glare.conf"),
            ])
    }

    private func page(_ name: String) throws -> String {
        try String(contentsOfFile: scratch.path("man/\(name)"), encoding: .utf8)
    }

    @Test(.enabled(if: Machine.has("man") && Machine.has("groff")))
    func pagesAreWellFormed() throws {
        let pages = try FileManager.default.contentsOfDirectory(atPath: scratch.path("man"))
        #expect(pages.contains("glare.1") && pages.contains("glare-sync.1") && pages.contains("glare.conf.5"))
        for name in pages {
            let checked = try run("man", ["--warnings", "-E", "UTF-8", "-l", scratch.path("man/\(name)")])
            #expect(checked.status == 0 && checked.stderr.isEmpty, "\(name): \(checked.stderr)")
        }
    }

    @Test func everyOptionOfEveryCommandIsInItsPage() throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: scratch.path("man"))
        where name.hasPrefix("glare-") {
            let command = String(name.dropFirst("glare-".count).dropLast(2))
            let help = try mustRun(GlareBinary.path, [command, "--help"])
            let options = Set(help.matches(of: /--[a-z][a-z-]+/).map { String($0.output) }).subtracting(["--version"])
            let text = try page(name).replacingOccurrences(of: "\\-", with: "-")
            #expect(options.count > 2)
            for option in options { #expect(text.contains(option), "\(name): \(option)") }
            for section in ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "SEE ALSO"] {
                #expect(text.contains(".SH \"\(section)\""), "\(name): \(section)")
            }
        }
    }

    @Test func theExampleFileHasEverySettingAndChangesNone() throws {
        let text = try String(contentsOfFile: scratch.path("glare.conf"), encoding: .utf8)
        let keys = text.matches(of: /\n#([A-Z_]+)=/).map { String($0.1) }
        let defaults = try mustRun(GlareBinary.path, ["config"])
        #expect(keys.count > 15 && keys.allSatisfy(defaults.contains))
        let environment = GlareBinary.environment(["GLARE_CONFIG_SYSTEM": scratch.path("glare.conf")])
        #expect(try run(GlareBinary.path, ["config", "--check"], environment: environment).status == 0)
        // With every line that has a default brought to life, all is as before.
        let live = text.replacing(/\n#([A-Z_]+=[^\n']+)/) { "\n\($0.output.1)" }
        try scratch.file("glare.conf", live)
        let checked = try run(GlareBinary.path, ["config", "--check"], environment: environment)
        #expect(checked.status == 0, "\(checked.stderr)")
        #expect(try run(GlareBinary.path, ["config", "LIMIT"], environment: environment).stdout == "5\n")
    }

    @Test func whatCanNotBeWrittenIsTold() throws {
        #expect(try glare("generate").status == 64)
        let result = try glare("generate", "--man", "/nonexistent/man")
        #expect(result.status == 73 && result.stderr.contains("/nonexistent/man"))
    }

    // MARK: Completion

    /// A line as typed, and words that must be offered at its end.
    private static let cases: [(line: String, offered: [String])] = [
        ("glare syn", ["sync"]),
        ("glare sync --start", ["--start-delay"]),
        ("glare list -d REPOSITORY ", ["debian-12", "disk"]),
        ("glare list -d REPOSITORY deb", ["debian-12"]),
        ("glare log -d REPOSITORY debian-12@", ["debian-12@ID"]),
        ("glare-list -d REPOSITORY ", ["debian-12", "disk"]),
        ("glare-sync --start", ["--start-delay"]),
    ]

    private func repository() throws -> (path: String, bin: String, id: String) {
        let publisher = try PublisherFixture()
        let version = try publisher.publish("debian-12", seed: 1)
        try publisher.letTimePass()
        try publisher.publish("disk", seed: 2)
        let path = scratch.path("repository")
        try mustRun("cp", ["-a", publisher.repository, path])
        let bin = try scratch.directory("bin")
        for name in ["glare", "glare-list", "glare-sync"] {
            try FileManager.default.createSymbolicLink(atPath: "\(bin)/\(name)", withDestinationPath: GlareBinary.path)
        }
        return (path, bin, version.id)
    }

    private func check(_ shell: String, _ complete: (String) throws -> [String]) throws {
        let (path, _, id) = try repository()
        for (line, offered) in Self.cases {
            let found = try complete(line.replacingOccurrences(of: "REPOSITORY", with: path))
            let expected = offered.map { $0.replacingOccurrences(of: "ID", with: id) }
            #expect(found.sorted() == expected, "\(shell): \(line)")
        }
    }

    private func environment() -> [String: String] {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return GlareBinary.environment(["PATH": "\(scratch.path("bin")):\(path)", "HOME": scratch.url.path])
    }

    @Test func bashKnowsImagesAndVersions() throws {
        let script = """
            source "$0/glare.bash"
            COMP_LINE=$1 COMP_POINT=${#1}
            read -ra COMP_WORDS <<<"$1"
            [[ $1 != *' ' ]] || COMP_WORDS+=('')
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            function=$(complete -p "${COMP_WORDS[0]}" | sed 's/.*-F \\([^ ]*\\).*/\\1/')
            "$function" "${COMP_WORDS[0]}" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
            printf '%s\\n' "${COMPREPLY[@]}"
            """
        try check("bash") { line in
            let result = try run(
                "bash", ["-c", script, scratch.path("completions"), line], environment: environment())
            #expect(result.stderr.isEmpty, "\(result.stderr)")
            return result.stdout.split(separator: "\n").map(String.init)
        }
    }

    @Test(.enabled(if: Machine.has("fish"))) func fishKnowsImagesAndVersions() throws {
        try check("fish") { line in
            let result = try run(
                "fish", ["-c", "source \(scratch.path("completions/glare.fish")); complete -C '\(line)'"],
                environment: environment())
            #expect(result.stderr.isEmpty, "\(result.stderr)")
            return result.stdout.split(separator: "\n").map { String($0.prefix { $0 != "\t" }) }
        }
    }

    @Test(.enabled(if: Machine.has("zsh") && Machine.has("python3"))) func zshKnowsImagesAndVersions() throws {
        // zsh completes only at a prompt; Tab twice lists what there is.
        let script = #"""
            import os, pty, re, select, sys, time
            directory, lines = sys.argv[1], sys.argv[2:]
            pid, terminal = pty.fork()
            if pid == 0:
                os.environ['TERM'] = 'dumb'
                os.execvp('zsh', ['zsh', '-f', '-i'])
            def read(until, seconds=20):
                out, end = '', time.monotonic() + seconds
                while until not in out and time.monotonic() < end:
                    if select.select([terminal], [], [], 0.1)[0]:
                        out += os.read(terminal, 65536).decode(errors='replace')
                return out
            def say(text): os.write(terminal, text.encode())
            say('unsetopt zle_bracketed_paste; PS1=""; stty -echo\n')
            say(f'fpath=({directory} $fpath); autoload -Uz compinit; compinit -u -d {directory}/dump\n')
            # What is offered goes to a file instead of the screen.
            say('compadd() { builtin compadd -O offered "$@" 2>/dev/null; print -rl -- $offered >> %s/offered; builtin compadd "$@" }\n' % directory)
            say('print rea""dy\n')
            read('ready')
            for line in lines:
                open(directory + '/offered', 'w').close()
                say(line + '\t')
                time.sleep(0.1)
                end = time.monotonic() + 10
                while not open(directory + '/offered').read().strip() and time.monotonic() < end: time.sleep(0.05)
                time.sleep(0.3)
                print(' '.join(sorted(set(open(directory + '/offered').read().split()))))
                say('\x15')
            say('exit\n')
            """#
        let (path, _, id) = try repository()
        let lines = Self.cases.map { $0.line.replacingOccurrences(of: "REPOSITORY", with: path) }
        let result = try run(
            "python3", ["-c", script, scratch.path("completions")] + lines, environment: environment())
        let found = result.stdout.split(separator: "\n", omittingEmptySubsequences: false)
        try #require(found.count >= lines.count, "\(result.stdout)\(result.stderr)")
        for (index, (line, offered)) in Self.cases.enumerated() {
            let words = found[index].split(separator: " ").map(String.init)
            for word in offered.map({ $0.replacingOccurrences(of: "ID", with: id) }) {
                #expect(words.contains(word), "zsh: \(line): \(words)")
            }
        }
    }
}
