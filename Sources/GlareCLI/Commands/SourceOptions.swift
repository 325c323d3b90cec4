import ArgumentParser
import FoundationEssentials

/// Which repository or cache a command looks at.
struct SourceOptions: ParsableArguments {
    @Option(Settings.server) var server: [String] = []
    @Option(Settings.directory) var directory: String?
    @OptionGroup var network: NetworkOptions

    func validate() throws { try requireOne(cache: nil) }

    /// - Throws: `ValidationError`, called from a command's `validate`, so that its usage is shown.
    func requireOne(cache: String?) throws {
        guard [server.first, directory, cache].compactMap({ $0 }).count <= 1 else {
            throw ValidationError("Only one of --server, --directory and --target-dir can be looked at.")
        }
    }

    enum Source {
        /// All of one repository, the preferred first.
        case servers([String])
        case cache(String)
    }

    /// What the command line names, else what the configuration does: a repository here before a cache
    /// here before a server.
    func source(cache: String?, _ settings: Configuration) throws -> Source {
        if !server.isEmpty { return .servers(try settings.list(Settings.server, options: server)) }
        if let cache { return .cache(cache) }
        if let directory { return .servers([fileAddress(directory)]) }
        let local = try settings.required(Settings.directory)
        if settings.isSet(Settings.directory) || FileManager.default.fileExists(atPath: local) {
            return .servers([fileAddress(local)])
        }
        if let cache = try settings.value(Settings.targetDirectory) { return .cache(cache) }
        if let servers = try settings.value(Settings.server) { return .servers(servers) }
        throw CommandFailure(
            .usage, "nothing to look at: name a repository with --directory or --server, or a cache with --target-dir")
    }
}
