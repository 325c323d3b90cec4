import GlareSystem
public import Logging
import NIOCore
import NIOPosix
import UnixSignals

/// A repository's directory over HTTP/1.1: what `glare serve` runs.
///
/// It serves what the disk says at each request, and keeps nothing between two but the directory.
public struct RepositoryServer: Sendable {
    private let configuration: ServerConfiguration
    private let logger: Logger
    private let accessLog: (@Sendable ([AccessLogEntry]) -> Void)?
    private let onReady: @Sendable (ServerAddresses) async -> Void

    /// Enough that requests for cached files pass while others wait for a slow disk.
    private static let fileThreads = 16

    /// - Parameters:
    ///   - logger: For what goes wrong with files and connections, not for requests.
    ///   - accessLog: Told of requests once they are answered, in order, on a thread where it may block; nil
    ///     where nobody wants to know.
    ///   - onReady: Told where it listens, as soon as requests are answered.
    public init(
        configuration: ServerConfiguration,
        logger: Logger,
        accessLog: (@Sendable ([AccessLogEntry]) -> Void)?,
        onReady: @escaping @Sendable (ServerAddresses) async -> Void
    ) {
        self.configuration = configuration
        self.logger = logger
        self.accessLog = accessLog
        self.onReady = onReady
    }

    /// Serves until the process gets SIGTERM or SIGINT; then ends when all answers are sent and all entries of
    /// the access log are written, or at once when it gets a second one. SIGHUP has it read the certificate
    /// and the file of readers again.
    ///
    /// - Throws: ``ServerError`` where it can't start; `CancellationError` where its task is cancelled.
    public func run() async throws {
        let signals = await UnixSignalsSequence(trapping: [.sigterm, .sigint, .sighup])
        let (events, continuation) = AsyncStream<ServerEvent>.makeStream()
        let forwarding = Task {
            for await signal in signals { continuation.yield(signal == .sighup ? .reload : .stop) }
        }
        defer { forwarding.cancel() }
        try await run(events, continuation)
    }

    /// - Parameter continuation: Of the events, for those that the server itself causes.
    func run(_ events: AsyncStream<ServerEvent>, _ continuation: AsyncStream<ServerEvent>.Continuation) async throws {
        let root = try openDirectory()
        let access = Access(
            certificate: try configuration.certificate.map(ServerCertificate.init),
            readers: try configuration.readers.map(Readers.init))
        let limits = ConnectionLimits(
            total: configuration.connectionsWithinDescriptors(), perAddress: configuration.maximumConnectionsPerAddress)
        try await withThreads(1) { logThread in
            let log = accessLog.map { AccessLog(thread: logThread, write: $0) }
            try await withThreads(Self.fileThreads) { pool in
                try await withEventLoops { group in
                    let workers = try await Workers(on: group, lookingEvery: configuration.times.tick)
                    let files = FileResponder(files: RepositoryFiles(root: root), pool: pool, logger: logger)
                    let service = ConnectionService(
                        responder: access.guarded(files), pool: pool, limits: limits, times: configuration.times,
                        accessLog: log, logger: logger, certificate: access.certificate)
                    var running = Running(access: access, logger: logger)
                    try await running.add(configuration.listen, for: service, on: workers)
                    let addresses = running.listeners.map(\.address)
                    if let admin = configuration.adminListen {
                        let responder = AdminResponder(root: root, workers: workers, pool: pool)
                        // Of its own, so that whoever looks is not counted.
                        let workers = try await Workers(on: group, lookingEvery: configuration.times.tick)
                        try await running.add([admin], for: service.forAdmin(responder), on: workers)
                    }
                    let admin = configuration.adminListen == nil ? nil : running.listeners.last?.address
                    await onReady(ServerAddresses(files: addresses, admin: admin))
                    await running.serve(events, continuation, grace: configuration.shutdownGrace)
                }
            }
            let lost = try await log?.drain() ?? 0
            if lost > 0 { logger.warning("\(lost) lines of the access log were lost: they were not taken fast enough") }
        }
        try Task.checkCancellation()
    }

    private func openDirectory() throws -> Directory {
        do {
            return try Directory.open(configuration.directory)
        } catch {
            throw ServerError.opening(configuration.directory, error)
        }
    }
}

/// Where a server listens: URLs, or `unix:PATH`.
public struct ServerAddresses: Sendable {
    public let files: [String]
    /// Nil where there are no metrics.
    public let admin: String?
}

extension ConnectionService {
    /// Few connections, in no log, of whoever reaches the socket.
    fileprivate func forAdmin(_ responder: any Responder) -> ConnectionService {
        ConnectionService(
            responder: responder, pool: pool, limits: ConnectionLimits(total: 64, perAddress: nil), times: times,
            accessLog: nil, logger: logger)
    }
}

extension ServerConfiguration {
    /// Each connection has a descriptor, and one more for the file that it sends.
    fileprivate func connectionsWithinDescriptors() -> Int {
        let others = 128
        let limit = DescriptorLimit.raise(to: 2 * maximumConnections + others)
        return max(1, min(maximumConnections, (limit - others) / 2))
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

/// Runs `body` with event loops, one for each core, and ends them whatever comes of it.
private func withEventLoops(_ body: (MultiThreadedEventLoopGroup) async throws -> Void) async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: System.coreCount)
    do {
        try await body(group)
    } catch {
        try? await group.shutdownGracefully()
        throw error
    }
    try await group.shutdownGracefully()
}
