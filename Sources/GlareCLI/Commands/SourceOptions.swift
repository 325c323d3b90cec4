import ArgumentParser
import FoundationEssentials
import GlareModel

/// Which repository or cache a command looks at.
struct SourceOptions: ParsableArguments {
    @Option(Settings.server) var server: [String] = []
    @Option(Settings.directory) var directory: String?
    @Option(Settings.trustedKey) var trustedKey: [String] = []
    @OptionGroup var network: NetworkOptions

    func validate() throws { try requireOne(cache: nil) }

    /// - Throws: `ValidationError`, called from a command's `validate`, so that its usage is shown.
    func requireOne(cache: String?) throws {
        guard [server.first, directory, cache].compactMap({ $0 }).count <= 1 else {
            throw ValidationError("Only one of --server, --directory and --target-dir can be looked at.")
        }
    }

    enum Source {
        /// All of one repository, the preferred first, and the keys of which one must have signed it: none for a
        /// directory that is named as such, which is its publisher's own.
        case servers([String], trusted: [PublicKey])
        case cache(String)
    }

    /// What the command line names, else what the configuration does: a repository here before a cache
    /// here before a server.
    func source(cache: String?, _ settings: Configuration) throws -> Source {
        let trusted = { try settings.trustedKeys(options: trustedKey) }
        if !server.isEmpty {
            return .servers(try settings.list(Settings.server, options: server), trusted: try trusted())
        }
        if let cache { return .cache(cache) }
        if let directory { return .servers([fileAddress(directory)], trusted: []) }
        let local = try settings.required(Settings.directory)
        if settings.isSet(Settings.directory) || FileManager.default.fileExists(atPath: local) {
            return .servers([fileAddress(local)], trusted: [])
        }
        if let cache = try settings.value(Settings.targetDirectory) { return .cache(cache) }
        if let servers = try settings.value(Settings.server) { return .servers(servers, trusted: try trusted()) }
        throw CommandFailure(
            .usage, "nothing to look at: name a repository with --directory or --server, or a cache with --target-dir")
    }
}
