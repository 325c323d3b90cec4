import ArgumentParser
import FoundationEssentials
import GlareModel
import GlareRepository
import GlareSync

struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Hold every file of a repository or a cache against its digest.",
        discussion: """
            Of the repository on this machine (DIRECTORY), else of the cache (TARGET_DIR), whichever is there first; or \
            of the one that an option names. Nothing is changed without --repair.
            """)

    @Flag(help: "Make again what is wrong: from the rest of the repository, or, in a cache, by a sync.")
    var repair = false

    @OptionGroup var repository: RepositoryOptions
    @Option(Settings.targetDirectory) var targetDir: String?
    @Option(Settings.server) var server: [String] = []
    @Option(Settings.trustedKey) var trustedKey: [String] = []
    @OptionGroup var network: NetworkOptions
    @OptionGroup var json: JSONOption
    @OptionGroup var verbosity: VerbosityOptions

    func validate() throws {
        guard repository.directory == nil || targetDir == nil else {
            throw ValidationError("Only one of --directory and --target-dir can be verified.")
        }
    }

    func run() async throws {
        let session = try Session(verbosity, json: json.json)
        let start = ContinuousClock.now
        let place = try place(session.configuration)
        let report = try await session.working { try await verified(place, session) }
        let told = VerifyReport(report, of: place.path, kind: place.kind, in: ContinuousClock.now - start)
        try told.tell(session.output)
        if report.isWrong { throw ExitCode(ExitStatus.damaged.rawValue) }
    }

    private enum Place {
        case repository(String)
        case cache(String)

        var path: String {
            switch self {
            case .repository(let path), .cache(let path): path
            }
        }
        var kind: String {
            switch self {
            case .repository: "repository"
            case .cache: "cache"
            }
        }
    }

    /// What the command line names, else what the configuration does: a repository here before a cache here.
    private func place(_ settings: Configuration) throws -> Place {
        if let targetDir { return .cache(targetDir) }
        let directory = try settings.required(Settings.directory, option: repository.directory)
        let isNamed = repository.directory != nil || settings.isSet(Settings.directory)
        if isNamed || FileManager.default.fileExists(atPath: directory) { return .repository(directory) }
        guard let cache = try settings.value(Settings.targetDirectory) else {
            throw CommandFailure(
                .usage, "nothing to verify: name a repository with --directory, or a cache with --target-dir")
        }
        return .cache(cache)
    }

    private func verified(_ place: Place, _ session: Session) async throws -> VerificationReport {
        switch place {
        case .repository(let path):
            let verification = RepositoryVerification(
                path: path, threads: ProcessInfo.processInfo.activeProcessorCount,
                lockWait: try session.configuration.value(Settings.lockWait, option: repository.lockWait),
                activities: session.activities
            ) { [output = session.output] in output.note("\($0)…") }
            guard repair else { return try verification.run() }
            return try repository.open(session, command: "verify").repair(after: verification)
        case .cache(let path):
            let verification = CacheVerification(
                path: path, trustedKeys: try session.configuration.trustedKeys(options: trustedKey),
                activities: session.activities)
            guard repair else { return try verification.run() }
            return try await verification.repair(syncOptions(target: path, session))
        }
    }

    /// Those of a sync of this cache, as the configuration has them.
    private func syncOptions(target: String, _ session: Session) throws -> SyncOptions {
        let settings = session.configuration
        let servers = try settings.list(Settings.server, options: server)
        guard !servers.isEmpty else {
            throw CommandFailure(
                .noServer, "no server to repair the cache from: name the repository with --server, or set SERVER")
        }
        var options = SyncOptions(
            target: target, servers: servers, http: try network.http(settings),
            trustedKeys: try settings.trustedKeys(options: trustedKey), resetTrust: false,
            allowUnsafe: try settings.required(Settings.allowUnsafe),
            largestDisk: try settings.required(Settings.largestDisk),
            downloadDirectory: try settings.value(Settings.downloadDirectory), only: ImageFilter(), dryRun: false,
            adopt: false,
            delete: false, jobs: try settings.required(Settings.jobs),
            connections: try settings.required(Settings.connections),
            verification: .full,
            retry: RetryPolicy(
                retries: try settings.required(Settings.retries),
                firstWait: .seconds(try settings.required(Settings.retryWait))),
            retention: try RetentionOptions.parse([]).policy(settings),
            fileMode: try settings.required(Settings.fileMode, option: repository.fileMode),
            holder: lockHolder("verify"), activities: session.activities, report: { session.output.tell($0) })
        options.lockWait = try settings.value(Settings.lockWait, option: repository.lockWait)
        return options
    }
}
