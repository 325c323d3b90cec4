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
    @Option(Settings.lockWait) var lockWait: String?
    @Option(Settings.signKey) var signKey: String?
    @Option(Settings.signExpires) var signExpires: String?

    /// Those of a command that takes the options of signing alone.
    static func ofSigning(_ directory: String?, _ key: String?, _ expires: String?) throws -> RepositoryOptions {
        var options = try parse([])
        (options.directory, options.signKey, options.signExpires) = (directory, key, expires)
        return options
    }

    /// Opens the repository for writing.
    ///
    /// - Parameter mayBeUnsigned: Whether it is what the user is about to mend that nothing here can sign.
    func open(_ session: Session, command: String, mayBeUnsigned: Bool = false) throws -> Repository {
        let configuration = session.configuration
        let path = try configuration.required(Settings.directory, option: directory)
        let options = Repository.Options(
            grace: try seconds(configuration),
            fileMode: try configuration.required(Settings.fileMode, option: fileMode),
            holder: lockHolder(command), lockWait: try configuration.value(Settings.lockWait, option: lockWait),
            making: try making(configuration),
            signing: try signing(configuration, path: path), activities: session.activities)
        let repository = try Repository(path: path, options: options) { [output = session.output] notice in
            notice.isWarning ? output.warn(notice.description) : output.note("\(notice)…")
        }
        if !mayBeUnsigned { try repository.requireSigner() }
        return repository
    }

    private func signing(_ configuration: Configuration, path: String) throws -> Signing {
        Signing(
            key: try configuration.path(Settings.signKey, option: signKey).map {
                try Repository.secretKey(at: $0, forRepositoryAt: path)
            },
            lifetime: try configuration.required(Settings.signExpires, option: signExpires))
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
