import Glibc
import Synchronization
import Testing

@testable import GlareSync

@Suite("Work on the threads for files")
struct FileThreadsTests {
    /// What hangs until it is let go.
    private final class Hanging: Sendable {
        private let isOver = Atomic(false)

        @Sendable func run() { while !isOver.load(ordering: .relaxed) { usleep(10_000) } }
        func end() { isOver.store(true, ordering: .relaxed) }
    }

    @Test func whatHangsIsGivenUp() async throws {
        let hanging = Hanging()
        defer { hanging.end() }
        #expect(try await FileThreads.run(atMost: 1, hanging.run) == nil)
    }

    @Test func whatEndsIsHeard() async throws {
        struct Stop: Error {}
        #expect(try await FileThreads.run(atMost: 600) { 1 } == 1)
        await #expect(throws: Stop.self) { try await FileThreads.run(atMost: 600) { throw Stop() } }
    }

    @Test func whoIsCancelledDoesNotWait() async {
        let hanging = Hanging()
        defer { hanging.end() }
        let task = Task { try await FileThreads.run(atMost: 600, hanging.run) }
        task.cancel()
        await #expect(throws: CancellationError.self) { _ = try await task.value }
    }
}
