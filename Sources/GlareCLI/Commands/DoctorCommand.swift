import ArgumentParser
import GlareModel
import GlareSync

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Tell what is wrong with this host's set-up, and what to do.",
        discussion: "It asks the servers, looks at directories and disks, and changes nothing.")

    @Option(Settings.targetDirectory) var targetDir: String?
    @Option(Settings.server) var server: [String] = []
    @Option(Settings.only) var only: [String] = []
    @Option(Settings.trustedKey) var trustedKey: [String] = []
    @Option(Settings.downloadDirectory) var downloadDir: String?
    @Option(Settings.diskDirectories) var diskDirs: [String] = []
    @Option(Settings.sharedCache) var sharedCache: String?
    @OptionGroup var network: NetworkOptions
    @OptionGroup var json: JSONOption
    @OptionGroup var verbosity: VerbosityOptions

    func run() async throws {
        let session = try Session(verbosity, json: json.json)
        let settings = session.configuration
        let doctor = HostDoctor(
            target: try settings.value(Settings.targetDirectory, option: targetDir).map(absolutePath),
            servers: try settings.list(Settings.server, options: server), http: try network.http(settings),
            trustedKeys: try settings.trustedKeys(options: trustedKey),
            downloadDirectory: try settings.value(Settings.downloadDirectory, option: downloadDir),
            diskDirectories: try settings.list(Settings.diskDirectories, options: diskDirs),
            sharing: try settings.required(Settings.sharedCache, option: sharedCache),
            only: ImageFilter(try settings.list(Settings.only, options: only)))
        let found = try await session.working { try await doctor.findings() }
        let report = DoctorReport(ofSettings(settings) + found)
        try report.tell(session.output)
        if report.problems > 0 { throw ExitCode(ExitStatus.failure.rawValue) }
    }

    private func ofSettings(_ settings: Configuration) -> [HostFinding] {
        let problems = settings.check()
        if problems.isEmpty { return [HostFinding(.good, "settings", "all are as they should be")] }
        return problems.map { problem in
            HostFinding(
                problem.isError ? .problem : .warning, "settings", problem.description,
                mend: "`glare config` tells where each comes from")
        }
    }
}
