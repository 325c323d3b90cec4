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
        var settings = DoctorSettings(session.configuration)
        let doctor = try doctor(&settings)
        try settings.lookAtMetrics()
        let found = try await session.working { try await doctor.findings() }
        let report = DoctorReport(settings.findings + found)
        try report.tell(session.output)
        if report.problems > 0 { throw ExitCode(ExitStatus.failure.rawValue) }
    }

    private func doctor(_ settings: inout DoctorSettings) throws -> HostDoctor {
        var doctor = HostDoctor()
        doctor.target = try settings.target(option: targetDir)
        doctor.servers = try settings.read { try $0.list(Settings.server, options: server) }
        if let http = try settings.read({ try network.http($0) }) {
            doctor.http = http
        } else {
            doctor.servers = nil
        }
        (doctor.trustedKeys, doctor.hasAllKeys) = try settings.trustedKeys(options: trustedKey)
        doctor.downloadDirectory =
            try settings.read { try $0.value(Settings.downloadDirectory, option: downloadDir) } ?? nil
        doctor.diskDirectories = try settings.read { try $0.list(Settings.diskDirectories, options: diskDirs) }
        doctor.sharing = try settings.read { try $0.required(Settings.sharedCache, option: sharedCache) } ?? .auto
        doctor.only = try settings.read { ImageFilter(try $0.list(Settings.only, options: only)) }
        doctor.hook = try settings.read { try $0.value(Settings.onUpdate) } ?? nil
        return doctor
    }
}
