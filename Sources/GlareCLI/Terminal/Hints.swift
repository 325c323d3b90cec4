import ArgumentParser
import GlareModel

/// What messages tell people to run, `glare list` in backticks, made complete: about the repository or the cache that
/// this command line named.
///
/// It is done where messages are shown, because the parts that write them do not know how they were called; and
/// ArgumentParser knows which command takes which option.
struct Hints {
    /// Options that say which repository or cache a command is about, in the order in which they were given.
    private let given: [Place]
    /// By the name of a command, what it takes of those.
    private let taken: [String: Set<String>]

    private struct Place {
        let setting: any AnySetting
        /// As it may be shown.
        let value: String

        var flag: String { setting.flags[0] }
        var isServer: Bool { setting.key == Settings.server.key }
    }

    private static let places: [any AnySetting] = [Settings.directory, Settings.targetDirectory, Settings.server]

    /// - Parameters:
    ///   - words: What follows `glare`.
    ///   - commands: All that there are.
    init(words: [String], commands: [CommandTree.Command]) {
        given = commands.first { $0.commandName == words.first }.map { Self.places(in: words, of: $0) } ?? []
        taken = Dictionary(
            commands.map { ($0.commandName, Set(Self.places.map(\.option).filter($0.takes))) }
        ) { first, _ in first }
    }

    private static let ofThisCommand = Hints(
        words: GlareMain.words(CommandLine.arguments), commands: (try? CommandTree.current().subcommands) ?? [])

    /// A message with its hints made complete.
    static func complete(_ message: String) -> String {
        // What commands take is looked up by the first hint alone.
        message.contains("`glare ") ? ofThisCommand.complete(message) : message
    }

    func complete(_ message: String) -> String {
        message.replacing(/`glare ([a-z-]+)([^`]*)`/) { hint in
            "`glare \(hint.1)\(hint.2)\(options(of: String(hint.1), besides: hint.2))`"
        }
    }

    /// What is to be said to a command beside its words so far; nothing where those name a place already.
    private func options(of command: String, besides words: Substring) -> String {
        let said = Set(words.split(separator: " ").map(String.init))
        let taken = taken[command] ?? []
        guard !Self.places.contains(where: { taken.contains($0.option) && $0.isNamed(in: said) }) else { return "" }
        var options = given.filter { taken.contains($0.setting.option) }
        // It looks at one place; whoever named a server and a cache is told of what that server has.
        if command == ListCommand.configuration.commandName, options.contains(where: \.isServer) {
            options.removeAll { !$0.isServer }
        }
        return options.map { " \($0.flag) \($0.value)" }.joined()
    }

    private static func places(in words: [String], of command: CommandTree.Command) -> [Place] {
        var rest = words.dropFirst()
        var found: [Place] = []
        while let word = rest.popFirst(), word != "--" {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            guard let name = parts.first, let option = command.option(name) else { continue }
            // Also that of other options, which may look like one of ours.
            guard let value = parts.count == 2 ? parts[1] : rest.popFirst() else { break }
            guard let setting = places.first(where: { option.isCalled("--\($0.option)") }) else { continue }
            if !setting.isRepeatable { found.removeAll { $0.setting.key == setting.key } }
            found.append(Place(setting: setting, value: setting.shown(value).safeForDisplay.quotedForShell))
        }
        return found
    }
}

extension AnySetting {
    /// As a command line has it, the shortest first.
    fileprivate var flags: [String] { (short.map { ["-\($0)"] } ?? []) + ["--\(option)"] }

    fileprivate func isNamed(in words: Set<String>) -> Bool { flags.contains(where: words.contains) }
}

extension CommandTree.Command {
    /// The option of that name that takes a value: `-d` or `--directory`.
    fileprivate func option(_ name: String) -> CommandTree.Argument? {
        arguments?.first { $0.kind == .option && $0.isCalled(name) }
    }

    fileprivate func takes(_ name: String) -> Bool { option("--\(name)") != nil }
}

extension CommandTree.Argument {
    fileprivate func isCalled(_ name: String) -> Bool { names?.contains { $0.text == name } ?? false }
}
