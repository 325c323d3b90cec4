import ArgumentParser
import GlareModel
import GlareRepository
import GlareSystem

struct RebuildIndexCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebuild-index", abstract: "Make anew all that can be derived from the images.",
        discussion: "Also adopts a repository that the original Glare made.")

    @Flag(help: "Read every version's file, also those that are as they were.")
    var full = false

    @OptionGroup var repository: RepositoryOptions
    @OptionGroup var json: JSONOption
    @OptionGroup var verbosity: VerbosityOptions

    private struct Report: Encodable {
        let directory: String
        let images: [ImageName]
        let versions: Int
        /// Images that hosts can't get.
        let missing: [String]
    }

    func run() async throws {
        let session = try Session(verbosity, json: json.json)
        let repository = try self.repository.open(session, command: "rebuild-index")
        let result = try await session.working { try repository.rebuildIndex(rereadAll: full) }
        let missing = result.withoutVersion.map(\.text)
        session.output.result(
            "\(repository.root.path): \(Readable.count(result.images.count, "image")), \(Readable.count(result.versionCount, "version"))"
        )
        try session.output.json(
            Report(
                directory: repository.root.path, images: result.images, versions: result.versionCount, missing: missing)
        )
        if !missing.isEmpty {
            throw CommandFailure(
                .badData,
                "hosts can't get \(missing.joined(separator: ", ")): add a good image under that name, or remove the symlink"
            )
        }
    }
}
