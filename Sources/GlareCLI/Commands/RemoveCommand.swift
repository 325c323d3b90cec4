import ArgumentParser
import GlareModel
import GlareRepository

struct RemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Remove a version of an image, or all of it.",
        discussion: "It leaves the catalogue at once; the files go after the grace time.")

    @Argument(
        help: ArgumentHelp(
            "The version: NAME@ID or NAME@-1; NAME alone for the image with all its versions.", valueName: "name"),
        completion: .imagesAndVersions)
    var reference: String

    @Flag(help: "Tell what would go, and change nothing.")
    var dryRun = false

    @OptionGroup var repository: RepositoryOptions
    @OptionGroup var json: JSONOption
    @OptionGroup var verbosity: VerbosityOptions

    func run() async throws {
        let reference = try ImageReference(self.reference)
        let session = try Session(verbosity, json: json.json)
        let grace = try repository.seconds(session.configuration)
        let repository = try self.repository.open(session, command: "remove", mayBeUnsigned: dryRun)
        let result = try await session.working { try repository.remove(reference, dryRun: dryRun) }
        try RemoveReport(result, dryRun: dryRun).tell(session.output, grace: grace)
    }
}
