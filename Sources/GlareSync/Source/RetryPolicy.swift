/// How often, and after how long, a request that failed for the moment is made again.
public struct RetryPolicy: Sendable {
    /// Further attempts after the first.
    public var retries: Int
    /// Before the first retry; doubled with each.
    public var firstWait: Duration
    /// What waits grow to, and the longest that a server's Retry-After is followed.
    public var longestWait: Duration

    public init(retries: Int, firstWait: Duration, longestWait: Duration = .seconds(120)) {
        self.retries = retries
        self.firstWait = firstWait
        self.longestWait = longestWait
    }

    /// One attempt alone.
    static let never = RetryPolicy(retries: 0, firstWait: .zero)

    /// Runs `body` until it succeeds, fails for good, or was tried often enough.
    ///
    /// Waits are drawn from the upper half of what they may be, so that many hosts which failed together
    /// don't come back together.
    func run<Result: Sendable>(
        onRetry: @Sendable (SyncError, Duration) -> Void, _ body: () async throws -> Result
    ) async throws -> Result {
        var wait = firstWait
        for _ in 0..<retries {
            do {
                return try await body()
            } catch let error as SyncError where error.isTransient {
                let asked = error.retryAfter.map { Duration.seconds($0) } ?? .zero
                guard asked <= longestWait else { throw error }
                let pause = max(asked, min(wait, longestWait) * Double.random(in: 0.5...1))
                onRetry(error, pause)
                try await Task.sleep(for: pause)
                wait = min(wait * 2, longestWait)
            }
        }
        return try await body()
    }
}
