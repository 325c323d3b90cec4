import ArgumentParser
import GlareModel
import GlareRepository
import GlareSystem

struct RebuildIndexCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebuild-index", abstract: "Make anew all that can be derived from the images.",
        discussion: "Also adopts a repository that the original Glare made.")

    @Option(name: [.short, .long], help: "The repository (DIRECTORY).")
    var directory: String?

    @Flag(help: "Read every version's file, also those that are as they were.")
    var full = false

    func run() throws {
        let configuration = try loadConfiguration()
        let repository = try configuration.repository(directory: directory, command: "rebuild-index")
        let result = try repository.rebuildIndex(rereadAll: full)
        Console.data(
            "\(repository.root.path): \(Readable.count(result.images.count, "image")), \(Readable.count(result.versionCount, "version"))\n"
        )
        if !result.withoutVersion.isEmpty {
            let names = result.withoutVersion.map(\.text).joined(separator: ", ")
            throw CommandFailure(
                .badData, "hosts can't get \(names): add a good image under that name, or remove the symlink")
        }
    }
}
