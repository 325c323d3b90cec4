import Dispatch
import GlareSystem
public import Logging
import NIOCore
import NIOPosix
import UnixSignals

/// A repository's directory over HTTP/1.1: what `glare serve` runs.
///
/// It serves what the disk says at each request, and keeps nothing between two but the directory; where its path
/// leads to another one, that is noticed within a second.
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
    /// the access log are written, or at once when it gets a second one. A log that nobody reads is given up.
    /// SIGHUP has it read the certificate and the file of readers again.
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
        let directory = try ServedDirectory(configuration.directory)
        let access = Access(
            certificate: try configuration.certificate.map(ServerCertificate.init),
            readers: try configuration.readers.map(Readers.init))
        let places = try configuration.placesWithinDescriptors()
        let limits = ConnectionLimits(total: places.count, perAddress: configuration.maximumConnectionsPerAddress)
        try await withLogs(events) { log, errors in
            if let warning = places.warning { errors.warning(warning) }
            try await withThreads(Self.fileThreads) { pool in
                try await withEventLoops { group in
                    let workers = try await Workers(on: group, lookingEvery: configuration.times.tick)
                    let looking = look(at: directory, errors)
                    defer { looking.cancel() }
                    let files = FileResponder(directory: directory, pool: pool, errors: errors)
                    let service = ConnectionService(
                        responder: access.guarded(files), pool: pool, limits: limits, times: configuration.times,
                        accessLog: log, errors: errors, certificate: access.certificate)
                    var running = Running(access: access, errors: errors)
                    try await running.add(configuration.listen, for: service, on: workers)
                    let addresses = running.listeners.map(\.address)
                    let responder = AdminResponder(directory: directory, workers: workers, pool: pool)
                    let admin = try await addAdmin(to: &running, service.forAdmin(responder), on: group)
                    await onReady(ServerAddresses(files: addresses, admin: admin))
                    await running.serve(events, continuation, grace: configuration.shutdownGrace)
                }
            }
        }
        try Task.checkCancellation()
    }

    /// Listens where the metrics are, if that is somewhere; answers where.
    private func addAdmin(
        to running: inout Running, _ service: ConnectionService, on group: MultiThreadedEventLoopGroup
    ) async throws -> String? {
        guard let address = configuration.adminListen else { return nil }
        // Workers of its own, so that whoever looks is not counted.
        let workers = try await Workers(on: group, lookingEvery: configuration.times.tick)
        try await running.add([address], for: service, on: workers)
        return running.listeners.last?.address
    }

    /// How long the end waits for a log that nobody takes.
    private static let logGrace = Duration.seconds(2)

    /// Runs `body` with the logs, and ends them when what is in them is written, when another stop is asked
    /// for, or after ``logGrace``: nobody may be reading them.
    private func withLogs(
        _ events: AsyncStream<ServerEvent>, _ body: (LogQueue<AccessLogEntry>?, ErrorLog) async throws -> Void
    ) async throws {
        let errors = ErrorLog(logger)
        let log = accessLog.map { write in LogQueue<AccessLogEntry> { write(Array($0)) } }
        let result: Result<Void, any Error>
        do { result = .success(try await body(log, errors)) } catch { result = .failure(error) }
        if let log {
            let lost = await Self.withinGrace(or: events) { await log.end() }
            if lost > 0 { errors.warning("\(lost) lines of the access log were lost: they were not taken fast enough") }
        }
        await Self.withinGrace(or: nil) { await errors.end() }
        try result.get()
    }

    /// What `body` answers, whose task is cancelled after ``logGrace``.
    ///
    /// - Parameter events: Among which a stop cancels it too; nil where no more are looked at.
    private static func withinGrace<Value: Sendable>(
        or events: AsyncStream<ServerEvent>?, _ body: @escaping @Sendable () async -> Value
    ) async -> Value {
        let work = Task { await body() }
        let limit = Task {
            await withTaskGroup { group in
                if let events { group.addTask { for await event in events where event == .stop { return } } }
                group.addTask { try? await Task.sleep(for: logGrace) }
                await group.next()
                group.cancelAll()
            }
            work.cancel()
        }
        defer { limit.cancel() }
        return await work.value
    }

    /// Has another directory served once the path leads there: with a look now and then, on a thread that nobody
    /// waits for, because a disk may never answer.
    private func look(at directory: ServedDirectory, _ errors: ErrorLog) -> any DispatchSourceTimer {
        let path = configuration.directory
        let interval = DispatchTimeInterval.nanoseconds(Int(configuration.times.look.nanoseconds))
        let timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "glare.directory"))
        timer.schedule(deadline: .now() + interval, repeating: interval)
        timer.setEventHandler {
            // Where there is none that can be read, the one before is served, and /healthz says so.
            guard (try? directory.look()) == true else { return }
            errors.warning("\(path): is another directory by now, which is served from here on")
        }
        timer.activate()
        return timer
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
            accessLog: nil, errors: errors)
    }
}

extension ServerConfiguration {
    fileprivate func placesWithinDescriptors() throws -> ConnectionPlaces {
        let limit = DescriptorLimit.raise(to: ConnectionPlaces.descriptors(for: maximumConnections))
        return try ConnectionPlaces(wanted: maximumConnections, descriptorLimit: limit)
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
