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
    private let onReady: @Sendable (_ host: String, _ port: Int) async -> Void

    /// Enough that requests for cached files pass while others wait for a slow disk.
    private static let fileThreads = 16

    /// - Parameters:
    ///   - logger: For what goes wrong with files and connections, not for requests.
    ///   - accessLog: Told of requests once they are answered, in order, on a thread where it may block; nil
    ///     where nobody wants to know.
    ///   - onReady: Told the address and port that are listened on, as soon as requests are answered.
    public init(
        configuration: ServerConfiguration,
        logger: Logger,
        accessLog: (@Sendable ([AccessLogEntry]) -> Void)?,
        onReady: @escaping @Sendable (_ host: String, _ port: Int) async -> Void
    ) {
        self.configuration = configuration
        self.logger = logger
        self.accessLog = accessLog
        self.onReady = onReady
    }

    /// Serves until the process gets SIGTERM or SIGINT; then ends when all answers are sent and all entries of
    /// the access log are written, or at once when it gets a second one.
    ///
    /// - Throws: ``ServerError`` where it can't start; `CancellationError` where its task is cancelled.
    public func run() async throws {
        let signals = await UnixSignalsSequence(trapping: [.sigterm, .sigint])
        let (events, continuation) = AsyncStream<ServerEvent>.makeStream()
        let forwarding = Task {
            for await _ in signals { continuation.yield(.stop) }
        }
        defer { forwarding.cancel() }
        try await run(events, continuation)
    }

    /// - Parameter continuation: Of the events, for those that the server itself causes.
    func run(_ events: AsyncStream<ServerEvent>, _ continuation: AsyncStream<ServerEvent>.Continuation) async throws {
        guard (0...65535).contains(configuration.port) else {
            throw ServerError.portOutOfRange(configuration.port)
        }
        let files = RepositoryFiles(root: try openDirectory())
        try await withThreads(1) { logThread in
            let log = accessLog.map { AccessLog(thread: logThread, write: $0) }
            try await withThreads(Self.fileThreads) { pool in
                try await withWorkers(lookingEvery: configuration.times.tick) { workers in
                    let service = ConnectionService(
                        responder: FileResponder(files: files, pool: pool, logger: logger), pool: pool,
                        limits: ConnectionLimits(total: 4096, perAddress: nil), times: configuration.times,
                        accessLog: log, logger: logger, isEncrypted: false)
                    let listener = try await Listener.open(configuration, for: service, on: workers)
                    await onReady(listener.host, listener.port)
                    await serve(events, continuation, listener, workers)
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

    /// Waits for the end, in good order or at once.
    private func serve(
        _ events: AsyncStream<ServerEvent>, _ continuation: AsyncStream<ServerEvent>.Continuation,
        _ listener: Listener, _ workers: Workers
    ) async {
        var isStopping = false
        for await event in events {
            switch event {
            case .stop where !isStopping:
                isStopping = true
                await listener.close()
                workers.stop { continuation.yield(.ended) }
                let grace = configuration.shutdownGrace
                Task {
                    try await Task.sleep(for: grace)
                    continuation.yield(.stop)
                }
            // The grace is over, or somebody has none.
            case .stop: workers.abandon()
            case .ended: return
            }
        }
        // Cancelled.
        await listener.close()
        workers.abandon()
    }
}

/// What happens to a server.
enum ServerEvent: Sendable {
    /// It is asked to end; the second time at once.
    case stop
    /// No connection is left.
    case ended
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
private func withWorkers(lookingEvery interval: TimeAmount, _ body: (Workers) async throws -> Void) async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: System.coreCount)
    do {
        try await body(try await Workers(on: group, lookingEvery: interval))
    } catch {
        try? await group.shutdownGracefully()
        throw error
    }
    try await group.shutdownGracefully()
}
