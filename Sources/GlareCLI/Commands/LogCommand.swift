import ArgumentParser
import GlareModel
import GlareSync

struct LogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "Show an image's changelog, newest first.")

    @Argument(help: "The image.")
    var name: String

    @OptionGroup var source: SourceOptions

    @Flag(help: "Print JSON.")
    var json = false

    private struct Entry: Encodable {
        let id: VersionID
        let date: String
        let message: String
    }

    func run() async throws {
        let image = try ImageName(name)
        let settings = try loadConfiguration()
        guard case .server(let address) = try source.source(cache: nil, settings) else {
            throw CommandFailure(.usage, "a cache has no changelog: name a repository with --directory or --server")
        }
        let entries = try await Inventory.changelog(of: image, on: address)
        if json {
            Console.data(
                try Document.encode(["entries": entries.map { Entry(id: $0.id, date: $0.date, message: $0.message) }]))
            return
        }
        for entry in entries {
            Console.data("\(entry.id)  \(entry.date.safeForDisplay)\n")
            for line in entry.message.split(separator: "\n", omittingEmptySubsequences: false) {
                Console.data("    \(String(line).safeForDisplay)\n")
            }
            Console.data("\n")
        }
    }
}
