import Foundation
import GlareTestSupport
import Logging
import Synchronization
import Testing

@testable import GlareServer

/// A server that answers on a free port while a test's body runs, and curl to ask it.
struct RunningServer: Sendable {
    /// Of the first address that it listens on.
    let port: Int
    let addresses: ServerAddresses
    let repository: ScratchRepository
    private let events: AsyncStream<ServerEvent>.Continuation
    private let running: Task<Void, any Error>

    private final class LoggedEntries: Sendable {
        private let entries = Mutex<[AccessLogEntry]>([])
        var all: [AccessLogEntry] { entries.withLock { $0 } }
        func append(_ new: [AccessLogEntry]) { entries.withLock { $0 += new } }
    }

    /// Starts a server, runs `body`, stops the server, and waits until it has ended.
    ///
    /// - Returns: The entries of the access log, which is complete by then.
    @discardableResult
    static func with(
        _ repository: ScratchRepository,
        _ configuration: ServerConfiguration? = nil,
        _ body: (RunningServer) async throws -> Void
    ) async throws -> [AccessLogEntry] {
        let log = LoggedEntries()
        let (starts, started) = AsyncStream<ServerAddresses>.makeStream()
        let (events, continuation) = AsyncStream<ServerEvent>.makeStream()
        let server = RepositoryServer(
            configuration: configuration ?? repository.configuration, logger: .silent, accessLog: log.append,
            onReady: { started.yield($0) })
        let running = Task {
            defer { started.finish() }
            try await server.run(events, continuation)
        }
        do {
            var iterator = starts.makeAsyncIterator()
            guard let addresses = await iterator.next() else {
                try await running.value
                throw DidNotStart()
            }
            let port = addresses.files.first.flatMap { URL(string: $0)?.port } ?? 0
            try await body(
                RunningServer(
                    port: port, addresses: addresses, repository: repository, events: continuation, running: running))
        } catch {
            continuation.yield(.stop)
            _ = await running.result
            throw error
        }
        continuation.yield(.stop)
        try await running.value
        return log.all
    }

    private struct DidNotStart: Error {}

    /// Begins to stop it: takes no more connections, lets answers finish.
    func stop() { events.yield(.stop) }

    /// Waits until it has ended, as it does after a stop.
    func ended() async throws { try await running.value }

    /// Has it read its certificate and its readers again. What comes of it shows at some later time.
    func reload() { events.yield(.reload) }

    // MARK: Asking

    struct Reply: Sendable {
        /// curl's own: 18 is a body shorter than announced.
        let exit: Int32
        let status: Int
        /// By lowercase name.
        let headers: [String: String]
        let body: Data
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    /// Asks with curl, whose arguments after the address are `options`.
    func curl(_ path: String, _ options: String...) async throws -> Reply {
        try await curl(url: "http://127.0.0.1:\(port)\(path)", options)
    }

    /// As ``curl(_:_:)``, of a whole address.
    func curl(url address: String, _ options: [String] = []) async throws -> Reply {
        let scratch = try Scratch()
        let (head, body) = (scratch.path("head"), scratch.path("body"))
        let result = try await Thread.blocking {
            try run(
                "curl", ["--silent", "--max-time", "60", "--dump-header", head, "--output", body, address] + options)
        }
        let lines = ((try? String(contentsOfFile: head, encoding: .utf8)) ?? "").split(whereSeparator: \.isNewline)
        let fields = lines.dropFirst().compactMap { line in
            line.firstIndex(of: ":").map { colon in
                (line[..<colon].lowercased(), line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces))
            }
        }
        return Reply(
            exit: result.status, status: lines.first.flatMap { Int($0.split(separator: " ")[1]) } ?? 0,
            headers: Dictionary(fields, uniquingKeysWith: { "\($0), \($1)" }),
            body: (try? Data(contentsOf: URL(fileURLWithPath: body))) ?? Data())
    }
}

/// Waits until something is so; an error counts as not yet. Gives up after 20 seconds.
func eventually(_ isSo: () async throws -> Bool) async throws {
    struct NeverHappened: Error {}
    for _ in 0..<400 {
        if (try? await isSo()) == true { return }
        try await Task.sleep(for: .milliseconds(50))
    }
    throw NeverHappened()
}

extension Logger {
    static let silent = Logger(label: "silent") { _ in SwiftLogNoOpLogHandler() }
}
