import ArgumentParser
import GlareModel
import GlareRepository

struct SetCurrentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set-current", abstract: "Make another version of an image the current one.",
        discussion: "To roll back, or to promote a version. Hosts follow at their next sync.")

    @Argument(
        help: ArgumentHelp(
            "The version: NAME@ID, with the first digits of the id, or NAME@-1 for the one before the current.",
            valueName: "name@version"),
        completion: .imagesAndVersions)
    var reference: String

    @Option(
        name: [.short, .long], parsing: .unconditional,
        help: ArgumentHelp("Why, for the changelog.", valueName: "text"))
    var message: String

    @OptionGroup var repository: RepositoryOptions
    @OptionGroup var json: JSONOption
    @OptionGroup var verbosity: VerbosityOptions

    func run() async throws {
        let reference = try ImageReference(self.reference)
        guard reference.selector != .current else {
            throw CommandFailure(
                .usage,
                "\(reference): expected a version: \(reference)@ID, or \(reference)@-1 for the one before the current")
        }
        let session = try Session(verbosity, json: json.json)
        let repository = try self.repository.open(session, command: "set-current")
        let result = try await session.working { try repository.setCurrent(reference, message: message) }
        try SetCurrentReport(result).tell(session.output)
    }
}
