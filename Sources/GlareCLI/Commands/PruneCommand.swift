import ArgumentParser
import GlareModel
import GlareRepository

struct PruneCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune", abstract: "Remove older versions, and what nothing refers to.",
        discussion: """
            Without --keep and --older-than no version leaves the catalogue, and only what nothing refers to goes. \
            With both, a version goes that is beyond the one and older than the other.
            """)

    @Argument(
        help: ArgumentHelp("Images whose versions to look at; all, if left out.", valueName: "name"),
        completion: .images)
    var names: [String] = []

    @Option(help: ArgumentHelp("Versions of each image that stay, the newest first.", valueName: "n"))
    var keep: String?

    @Option(help: ArgumentHelp("Only versions that have not been current for so long, such as 90d.", valueName: "time"))
    var olderThan: String?

    @Flag(help: "Tell what would go, and change nothing.")
    var dryRun = false

    @OptionGroup var repository: RepositoryOptions
    @OptionGroup var json: JSONOption
    @OptionGroup var verbosity: VerbosityOptions

    func run() async throws {
        let request = PruneRequest(
            images: try names.map { try ImageName($0) },
            keep: try value(keep, .count(atLeast: 1), "--keep"),
            olderThan: try value(olderThan, .duration, "--older-than"), dryRun: dryRun)
        let session = try Session(verbosity, json: json.json)
        let grace = try repository.seconds(session.configuration)
        let repository = try self.repository.open(session, command: "prune", mayBeUnsigned: dryRun)
        let result = try await session.working { try repository.prune(request) }
        try PruneReport(result, dryRun: dryRun).tell(session.output, grace: grace)
    }

    private func value<Value>(_ text: String?, _ kind: SettingKind<Value>, _ option: String) throws -> Value? {
        try text.map { text in
            guard let value = kind.parse(text) else {
                throw CommandFailure(.usage, "\(option) \(text.quotedForDisplay): expected \(kind.expected)")
            }
            return value
        }
    }
}
