import NIOCore

/// What happens to a server.
enum ServerEvent: Sendable {
    /// It is asked to end; the second time at once.
    case stop
    /// It is asked to read again what ``Access`` has read.
    case reload
    /// No connection is left.
    case ended
}

/// A server that answers, until it ends.
struct Running {
    let access: Access
    let errors: ErrorLog
    private(set) var listeners: [Listener] = []
    private var workers: [Workers] = []

    init(access: Access, errors: ErrorLog) {
        self.access = access
        self.errors = errors
    }

    /// - Throws: ``ServerError``; what was opened before is closed then.
    mutating func add(_ addresses: [ListenAddress], for service: ConnectionService, on workers: Workers) async throws {
        do {
            for address in addresses {
                listeners.append(try await Listener.open(address, for: service, on: workers))
            }
        } catch {
            await closeListeners()
            throw error
        }
        self.workers.append(workers)
    }

    /// Waits for the end, in good order or at once.
    ///
    /// - Parameter continuation: Of the events.
    func serve(
        _ events: AsyncStream<ServerEvent>, _ continuation: AsyncStream<ServerEvent>.Continuation, grace: Duration
    ) async {
        var left = 0
        var end: Task<Void, any Error>?
        defer { end?.cancel() }
        for await event in events {
            switch event {
            case .reload:
                for error in access.reload() { errors.error("\(error); what was read before is used on") }
            case .stop where left == 0:
                left = workers.count
                await closeListeners()
                for workers in workers { workers.stop { continuation.yield(.ended) } }
                end = Task {
                    try await Task.sleep(for: grace)
                    continuation.yield(.stop)
                }
            // The grace is over, or somebody has none.
            case .stop: abandon()
            case .ended:
                left -= 1
                if left == 0 { return }
            }
        }
        // Cancelled.
        await closeListeners()
        abandon()
    }

    private func closeListeners() async {
        for listener in listeners { await listener.close() }
    }

    private func abandon() {
        for workers in workers { workers.abandon() }
    }
}
