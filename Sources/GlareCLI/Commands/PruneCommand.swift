import ArgumentParser
import GlareModel
import GlareRepository
import GlareSync

struct PruneCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune", abstract: "Remove older versions of a repository, or of a cache what nothing uses.",
        discussion: """
            Of the repository (DIRECTORY) or of the cache (TARGET_DIR), whichever is configured; where both are, an \
            option must name one. In a repository no version leaves the catalogue without --keep and --older-than, and \
            only what nothing refers to goes; with both, a version goes that is beyond the one and older than the other.
            """)

    @Argument(
        help: ArgumentHelp(
            "Images of the repository whose versions to look at; all, if left out.", valueName: "name"),
        completion: .images)
    var names: [String] = []

    @Option(
        help: ArgumentHelp("Versions of each image that stay in the repository, the newest first.", valueName: "n"))
    var keep: String?

    @Option(
        help: ArgumentHelp(
            "Only versions of the repository that have not been current for so long, such as 90d.", valueName: "time"))
    var olderThan: String?

    @Flag(help: "Tell what would go, and change nothing.")
    var dryRun = false

    @OptionGroup var repository: RepositoryOptions
    @Option(Settings.targetDirectory) var targetDir: String?
    @OptionGroup var retention: RetentionOptions
    @OptionGroup var json: JSONOption
    @OptionGroup var verbosity: VerbosityOptions

    private var isOfRepository: Bool {
        repository.directory != nil || keep != nil || olderThan != nil || !names.isEmpty
    }
    private var isOfCache: Bool { targetDir != nil || retention.isGiven }

    func validate() throws {
        guard !isOfRepository || !isOfCache else {
            throw ValidationError(
                "Names, --directory, --keep and --older-than are of a repository; --target-dir, --keep-unused, --keep-versions, --disk-dirs and --shared-cache of a cache: only one can be pruned."
            )
        }
    }

    func run() async throws {
        let session = try Session(verbosity, json: json.json)
        if try meansCache(session.configuration) { try await pruneCache(session) } else { try await prune(session) }
    }

    /// What the command line is about, else which of the two is configured.
    private func meansCache(_ settings: Configuration) throws -> Bool {
        if isOfRepository || isOfCache { return isOfCache }
        guard try settings.value(Settings.targetDirectory) != nil else { return false }
        guard !settings.isSet(Settings.directory) else {
            throw CommandFailure(
                .usage,
                "both DIRECTORY and TARGET_DIR are set: say with --directory or --target-dir which of them to prune")
        }
        return true
    }

    private func prune(_ session: Session) async throws {
        let request = PruneRequest(
            images: try names.map { try ImageName($0) },
            keep: try parsed(keep, .count(atLeast: 1), option: "--keep"),
            olderThan: try parsed(olderThan, .duration, option: "--older-than"), dryRun: dryRun)
        let grace = try repository.seconds(session.configuration)
        let repository = try self.repository.open(session, command: "prune", mayBeUnsigned: dryRun)
        let result = try await session.working { try repository.prune(request) }
        try PruneReport(result, dryRun: dryRun).tell(session.output, grace: grace)
    }

    private func pruneCache(_ session: Session) async throws {
        let pruning = CachePruning(
            target: try requiredTarget(session.configuration, option: targetDir),
            policy: try retention.policy(session.configuration),
            asker: try session.lockAsker("prune", option: repository.lockWait))
        let versions = try await session.working { try dryRun ? pruning.dryRun() : pruning.run() }
        try CachePruningReport(versions, of: pruning, dryRun: dryRun).tell(session.output)
    }
}
