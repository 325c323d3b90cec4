import ArgumentParser
import FoundationEssentials
import Glibc
import SystemPackage

struct GenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate", abstract: "Write manual pages, shell completions and an example configuration.",
        discussion: "`make install` and the packages do this already.")

    @Option(help: ArgumentHelp("Write the manual pages into this directory.", valueName: "dir"), completion: .directory)
    var man: String?

    @Option(
        help: ArgumentHelp("Write glare.bash, _glare (zsh) and glare.fish into this directory.", valueName: "dir"),
        completion: .directory)
    var completions: String?

    @Option(
        help: ArgumentHelp("Write a glare.conf with every setting commented out.", valueName: "file"),
        completion: .file())
    var exampleConfig: String?

    func validate() throws {
        if man == nil && completions == nil && exampleConfig == nil {
            throw ValidationError("Nothing to write: name --man, --completions or --example-config.")
        }
        if [man, completions, exampleConfig].contains("") {
            throw ValidationError("An empty path: is a variable not set?")
        }
    }

    func run() throws {
        if let man {
            for (name, text) in try ManualPages.all() { try write(text, to: "\(man)/\(name)") }
        }
        if let completions {
            for (name, text) in CompletionScripts.all() { try write(text, to: "\(completions)/\(name)") }
        }
        if let exampleConfig {
            // Somebody's settings may stand there.
            guard !FileManager.default.fileExists(atPath: exampleConfig) else {
                throw CommandFailure(.cannotCreate, "\(exampleConfig): is there already; name another file")
            }
            try write(ConfigurationFile.example(), to: exampleConfig)
        }
    }

    private func write(_ text: String, to path: String) throws {
        let parent = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        guard parent.isEmpty || FileManager.default.fileExists(atPath: parent) else {
            throw CommandFailure(.cannotCreate, "\(parent): there is no such directory: make it first")
        }
        guard FileManager.default.createFile(atPath: path, contents: Data(text.utf8)) else {
            throw CommandFailure(.cannotCreate, "\(path): cannot be written: \(Errno(rawValue: errno))")
        }
    }
}
