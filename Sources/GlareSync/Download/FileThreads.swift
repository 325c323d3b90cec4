import FoundationEssentials
import NIOPosix

/// Where calls that block on the disk run: never on the threads that Swift's concurrency shares.
enum FileThreads {
    /// Of work that keeps a core busy, so much at a time.
    static let count = ProcessInfo.processInfo.activeProcessorCount

    static func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await NIOThreadPool.singleton.runIfActive(body)
    }

    /// The same for what may hang, as on a filesystem whose server is away: on a thread of its own, so that what
    /// hangs takes none of those that others need.
    ///
    /// - Returns: Nil where it took longer than so many seconds. It goes on, and nobody hears of it.
    static func run<Value: Sendable>(
        atMost seconds: Int64, _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value? {
        let (outcomes, first) = AsyncStream.makeStream(of: Result<Value, any Error>?.self)
        let thread = NIOThreadPool(numberOfThreads: 1)
        thread.start()
        thread.submit { _ in
            first.yield(Result { try body() })
            thread.shutdownGracefully { _ in }
        }
        let timer = Task { if (try? await Task.sleep(for: .seconds(seconds))) != nil { first.yield(nil) } }
        defer { timer.cancel() }
        for await outcome in outcomes { return try outcome?.get() }
        // Without one it ends only where this task was cancelled.
        throw CancellationError()
    }

    /// The same for who does not wait for it.
    static func submit(_ body: @escaping @Sendable () -> Void) {
        NIOThreadPool.singleton.submit { _ in body() }
    }
}
