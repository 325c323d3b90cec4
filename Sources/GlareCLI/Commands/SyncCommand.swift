import ArgumentParser
import FoundationEssentials
import GlareModel
import GlareSync

struct SyncCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sync", abstract: "Bring a cache up to date with a repository.",
        discussion: "Whoever opens an image in the cache gets a whole one, old or new, at any moment.")

    @Option(Settings.targetDirectory) var targetDir: String?
    @Option(Settings.server) var server: [String] = []

    @Option(Settings.only) var only: [String] = []

    @Flag(help: "Tell what would be done, and change nothing.")
    var dryRun = false

    @Flag(help: "Go on: look again every INTERVAL, until a signal ends it.")
    var watch = false

    @Flag(help: "Replace files of unknown content that stand under an image's name.")
    var adopt = false

    @Flag(help: "Remove images that are gone from the repository.")
    var delete = false

    @Flag(help: "Forget which repository this cache was synced from, and which of its catalogues were seen.")
    var resetTrust = false

    @Option(Settings.downloadDirectory) var downloadDir: String?
    @Option(Settings.jobs) var jobs: String?
    @Option(Settings.connections) var connections: String?
    @Option(Settings.verify) var verify: String?
    @OptionGroup var retention: RetentionOptions
    @Option(Settings.onUpdate) var onUpdate: String?
    @Option(Settings.onUpdateTime) var onUpdateTime: String?
    @Option(Settings.fileMode) var fileMode: String?
    @Option(Settings.interval) var interval: String?
    @Option(Settings.startDelay) var startDelay: String?
    @Option(Settings.lockWait) var lockWait: String?
    @Option(Settings.metricsFile) var metricsFile: String?
    @Option(Settings.retries) var retries: String?
    @Option(Settings.retryWait) var retryWait: String?
    @Option(Settings.allowUnsafe) var allowUnsafe: String?
    @Option(Settings.largestDisk) var largestDisk: String?
    @Option(Settings.trustedKey) var trustedKey: [String] = []
    @OptionGroup var network: NetworkOptions
    @OptionGroup var json: JSONOption
    @OptionGroup var verbosity: VerbosityOptions

    static let farewell = "Interrupted; what has arrived is kept, and the next sync goes on from there."

    func validate() throws {
        if watch && dryRun { throw ValidationError("--dry-run tells once: it can't be had with --watch.") }
    }

    func run() async throws {
        let session = try Session(verbosity, json: json.json)
        if watch { return try await watch(session) }
        let failures = try await recorded(session) {
            let options = try self.options(session)
            return try await session.working(farewell: Self.farewell) {
                try await Task.sleep(for: delay(session))
                return try await sync(options, session)
            }
        }
        if !failures.isEmpty { throw ExitCode(ExitStatus(failures).rawValue) }
    }

    /// Tells what came of a sync, also of one that comes to nothing, where it is to be told of.
    ///
    /// - Returns: What failed.
    func recorded(_ session: Session, _ sync: () async throws -> Run) async throws -> [any Error] {
        let metrics = try metrics(session)
        let start = ContinuousClock.now
        do {
            let run = try await sync()
            // The sync that has the cache tells for both.
            if run.report.busy == nil {
                metrics?.record(run.report, in: run.time, ExitStatus(run.failures), session.output)
            }
            return run.failures
        } catch {
            metrics?.record(
                nil, in: ContinuousClock.now - start, ExitStatus(error) ?? .internalError, session.output)
            throw error
        }
    }

    /// What came of one sync.
    struct Run {
        let report: SyncReport
        let time: Duration

        var failures: [any Error] {
            report.failures + report.badNames.map { CommandFailure(.badData, $0.description) }
        }
    }

    /// Syncs once, and tells what came of it.
    func sync(_ options: SyncOptions, _ session: Session) async throws -> Run {
        let start = ContinuousClock.now
        let run: Run
        do {
            run = Run(report: try await Sync(options).run(), time: ContinuousClock.now - start)
        } catch SyncError.notTrusted(let address, let reason) {
            var report = SyncReport()
            report.distrust = reason
            try SyncSummary(report, of: options, in: ContinuousClock.now - start).tellPrograms(session.output)
            throw SyncError.notTrusted(address: address, reason)
        }
        try SyncSummary(run.report, of: options, in: run.time).tell(session.output)
        try await runHook(after: run.report, options, session)
        return run
    }

    /// Where this sync is to be told of; nil where nobody asked, and for a dry run, which changes nothing.
    private func metrics(_ session: Session) throws -> SyncMetricsFile? {
        let settings = session.configuration
        guard !dryRun, let path = try settings.value(Settings.metricsFile, option: metricsFile) else { return nil }
        let target = try settings.value(Settings.targetDirectory, option: targetDir)
        return SyncMetricsFile(path: absolutePath(path), target: target.map(absolutePath) ?? "")
    }

    private func runHook(after report: SyncReport, _ options: SyncOptions, _ session: Session) async throws {
        guard !dryRun, let hook = try hook(session.configuration) else { return }
        let failures = await hook.run(
            after: report, target: absolutePath(options.target), environment: ProcessInfo.processInfo.environment)
        for failure in failures { session.output.warn("\(failure)") }
    }

    /// How long to wait before the first request, so that many hosts whose clocks agree don't ask at the same moment.
    func delay(_ session: Session) throws -> Duration {
        let longest = try session.configuration.required(Settings.startDelay, option: startDelay)
        guard longest > 0 else { return .zero }
        let delay = Duration.seconds(longest) * Double.random(in: 0...1)
        session.output.detail("Starting in \(Readable.seconds(delay))…")
        return delay
    }

    private func hook(_ settings: Configuration) throws -> UpdateHook? {
        guard let command = try settings.value(Settings.onUpdate, option: onUpdate) else { return nil }
        return UpdateHook(
            command: command, seconds: try settings.required(Settings.onUpdateTime, option: onUpdateTime))
    }

    func options(_ session: Session) throws -> SyncOptions {
        let settings = session.configuration
        guard let target = try settings.value(Settings.targetDirectory, option: targetDir) else {
            throw CommandFailure(.noTarget, "no target: name the cache with --target-dir, or set TARGET_DIR")
        }
        let servers = try settings.list(Settings.server, options: server)
        guard !servers.isEmpty else {
            throw CommandFailure(.noServer, "no server: name the repository with --server, or set SERVER")
        }
        var options = SyncOptions(
            target: target, servers: servers, http: try network.http(settings),
            trustedKeys: try settings.trustedKeys(options: trustedKey), resetTrust: resetTrust,
            allowUnsafe: try settings.required(Settings.allowUnsafe, option: allowUnsafe),
            largestDisk: try settings.required(Settings.largestDisk, option: largestDisk),
            downloadDirectory: try settings.value(Settings.downloadDirectory, option: downloadDir),
            only: ImageFilter(try settings.list(Settings.only, options: only)), dryRun: dryRun, adopt: adopt,
            delete: delete,
            jobs: try settings.required(Settings.jobs, option: jobs),
            connections: try settings.required(Settings.connections, option: connections),
            verification: try settings.required(Settings.verify, option: verify),
            retry: RetryPolicy(
                retries: try settings.required(Settings.retries, option: retries),
                firstWait: .seconds(try settings.required(Settings.retryWait, option: retryWait))),
            retention: try retention.policy(settings),
            fileMode: try settings.required(Settings.fileMode, option: fileMode),
            holder: lockHolder("sync"), activities: session.activities, report: { session.output.tell($0) })
        options.lockWait = try settings.value(Settings.lockWait, option: lockWait)
        return options
    }
}
