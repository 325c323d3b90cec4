import ArgumentParser
import GlareServer
import Logging

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve a repository over HTTP.",
        discussion: "Any web server can do it; this one needs no configuration. Stop it with Ctrl+C or SIGTERM.")

    @Option(Settings.directory) var directory: String?
    @Option(Settings.host) var host: String?
    @Option(Settings.port) var port: String?
    @OptionGroup var verbosity: VerbosityOptions

    func run() async throws {
        let session = try Session(verbosity)
        let settings = session.configuration
        let output = session.output
        let configuration = ServerConfiguration(
            directory: try settings.required(Settings.directory, option: directory),
            host: try settings.required(Settings.host, option: host),
            port: try settings.required(Settings.port, option: port))
        var logger = Logger(label: "glare") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = output.verbosity == .verbose ? .info : .warning
        let server = RepositoryServer(
            configuration: configuration, logger: logger,
            accessLog: { if output.verbosity != .quiet { Console.log($0.combinedLogLine) } },
            onReady: { host, port in
                let shown = host.contains(":") ? "[\(host)]" : host
                output.note("Serving \(configuration.directory) at http://\(shown):\(port)/")
            })
        try await server.run()
    }
}
