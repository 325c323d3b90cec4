import Foundation
import GlareTestSupport
import Testing

/// `make install` and `make uninstall`.
@Suite(.enabled(if: Checkout.isBuilt, "nothing is built; `make test` does"))
struct InstallationTests {
    private static let commands = [
        "add-image", "annotate", "clone", "config", "diff", "doctor", "generate", "keygen", "list", "log",
        "pin", "protect", "prune", "rebuild-index", "remove", "rename", "serve", "set-current", "sign",
        "status", "sync", "unpin", "unprotect", "verify", "withdraw",
    ]

    /// What an installation has at least, with type and permissions.
    private static let expected: [String: String] = {
        var files = [
            "bin/glare": "f 755",
            "share/man/man1/glare.1": "f 644", "share/man/man5/glare.conf.5": "f 644",
            "share/man/man5/glare-repository.5": "f 644",
            "share/bash-completion/completions/glare": "f 644", "share/zsh/site-functions/_glare": "f 644",
            "share/fish/vendor_completions.d/glare.fish": "f 644",
            "lib/systemd/system/glare-sync.service": "f 644", "lib/systemd/system/glare-sync.timer": "f 644",
            "lib/systemd/system/glare-sign.service": "f 644", "lib/systemd/system/glare-sign.timer": "f 644",
            "lib/systemd/system/glare-serve.service": "f 644", "lib/systemd/system/glare-serve.socket": "f 644",
            "lib/sysusers.d/glare.conf": "f 644",
            "lib/tmpfiles.d/glare.conf": "f 644",
            "share/doc/glare/README.md": "f 644", "share/doc/glare/glare.conf.example": "f 644",
            "share/doc/glare/docs/repository-format.md": "f 644",
        ]
        for command in commands {
            files["bin/glare-\(command)"] = "l 777 glare"
            files["share/man/man1/glare-\(command).1"] = "f 644"
            files["share/bash-completion/completions/glare-\(command)"] = "l 777 glare"
        }
        return files
    }()

    private let scratch: Scratch

    init() throws {
        scratch = try Scratch()
        chmod(scratch.url.path, 0o755)
    }

    private func make(_ words: String, destination: String, umask: String = "022") throws -> RunResult {
        try shell("umask \(umask); make --silent \(words) DESTDIR=\"$DESTINATION\"", ["DESTINATION": destination])
    }

    /// Also under the umask of a careful root.
    @Test(arguments: [("/usr/local", "", "022"), ("/opt/x", "PREFIX=/opt/x", "077")])
    func putsEverythingInItsPlaceAndTakesItAway(_ prefix: String, _ setting: String, _ umask: String) throws {
        let destination = try scratch.directory("destination")
        let installed = try make("install \(setting)", destination: destination, umask: umask)
        try #require(installed.status == 0, "\(installed.stderr)")
        #expect(installed.stdout == "Installed under \(destination)\(prefix)\n")
        #expect(installed.stderr == "")

        let root = destination + prefix
        let found = try listing(of: root)
        for (path, kind) in Self.expected { #expect(found[path] == kind, "\(path)") }
        for (path, kind) in found where kind.hasPrefix("d") { #expect(kind == "d 755", "\(path)") }
        let examples = ["glare-compare", "on-update-libvirt", "on-update-webhook"]
        let programs = ["bin/glare"] + examples.map { "share/doc/glare/docs/examples/\($0)" }
        for (path, kind) in found where kind.hasPrefix("f") {
            #expect(kind == (programs.contains(path) ? "f 755" : "f 644"), "\(path)")
        }
        // Nothing but the prefix: no settings, no images.
        let top = try #require(prefix.split(separator: "/").first).description
        #expect(try FileManager.default.contentsOfDirectory(atPath: destination) == [top])

        for unit in ["sync", "serve"] {
            let text = try String(contentsOfFile: "\(root)/lib/systemd/system/glare-\(unit).service", encoding: .utf8)
            #expect(text.contains("\nExecStart=\(prefix)/bin/glare \(unit)\n"))
            #expect(!text.contains("@PREFIX@"))
        }

        let removed = try make("uninstall \(setting)", destination: destination)
        try #require(removed.status == 0, "\(removed.stderr)")
        let left = try listing(of: destination)
        #expect(left.filter { !$0.value.hasPrefix("d") }.isEmpty)
        #expect(left.keys.filter { $0.contains("glare") }.isEmpty)
    }

    @Test func theInstalledProgramFindsItsCommandsAndOthers() throws {
        let destination = try scratch.directory("destination")
        try #require(make("install", destination: destination).status == 0)
        let bin = destination + "/usr/local/bin"
        let environment = GlareBinary.environment()
        for command in Self.commands {
            let help = try run("\(bin)/glare-\(command)", ["--help"], environment: environment)
            #expect(help.status == 0)
            #expect(help.stdout.contains("glare \(command)"), "\(command)")
        }
        try scratch.script("echo \"mine: $*\"", at: bin + "/glare-mine")
        let mine = try run("\(bin)/glare", ["mine", "one"], environment: environment)
        #expect(mine.stdout == "mine: one\n", "\(mine.stderr)")
    }

    @Test func whatIsNotOursStays() throws {
        let destination = try scratch.directory("destination")
        try #require(make("install", destination: destination).status == 0)
        let foreign = [
            "etc/glare.conf", "usr/local/bin/glare-mine", "usr/local/share/man/man1/other.1",
            "usr/local/share/doc/glare/notes.txt", "usr/local/lib/systemd/system/other.service",
            "var/lib/glare/debian-12",
        ]
        for path in foreign {
            _ = try scratch.directory("destination/" + (path as NSString).deletingLastPathComponent)
            try scratch.file("destination/" + path, path)
        }
        // Again, over what is there: neither changes it.
        try #require(make("install", destination: destination).status == 0)
        try #require(make("uninstall", destination: destination).status == 0)
        let left = try listing(of: destination).filter { $0.value.hasPrefix("f") }
        #expect(left.keys.sorted() == foreign.sorted())
        for path in foreign { #expect(try String(contentsOfFile: "\(destination)/\(path)", encoding: .utf8) == path) }
    }

    /// git does not tell such a user anything about the tree, because it is somebody else's.
    @Test(.enabled(if: Machine.canBeOthers, "only root can be somebody else"))
    func anOrdinaryUserInstallsIntoADirectoryOfTheirs() throws {
        let project = scratch.path("project")
        try Checkout.copy(to: project)
        try mustShell("git init -q . && git add -A", in: project)
        let theirs = try scratch.directory("theirs")
        chown(theirs, 65534, 65534)
        try mustShell("make --silent install DESTDIR=\"$THEIRS\"", ["THEIRS": theirs], in: project, asNobody: true)
        let found = try listing(of: theirs + "/usr/local")
        for (path, kind) in Self.expected { #expect(found[path] == kind, "\(path)") }
        #expect(try mustRun("find", [theirs, "!", "-uid", "65534"]) == "")
        try mustShell("make --silent uninstall DESTDIR=\"$THEIRS\"", ["THEIRS": theirs], in: project, asNobody: true)
        #expect(try listing(of: theirs).filter { !$0.value.hasPrefix("d") }.isEmpty)
    }

    @Test func withoutABuiltProgramItSaysWhatToDo() throws {
        let project = scratch.path("project")
        try Checkout.copy(to: project, withProgram: false)
        let destination = try scratch.directory("destination")
        let result = try shell("make install DESTDIR=\"$DESTINATION\"", ["DESTINATION": destination], in: project)
        #expect(result.status == 2)
        #expect(result.stderr.hasPrefix("Nothing is built yet: run make first, as yourself.\n"), "\(result.stderr)")
        #expect(try listing(of: destination).isEmpty)
    }

    /// A prefix goes into units, where a space or a percent sign means something.
    @Test(arguments: ["opt/x", "/opt/a b", "/opt/100%"])
    func refusesAPrefixThatUnitsCouldNotName(_ prefix: String) throws {
        let destination = try scratch.directory("destination")
        let result = try shell("scripts/install", ["DESTDIR": destination, "PREFIX": prefix])
        #expect(result.status == 64)
        #expect(result.stderr.hasPrefix("PREFIX=\(prefix): expected an absolute path of letters"))
        #expect(try listing(of: destination).isEmpty)
    }

    @Test(.enabled(if: Machine.has("man") && Machine.has("groff")))
    func allManualPagesAreWithoutAWarning() throws {
        let destination = try scratch.directory("destination")
        try #require(make("install", destination: destination).status == 0)
        let pages = try listing(of: destination).keys.filter { $0.contains("/man/man") && !$0.hasSuffix("/man5") }
            .filter { !$0.hasSuffix("/man1") }
        #expect(pages.count >= Self.commands.count + 3)
        for page in pages.sorted() {
            // As lintian does: all that groff has to say of the source.
            let result = try run(
                "man", ["--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", "\(destination)/\(page)"],
                environment: Checkout.environment(["MANWIDTH": "80", "MANROFFSEQ": ""]))
            #expect(result.status == 0)
            #expect(result.stderr == "", "\(page)")
            #expect(result.stdout.count > 500, "\(page)")
        }
    }

    /// A command that has no link or no page would be found by nobody.
    @Test func everyCommandIsInTheList() throws {
        let names = try mustShell("scripts/command-names").lines
        let help = try mustShell("bin/glare --help").components(separatedBy: "SUBCOMMANDS:\n").last ?? ""
        let offered = help.lines.filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") }.compactMap(\.words.first)
            .filter { $0 != "See" && $0 != "help" }
        #expect(!offered.isEmpty && offered.sorted() == names.sorted() && names == Self.commands)
    }

    @Test func theRepositorysPageNamesWhatTheFormatDoes() throws {
        let page = try mustShell("cat packaging/man/glare-repository.5")
        for name in ["images.txt", "images.json", "catalogue", "SHA256SUMS", "archive", "NAME.md", ".glare/"] {
            #expect(page.contains(name), "\(name)")
        }
    }
}
