import ArgumentParser
import GlareModel
import GlareSync

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Tell how current a cache is, and what uses it.",
        discussion: "For people, and by its exit status for monitoring. It changes nothing.")

    @Option(Settings.targetDirectory) var targetDir: String?
    @Option(Settings.server) var server: [String] = []
    @Option(Settings.only) var only: [String] = []
    @Option(Settings.diskDirectories) var diskDirs: [String] = []
    @Option(Settings.trustedKey) var trustedKey: [String] = []
    @OptionGroup var network: NetworkOptions
    @OptionGroup var json: JSONOption
    @OptionGroup var verbosity: VerbosityOptions

    func run() async throws {
        let session = try Session(verbosity, json: json.json)
        let options = try options(session)
        let status = try await session.working { try await CacheStatus.look(options) }
        try StatusReport(status, of: options).tell(session.output)
        guard status.condition != .current else { return }
        throw ExitCode(status.condition == .behind ? ExitStatus.failure.rawValue : ExitStatus.trouble.rawValue)
    }

    private func options(_ session: Session) throws -> SyncOptions {
        let settings = session.configuration
        let servers = try settings.list(Settings.server, options: server)
        guard !servers.isEmpty else {
            throw CommandFailure(.usage, "no server: name the repository with --server, or set SERVER")
        }
        return SyncOptions(
            target: try requiredTarget(settings, option: targetDir), servers: servers,
            http: try network.http(settings), trustedKeys: try settings.trustedKeys(options: trustedKey),
            resetTrust: false, allowUnsafe: try settings.required(Settings.allowUnsafe),
            largestDisk: try settings.required(Settings.largestDisk), downloadDirectory: nil,
            only: ImageFilter(try settings.list(Settings.only, options: only)), dryRun: true, adopt: false,
            delete: false, jobs: try settings.required(Settings.jobs),
            connections: try settings.required(Settings.connections),
            verification: try settings.required(Settings.verify), retry: RetryPolicy(retries: 0, firstWait: .zero),
            retention: RetentionPolicy(
                keepUnused: nil, keepVersions: 0,
                diskDirectories: try settings.list(Settings.diskDirectories, options: diskDirs), sharing: .auto),
            fileMode: try settings.required(Settings.fileMode), holder: lockHolder("status"),
            activities: session.activities, report: { session.output.tell($0) })
    }
}
