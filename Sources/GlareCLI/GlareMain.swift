import ArgumentParser
import FoundationEssentials
import GlareModel
import GlareSystem
import Glibc

/// The program: finds out which command is meant, runs it, and ends with the right status.
public enum GlareMain {
    public static func main() async {
        useSharedCreationMask()
        // A reader of our output that went away is noticed at the write, where it is no failure.
        signal(SIGPIPE, SIG_IGN)
        let arguments = words(CommandLine.arguments)
        await runPlugin(arguments)
        do {
            try helpWithOthers(arguments)
            var command = try await GlareCommand.asyncParseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            if let lost = Console.lostOutput {
                throw CommandFailure(.inputOutput, "standard output: cannot write: \(lost)")
            }
        } catch {
            end(with: error)
        }
    }

    /// The words after `glare`; called by a link `glare-NAME`, NAME is the first of them.
    static func words(_ arguments: [String]) -> [String] {
        let rest = Array(arguments.dropFirst())
        let program = arguments.first?.split(separator: "/").last ?? ""
        let name = program.dropFirst("glare-".count)
        return program.hasPrefix("glare-") && GlareCommand.names.contains(String(name)) ? [String(name)] + rest : rest
    }

    /// Becomes the plugin that is meant, or tells that there is no such command; returns for our own.
    private static func runPlugin(_ arguments: [String]) async {
        guard let name = arguments.first, !name.hasPrefix("-"), !GlareCommand.names.contains(name), name != "help"
        else { return }
        if let plugin = Plugins.find(name) {
            Console.fail(Plugins.become(plugin, arguments: arguments).description)
            exit(ExitStatus.failure.rawValue)
        }
        Console.note("Invalid glare command \(name)")
        if let near = nearestCommand(to: name) { Console.note("Did you mean '\(near)'?") }
        Console.note("Valid subcommands:")
        for usage in await GlareCommand.usages() { Console.note(usage) }
        exit(ExitStatus.failure.rawValue)
    }

    /// `glare help WORD`, of which ArgumentParser knows our own commands alone and takes every other word for none:
    /// a plugin tells its help itself.
    ///
    /// - Throws: ``CommandFailure`` for a word that is no command.
    private static func helpWithOthers(_ arguments: [String]) throws {
        guard arguments.first == "help", let name = arguments.dropFirst().first, !name.hasPrefix("-"),
            !GlareCommand.names.contains(name), name != "help"
        else { return }
        if let plugin = Plugins.find(name) { throw Plugins.become(plugin, arguments: [name, "-h"]) }
        let near = nearestCommand(to: name).map { "did you mean \($0)? " } ?? ""
        throw CommandFailure(
            .usage, "help: no command is called \(name.quotedForDisplay); \(near)`glare help` tells which there are")
    }

    private static func nearestCommand(to name: String) -> String? {
        Suggestion.nearest(to: name, among: GlareCommand.names + Plugins.all().map(\.name))
    }

    private static func end(with error: any Error) -> Never {
        if let status = ExitStatus(error) {
            Console.fail("\(error)")
            exit(status.rawValue)
        }
        // ArgumentParser's own: help, the version, a usage error, an exit code without a message.
        let code = GlareCommand.exitCode(for: error)
        if code != .failure || error is ExitCode { GlareCommand.exit(withError: error) }
        Console.fail("unexpected: \(error)")
        exit(ExitStatus.internalError.rawValue)
    }
}

struct GlareCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "glare",
        abstract: "Publishes virtual machine images and keeps them cached on every host.",
        discussion: "Any executable glare-NAME beside this program or in PATH is a command as well.",
        version: "glare \(glareVersion)",
        subcommands: commands)

    private static let commands: [any (ParsableCommand & Documented).Type] = [
        AddImageCommand.self, SetCurrentCommand.self, RenameCommand.self, RemoveCommand.self, PruneCommand.self,
        WithdrawCommand.self, ProtectCommand.self, UnprotectCommand.self, AnnotateCommand.self,
        RebuildIndexCommand.self, ServeCommand.self, SyncCommand.self, StatusCommand.self, CloneCommand.self,
        PinCommand.self, UnpinCommand.self, DoctorCommand.self, ListCommand.self, LogCommand.self,
        DiffCommand.self, VerifyCommand.self, KeygenCommand.self, SignCommand.self, ConfigCommand.self,
        GenerateCommand.self,
    ]

    static func manual(of name: String) -> ManualSections? {
        commands.first { $0.configuration.commandName == name }?.manual
    }

    static var names: [String] { commands.compactMap { $0.configuration.commandName } }

    /// A line for each command, the built-in ones first.
    static func usages() async -> [String] {
        let own = commands.map { command in
            usageString(for: command).split(whereSeparator: \.isWhitespace).joined(separator: " ").removingPrefix(
                "Usage: ")
        }
        return own + (await Plugins.usages())
    }
}

extension String {
    func removingPrefix(_ prefix: String) -> String {
        lowercased().hasPrefix(prefix.lowercased()) ? String(dropFirst(prefix.count)) : self
    }
}
