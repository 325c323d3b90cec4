import ArgumentParser
import GlareModel
import GlareSync

struct SyncCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sync", abstract: "Bring a cache up to date with a repository.",
        discussion: "Whoever opens an image in the cache gets a whole one, old or new, at any moment.")

    @Option(name: [.short, .long], help: "The cache (TARGET_DIR).")
    var targetDir: String?

    @Option(name: [.short, .long], help: "Address of the repository (SERVER): http://, https:// or file://.")
    var server: String?

    @Option(name: [.short, .long], help: "Where downloads go first, on the cache's filesystem (DOWNLOAD_DIR).")
    var downloadDir: String?

    @Option(help: "Sync only images whose name matches this shell pattern; may be given several times.")
    var only: [String] = []

    @Flag(help: "Tell what would be done, and change nothing.")
    var dryRun = false

    @Flag(help: "Replace files of unknown content that stand under an image's name.")
    var adopt = false

    @Flag(help: "Remove images that are gone from the repository.")
    var delete = false

    @Option(name: [.short, .long], help: "Images to sync at a time (JOBS).")
    var jobs: String?

    @Option(help: "Further attempts when the server fails for the moment (RETRIES).")
    var retries: String?

    func run() async throws {
        let options = try self.options(loadConfiguration())
        let start = ContinuousClock.now
        let report = try await Sync(options).run()
        if let holder = report.busy {
            Console.note("\(options.target) is being synced by \(holder); nothing to do here")
            return
        }
        tell(report, in: ContinuousClock.now - start)
        let failures: [any Error] = report.failures + report.badNames.map { CommandFailure(.badData, $0.description) }
        if !failures.isEmpty { throw ExitCode(ExitStatus(failures).rawValue) }
    }

    private func options(_ settings: Configuration) throws -> SyncOptions {
        guard let target = try settings.value(Settings.targetDirectory, option: targetDir) else {
            throw CommandFailure(.noTarget, "no target: name the cache with --target-dir, or set TARGET_DIR")
        }
        guard let address = try settings.value(Settings.server, option: server) else {
            throw CommandFailure(.noServer, "no server: name the repository with --server, or set SERVER")
        }
        return SyncOptions(
            target: target, server: address,
            downloadDirectory: try settings.value(Settings.downloadDirectory, option: downloadDir),
            only: only.map(NamePattern.init), dryRun: dryRun, adopt: adopt, delete: delete,
            jobs: try settings.required(Settings.jobs, option: jobs),
            retry: RetryPolicy(
                retries: try settings.required(Settings.retries, option: retries),
                firstWait: .seconds(try settings.required(Settings.retryWait))),
            keepUnused: try settings.required(Settings.keepUnused), fileMode: try settings.required(Settings.fileMode),
            holder: lockHolder("sync"), report: Self.tell)
    }

    /// What is wrong goes to standard error; what was done, to standard output; what is as it was, nowhere.
    private static func tell(_ event: SyncEvent) {
        switch event {
        case .image(_, .current): break
        case .image(let name, .updated(let old, let id, let bytes)):
            let way = bytes == 0 ? "from the archive" : "\(Readable.size(bytes)) fetched"
            Console.data("\(name): \(old == nil ? "new" : "updated"), version \(id), \(way)\n")
        case .image(let name, .wouldUpdate(let old, let id, let bytes)):
            let version = id.map { ", version \($0)" } ?? ""
            Console.data(
                "\(name): would be \(old == nil ? "new" : "updated")\(version), \(Readable.size(bytes)) to fetch\n")
        case .image(_, .adopted), .image(_, .gone(.removed)), .image(_, .gone(.wouldBeRemoved)):
            Console.data("\(event)\n")
        case .image, .retrying, .badName, .downloadDirectoryUnusable, .versionKept, .versionRemoved:
            Console.warn("\(event)")
        }
    }

    private func tell(_ report: SyncReport, in time: Duration) {
        let changed = report.images.filter { $0.outcome.isChange }.count
        let requests = Readable.count(Int(report.requests), "request")
        Console.data(
            "\(Readable.count(report.images.count, "image")), \(changed) \(dryRun ? "to change" : "changed"); \(Readable.size(report.fetched)) fetched in \(requests), \(Readable.seconds(time))\n"
        )
        if report.olderVersions > 0 {
            Console.data(
                "\(Readable.count(report.olderVersions, "older version")) in the archive, \(Readable.size(report.olderSize)) on disk\n"
            )
        }
    }
}

extension ImageOutcome {
    fileprivate var isChange: Bool {
        switch self {
        case .updated, .wouldUpdate, .adopted, .gone(.removed), .gone(.wouldBeRemoved): true
        case .current, .leftAlone, .setAside, .gone(.kept), .gone(.foreign), .failed: false
        }
    }
}
