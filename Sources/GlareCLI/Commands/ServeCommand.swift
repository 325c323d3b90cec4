import ArgumentParser
import Dispatch
import FoundationEssentials
import GlareServer
import Logging

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve a repository over HTTP.",
        discussion: "Any web server can do it; this one needs no configuration. Stop it with Ctrl+C or SIGTERM.")

    @Option(Settings.directory) var directory: String?
    @Option(Settings.host) var host: String?
    @Option(Settings.port) var port: String?
    @Option(Settings.listen) var listen: [String] = []
    @Option(Settings.adminListen) var adminListen: String?
    @Option(Settings.tlsCertificate) var tlsCert: String?
    @Option(Settings.tlsKey) var tlsKey: String?
    @Option(Settings.readers) var readers: String?
    @Option(Settings.maximumConnections) var maxConnections: String?
    @Option(Settings.maximumConnectionsPerAddress) var maxConnectionsPerAddress: String?
    @Option(Settings.accessLog) var accessLog: String?
    @OptionGroup var json: JSONOption
    @OptionGroup var verbosity: VerbosityOptions

    private struct Report: Encodable {
        let directory: String
        let address: String
        let addresses: [String]
        let adminAddress: String?

        enum CodingKeys: String, CodingKey {
            case directory, address, addresses
            case adminAddress = "admin_address"
        }
    }

    func run() async throws {
        let session = try Session(verbosity, json: json.json)
        let output = session.output
        let configuration = try serverConfiguration(session.configuration)
        var logger = Logger(label: "glare") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = output.verbosity == .verbose ? .info : .warning
        let format = try session.configuration.required(Settings.accessLog, option: accessLog)
        // Among JSON only JSON.
        let isLogging = output.verbosity != .quiet && (!output.isJSON || format == .json)
        // What is told first is the first that there is.
        let start = DispatchSemaphore(value: 0)
        let server = RepositoryServer(
            configuration: configuration, logger: logger,
            accessLog: isLogging ? Self.accessLog(format, after: start) : nil,
            onReady: { addresses in
                output.note("Serving \(configuration.directory) at \(addresses.files.joined(separator: ", "))")
                if let admin = addresses.admin { output.note("Metrics at \(admin)") }
                try? output.json(
                    Report(
                        directory: configuration.directory, address: addresses.files.first ?? "",
                        addresses: addresses.files, adminAddress: addresses.admin))
                start.signal()
            })
        try await server.run()
    }

    private static func accessLog(
        _ format: AccessLogFormat, after start: DispatchSemaphore
    ) -> (@Sendable ([AccessLogEntry]) -> Void)? {
        let line: @Sendable (AccessLogEntry) -> String
        switch format {
        case .combined: line = { $0.combinedLogLine + "\n" }
        case .json: line = { $0.jsonLine + "\n" }
        case .off: return nil
        }
        return { entries in
            start.wait()
            start.signal()
            Console.log(entries.map(line).joined())
        }
    }

    private func serverConfiguration(_ settings: Configuration) throws -> ServerConfiguration {
        let inherited = InheritedSockets.find(
            in: ProcessInfo.processInfo.environment, processID: ProcessInfo.processInfo.processIdentifier)
        let perAddress = try settings.required(
            Settings.maximumConnectionsPerAddress, option: maxConnectionsPerAddress)
        return ServerConfiguration(
            directory: try settings.required(Settings.directory, option: directory),
            listen: try addresses(settings, inherited: inherited.files),
            adminListen: try settings.value(Settings.adminListen, option: adminListen) ?? inherited.admin,
            certificate: try certificate(settings),
            readers: try settings.path(Settings.readers, option: readers),
            maximumConnections: try settings.required(Settings.maximumConnections, option: maxConnections),
            maximumConnectionsPerAddress: perAddress == 0 ? nil : perAddress)
    }

    /// The service manager's sockets and LISTEN; HOST and PORT where there is neither.
    private func addresses(_ settings: Configuration, inherited: [ListenAddress]) throws -> [ListenAddress] {
        let addresses = inherited + (try settings.list(Settings.listen, options: listen))
        guard addresses.isEmpty else { return addresses }
        return [
            .network(
                host: try settings.required(Settings.host, option: host),
                port: try settings.required(Settings.port, option: port))
        ]
    }

    private func certificate(_ settings: Configuration) throws -> CertificateFiles? {
        let key = try settings.path(Settings.tlsKey, option: tlsKey)
        guard let certificate = try settings.path(Settings.tlsCertificate, option: tlsCert) else {
            guard key == nil else {
                throw CommandFailure(.usage, "TLS_KEY is set, and TLS_CERT is not: expected both, or none")
            }
            return nil
        }
        return CertificateFiles(certificate: certificate, key: key ?? certificate)
    }
}
