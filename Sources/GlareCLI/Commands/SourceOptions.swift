import ArgumentParser
import FoundationEssentials

/// Which repository or cache a command looks at.
struct SourceOptions: ParsableArguments {
    @Option(name: [.short, .long], help: "Address of a repository (SERVER).")
    var server: String?

    @Option(name: [.short, .long], help: "A repository on this machine (DIRECTORY).")
    var directory: String?

    enum Source {
        case server(String)
        case cache(String)
    }

    /// What the command line names, else what the configuration does: a repository here before a cache
    /// here before a server.
    func source(cache: String?, _ settings: Configuration) throws -> Source {
        guard [server, directory, cache].compactMap({ $0 }).count <= 1 else {
            throw ValidationError("Only one of --server, --directory and --target-dir can be looked at.")
        }
        if let server { return .server(server) }
        if let cache { return .cache(cache) }
        if let directory { return .server(fileAddress(directory)) }
        let local = try settings.required(Settings.directory)
        if settings.isSet(Settings.directory) || FileManager.default.fileExists(atPath: local) {
            return .server(fileAddress(local))
        }
        if let cache = try settings.value(Settings.targetDirectory) { return .cache(cache) }
        if let server = try settings.value(Settings.server) { return .server(server) }
        throw CommandFailure(.usage, "nothing to look at: name a repository with --directory or --server")
    }
}
