import Synchronization

/// Contexts that are dear to make, each used by one thread at a time.
final class ContextPool<Context: Sendable>: Sendable {
    private let idle = Mutex<[Context]>([])
    private let make: @Sendable () throws -> Context

    init(_ make: @escaping @Sendable () throws -> Context) { self.make = make }

    func with<Result>(_ body: (Context) throws -> Result) throws -> Result {
        let context = try idle.withLock { $0.popLast() } ?? make()
        defer { idle.withLock { $0.append(context) } }
        return try body(context)
    }
}
