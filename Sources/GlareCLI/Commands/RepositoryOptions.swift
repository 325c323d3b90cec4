import ArgumentParser
import FoundationEssentials
import GlareRepository

/// What all commands that write a repository take.
struct RepositoryOptions: ParsableArguments {
    @Option(Settings.directory) var directory: String?
    @Option(Settings.grace) var grace: String?
    @Option(Settings.fileMode) var fileMode: String?
    @Option(Settings.level) var zstdLevel: String?
    @Option(Settings.deltas) var deltas: String?
    @Option(Settings.deltaTime) var deltaTime: String?
    @Option(Settings.memory) var memory: String?

    /// Opens the repository for writing.
    func open(_ session: Session, command: String) throws -> Repository {
        let configuration = session.configuration
        let options = Repository.Options(
            grace: try seconds(configuration),
            fileMode: try configuration.required(Settings.fileMode, option: fileMode),
            holder: lockHolder(command), making: try making(configuration), activities: session.activities)
        let path = try configuration.required(Settings.directory, option: directory)
        return try Repository(path: path, options: options) { [output = session.output] notice in
            notice.isWarning ? output.warn(notice.description) : output.note("\(notice)…")
        }
    }

    private func making(_ configuration: Configuration) throws -> TransferMaking {
        TransferMaking(
            level: try configuration.required(Settings.level, option: zstdLevel),
            deltas: try configuration.required(Settings.deltas, option: deltas),
            deltaTime: .seconds(try configuration.required(Settings.deltaTime, option: deltaTime)),
            memory: try configuration.required(Settings.memory, option: memory),
            threads: ProcessInfo.processInfo.activeProcessorCount)
    }

    /// The grace time.
    func seconds(_ configuration: Configuration) throws -> Int64 {
        try configuration.required(Settings.grace, option: grace)
    }
}
