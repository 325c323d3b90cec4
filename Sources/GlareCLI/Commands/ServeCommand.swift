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
    @OptionGroup var json: JSONOption
    @OptionGroup var verbosity: VerbosityOptions

    private struct Report: Encodable {
        let directory: String
        let address: String
    }

    func run() async throws {
        let session = try Session(verbosity, json: json.json)
        let settings = session.configuration
        let output = session.output
        let configuration = ServerConfiguration(
            directory: try settings.required(Settings.directory, option: directory),
            host: try settings.required(Settings.host, option: host),
            port: try settings.required(Settings.port, option: port))
        var logger = Logger(label: "glare") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = output.verbosity == .verbose ? .info : .warning
        let accessLog: @Sendable ([AccessLogEntry]) -> Void = {
            Console.log($0.map { $0.combinedLogLine + "\n" }.joined())
        }
        let server = RepositoryServer(
            configuration: configuration, logger: logger,
            accessLog: output.verbosity == .quiet || output.isJSON ? nil : accessLog,
            onReady: { host, port in
                let shown = host.contains(":") ? "[\(host)]" : host
                let address = "http://\(shown):\(port)/"
                output.note("Serving \(configuration.directory) at \(address)")
                try? output.json(Report(directory: configuration.directory, address: address))
            })
        try await server.run()
    }
}
