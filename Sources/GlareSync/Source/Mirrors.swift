import GlareModel
import Synchronization

/// Servers of one repository, tried in the order in which they were named; one that failed comes after
/// those that did not.
final class Mirrors: Sendable {
    private let sources: [any RepositorySource]
    private let failures: Mutex<[Int]>
    private let report: @Sendable (SyncEvent) -> Void

    /// - Parameter sources: At least one.
    init(_ sources: [any RepositorySource], report: @escaping @Sendable (SyncEvent) -> Void) {
        self.sources = sources
        self.report = report
        failures = Mutex(Array(repeating: 0, count: sources.count))
    }

    var count: Int { sources.count }

    /// From the best to the worst, as far as this run knows.
    var ranked: [any RepositorySource] { ranking.map { sources[$0] } }

    private var ranking: [Int] {
        let failures = failures.withLock { $0 }
        return sources.indices.sorted { (failures[$0], $0) < (failures[$1], $1) }
    }

    /// One of them alone, for what must not be put together from several.
    func only(_ source: any RepositorySource) -> Mirrors { Mirrors([source], report: report) }

    /// Does something with the best server; if that fails for a reason that may be the server's own, at once
    /// with the next, and after all have failed, where there is hope, once more after a wait.
    func run<Result: Sendable>(
        _ retry: RetryPolicy, _ body: (any RepositorySource) async throws -> Result
    ) async throws -> Result {
        let tell = { @Sendable [report] (error: SyncError, wait: Duration) in
            report(.retrying(reason: error.description, wait: wait))
        }
        return try await retry.run(onRetry: tell) { try await tryEach(body) }
    }

    private func tryEach<Result: Sendable>(
        _ body: (any RepositorySource) async throws -> Result
    ) async throws -> Result {
        var errors: [any Error] = []
        for index in ranking {
            do {
                return try await body(sources[index])
            } catch  where Self.isServersOwn(error) {
                failures.withLock { $0[index] += 1 }
                errors.append(error)
                if errors.count < sources.count { report(.mirrorLeft(reason: "\(error)")) }
            }
        }
        throw Self.mostTelling(errors)
    }

    private static func isServersOwn(_ error: any Error) -> Bool {
        (error as? SyncError)?.isServersOwn ?? (error is InvalidDocument)
    }

    /// That a file is gone can be answered by reading the catalogue again; that a server is away, by waiting.
    private static func mostTelling(_ errors: [any Error]) -> any Error {
        let ours = errors.compactMap { $0 as? SyncError }
        // That one lied must not be hidden by making another fail.
        if let lie = ours.last(where: { if case .notTrusted = $0 { true } else { false } }) { return lie }
        return ours.last(where: \.isMissing) ?? ours.last(where: \.isTransient) ?? errors[errors.count - 1]
    }
}
