import ArgumentParser
import GlareServer
import Logging

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve a repository over HTTP.",
        discussion: "Any web server can do it; this one needs no configuration. Stop it with Ctrl+C or SIGTERM.")

    @Option(name: [.short, .long], help: "The repository (DIRECTORY).")
    var directory: String?

    @Option(help: "Address to listen on (HOST); 0.0.0.0 for all of this machine's.")
    var host: String?

    @Option(help: "Port to listen on (PORT); 0 for a free one.")
    var port: String?

    func run() async throws {
        let settings = try loadConfiguration()
        let configuration = ServerConfiguration(
            directory: try settings.required(Settings.directory, option: directory),
            host: try settings.required(Settings.host, option: host),
            port: try settings.required(Settings.port, option: port))
        var logger = Logger(label: "glare") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .warning
        let server = RepositoryServer(
            configuration: configuration, logger: logger,
            accessLog: { Console.data($0.combinedLogLine + "\n") },
            onReady: { host, port in
                let shown = host.contains(":") ? "[\(host)]" : host
                Console.note("Serving \(configuration.directory) at http://\(shown):\(port)/")
            })
        try await server.run()
    }
}
