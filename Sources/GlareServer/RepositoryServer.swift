import GlareSystem
import Hummingbird
public import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import UnixSignals

/// A repository's directory over HTTP/1.1: what `glare serve` runs.
///
/// It serves what the disk says at each request, and keeps nothing between two but the directory.
public struct RepositoryServer: Sendable {
    private let configuration: ServerConfiguration
    private let logger: Logger
    private let accessLog: @Sendable (AccessLogEntry) -> Void
    private let onReady: @Sendable (_ host: String, _ port: Int) async -> Void

    /// Enough that requests for cached files pass while others wait for a slow disk.
    private static let fileThreads = 16
    /// nginx's default is the same.
    private static let idleTimeout = TimeAmount.seconds(75)

    /// - Parameters:
    ///   - logger: For what goes wrong with files and connections, not for requests.
    ///   - accessLog: Told of every request once it is answered, one at a time, on a thread where it
    ///     may block.
    ///   - onReady: Told the address and port that are listened on, as soon as requests are answered.
    public init(
        configuration: ServerConfiguration,
        logger: Logger,
        accessLog: @escaping @Sendable (AccessLogEntry) -> Void,
        onReady: @escaping @Sendable (_ host: String, _ port: Int) async -> Void
    ) {
        self.configuration = configuration
        self.logger = logger
        self.accessLog = accessLog
        self.onReady = onReady
    }

    /// Serves until the process gets SIGTERM or SIGINT, or a service group around it shuts down; then
    /// ends when all answers are sent and all entries of the access log are written.
    ///
    /// - Throws: ``ServerError`` where it can't start; `CancellationError` where its task is cancelled.
    public func run() async throws {
        try await run(stoppingOn: [.sigterm, .sigint])
    }

    func run(stoppingOn signals: [UnixSignal]) async throws {
        guard (0...65535).contains(configuration.port) else {
            throw ServerError.portOutOfRange(configuration.port)
        }
        let root = try openDirectory()
        try await withThreads(1) { logThread in
            let log = AccessLog(thread: logThread, write: accessLog)
            try await withThreads(Self.fileThreads) { pool in
                let responder = FileResponder(files: RepositoryFiles(root: root), pool: pool, accessLog: log)
                try await serve(responder, stoppingOn: signals)
            }
            let lost = try await log.drain()
            if lost > 0 { logger.warning("\(lost) lines of the access log were lost: they were not taken fast enough") }
        }
    }

    private func openDirectory() throws -> Directory {
        do {
            return try Directory.open(configuration.directory)
        } catch {
            throw ServerError.opening(configuration.directory, error)
        }
    }

    private func serve(_ responder: FileResponder, stoppingOn signals: [UnixSignal]) async throws {
        let (host, port) = (configuration.host, configuration.port)
        let application = Application(
            responder: responder,
            server: .http1(configuration: .init(idleTimeout: Self.idleTimeout)),
            configuration: .init(address: .hostname(host, port: port), serverName: "Glare"),
            onServerRunning: { [onReady] channel in
                let address = channel.localAddress
                await onReady(address?.ipAddress ?? host, address?.port ?? port)
            },
            logger: logger)
        var group = ServiceGroupConfiguration(
            services: [application], gracefulShutdownSignals: signals, logger: logger)
        group.maximumGracefulShutdownDuration = configuration.shutdownGrace
        do {
            try await runServices(group, untilSecondOf: signals)
        } catch is CancellationError {
            // Also what is left of answers that outlasted the grace.
            try Task.checkCancellation()
        } catch {
            throw ServerError.listening(host, port, error) ?? error
        }
    }
}

/// Runs services until a signal has ended them in good order, or a second one at once.
private func runServices(_ configuration: ServiceGroupConfiguration, untilSecondOf signals: [UnixSignal]) async throws {
    let services = Task { try await ServiceGroup(configuration: configuration).run() }
    let impatience = Task {
        var count = 0
        for await _ in await UnixSignalsSequence(trapping: signals) {
            count += 1
            if count > 1 { services.cancel() }
        }
    }
    defer { impatience.cancel() }
    try await withTaskCancellationHandler {
        try await services.value
    } onCancel: {
        services.cancel()
    }
}

/// Runs `body` with threads that may block, and ends them whatever comes of it.
private func withThreads(
    _ count: Int, _ body: (NIOThreadPool) async throws -> Void
) async throws {
    let pool = NIOThreadPool(numberOfThreads: count)
    pool.start()
    do {
        try await body(pool)
    } catch {
        try? await pool.shutdownGracefully()
        throw error
    }
    try await pool.shutdownGracefully()
}
