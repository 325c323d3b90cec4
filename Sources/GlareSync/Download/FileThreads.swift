import FoundationEssentials
import NIOPosix

/// Where calls that block on the disk run: never on the threads that Swift's concurrency shares.
enum FileThreads {
    /// Of work that keeps a core busy, so much at a time.
    static let count = ProcessInfo.processInfo.activeProcessorCount

    static func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await NIOThreadPool.singleton.runIfActive(body)
    }

    /// The same for who does not wait for it.
    static func submit(_ body: @escaping @Sendable () -> Void) {
        NIOThreadPool.singleton.submit { _ in body() }
    }
}
