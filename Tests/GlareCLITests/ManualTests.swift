import GlareTestSupport
import Testing

@testable import GlareCLI

@Suite("Manual pages: nothing is left out")
struct ManualTests {
    private let pages: [String: String]
    private let commands: [CommandTree.Command]

    init() throws {
        pages = Dictionary(uniqueKeysWithValues: try ManualPages.all().map { ($0.name, $0.text) })
        commands = try #require(CommandTree.current().subcommands).filter { $0.commandName != "help" }
    }

    /// What stands under a heading, hyphens as they are typed.
    private func section(_ heading: String, of page: String) throws -> String {
        let text = try #require(pages[page], "\(page)").replacing("\\-", with: "-")
        let start = try #require(text.firstRange(of: ".SH \"\(heading)\"\n"), "\(page): \(heading)")
        let rest = text[start.upperBound...]
        return String(rest[..<(rest.firstRange(of: "\n.SH ")?.lowerBound ?? rest.endIndex)])
    }

    @Test func everyCommandHasAPage() throws {
        #expect(commands.count == GlareCommand.names.count)
        for command in commands {
            let page = "glare-\(command.commandName).1"
            #expect(try section("NAME", of: page).contains("glare-\(command.commandName) - "))
            #expect(try section("SYNOPSIS", of: page).contains("glare \(command.commandName)"))
            #expect(try section("COMMANDS", of: "glare.1").contains("glare-\(command.commandName)"))
            #expect(try section("EXIT STATUS", of: page).hasPrefix(".TP\n0\n"))
        }
    }

    @Test func everyExitStatusIsListedOnce() throws {
        for page in pages.keys where page.hasPrefix("glare-") && page.hasSuffix(".1") {
            let codes = try section("EXIT STATUS", of: page).components(separatedBy: ".TP\n").dropFirst().map {
                $0.prefix { $0 != "\n" }
            }
            #expect(Set(codes).count == codes.count, "\(page): \(codes)")
        }
        // All that change a repository wait for one another.
        for name in ["set-current", "rename", "remove", "prune", "withdraw", "protect", "unprotect", "annotate"] {
            let text = try section("EXIT STATUS", of: "glare-\(name).1")
            for code in [64, 65, 66, 73, 75, 77] { #expect(text.contains(".TP\n\(code)\n"), "\(name): \(code)") }
        }
    }

    @Test func everyFormOfEveryOptionIsListed() throws {
        for command in commands {
            let (page, arguments) = ("glare-\(command.commandName).1", command.arguments ?? [])
            let (options, synopsis) = (try section("OPTIONS", of: page), try section("SYNOPSIS", of: page))
            for name in arguments.flatMap({ $0.names ?? [] }).map(\.text) where name != "--version" {
                #expect(options.contains("\\fB\(name)\\fR"), "\(page): \(name)")
            }
            for argument in arguments where argument.kind == .positional {
                #expect(options.contains(".TP\n\\fI\(argument.valueName ?? "")\\fR\n"), "\(page)")
                #expect(synopsis.contains("\\fI\(argument.valueName ?? "")\\fR"), "\(page)")
            }
            for argument in arguments where argument.shouldDisplay && argument.names?.first?.name != "version" {
                #expect(argument.abstract?.isEmpty == false, "\(page): \(argument.usage)")
            }
        }
    }

    @Test func everySettingIsAnOptionThatNamesItsKey() {
        let arguments = commands.flatMap { $0.arguments ?? [] }
        for setting in Settings.all {
            // Flags are no settings: to add-image, --allow-unsafe is something that is done once.
            let options = arguments.filter {
                $0.kind == .option && ($0.names ?? []).contains { $0.text == "--\(setting.option)" }
            }
            #expect(!options.isEmpty, "\(setting.key) is no command's")
            for option in options {
                #expect(option.abstract?.contains("(\(setting.key)") == true, "--\(setting.option)")
                #expect(option.valueName == setting.placeholder, "--\(setting.option)")
                if let preset = setting.fallback {
                    #expect(option.abstract?.contains("default \(preset)") == true, "--\(setting.option)")
                }
            }
        }
    }

    @Test func everySettingStandsOnceInGlareConf() throws {
        let text = try #require(pages["glare.conf.5"])
        for setting in Settings.all {
            #expect(text.split(separator: ".TP\n\\fB\(setting.key)\\fR\n").count == 2, "\(setting.key)")
        }
    }

    @Test func whatAPageRefersToIsThere() throws {
        let others: Set = [
            "debugfs.8", "glare-repository.5", "minisign.1", "netrc.5", "qemu-img.1", "sd_listen_fds.3",
            "systemd.socket.5",
            "systemd.unit.5",
        ]
        for (name, text) in pages {
            let references = text.replacing("\\-", with: "-").matches(of: /([a-z][a-z._-]+)(?:\\fR)?\(([1-8])\)/)
            #expect(!references.isEmpty, "\(name)")
            for found in references.map({ "\($0.1).\($0.2)" }) {
                #expect(pages[found] != nil || others.contains(found), "\(name): \(found)")
            }
        }
    }
}

@Suite("The example of the configuration file")
struct ExampleFileTests {
    private let example = ConfigurationFile.example()
    private let scratch: Scratch
    init() throws { scratch = try Scratch() }

    private func configuration(_ text: String) throws -> Configuration {
        let file = try scratch.file("glare.conf", text)
        return Configuration(environment: ["GLARE_CONFIG_SYSTEM": file, "HOME": "/home/me"])
    }

    @Test func everySettingIsThereOnceAsAComment() throws {
        for setting in Settings.all {
            #expect(example.split(separator: "\n#\(setting.key)=").count == 2, "\(setting.key)")
            let comment = example.split(separator: "\n").first {
                $0.hasPrefix("# \(setting.summary)") && $0.contains(setting.expected)
            }
            #expect(comment != nil, "\(setting.key)")
        }
        let parsed = ShellAssignments.parse(example) { _ in nil }
        #expect(parsed.assignments.isEmpty && parsed.problems.isEmpty)
    }

    @Test func eachDefaultIsAcceptedWhereItStands() throws {
        for setting in Settings.all {
            guard let preset = setting.fallback else { continue }
            let live = example.replacing("\n#\(setting.key)=", with: "\n\(setting.key)=")
            let settings = try configuration(live)
            #expect(settings.check().isEmpty, "\(setting.key): \(settings.check())")
            #expect(settings.isSet(setting), "\(setting.key)")
            let text = settings.entry(of: setting)?.text
            #expect(text == (preset.hasPrefix("~/") ? "/home/me" + preset.dropFirst() : preset), "\(setting.key)")
        }
    }
}
