import GlareModel
import NIOCore
import Synchronization
import Testing

@testable import GlareSync

/// A server that fails until it does not, and notes when it was asked.
/// What no test asks of it fails, as no server does: nothing is answered by accident.
private final class FakeSource: RepositorySource {
    private struct NotAskedFor: Error {}

    let address: String
    init(_ address: String) { self.address = address }

    func document(_ path: String, limit: Int, unless known: Validators?) async throws -> Answer<[UInt8]> { .missing }
    func examine(_ path: String, unless known: Validators?) async throws -> Answer<Int64> { .missing }
    func fetch(_ file: RemoteFile, into download: Download) async throws -> FetchedFile { throw NotAskedFor() }
    func read(
        _ path: String, _ range: Range<Int64>, of size: Int64, _ take: (ByteBuffer) async throws -> Void
    ) async throws { throw NotAskedFor() }
}

@Suite("Mirrors: which is asked, and when")
struct MirrorsTests {
    private let asked = Asked()

    /// The order in which servers were asked.
    private final class Asked: Sendable {
        private let list = Mutex<[String]>([])
        var all: [String] { list.withLock { $0 } }
        func add(_ address: String) { list.withLock { $0.append(address) } }
    }

    private func mirrors(_ report: @escaping @Sendable (SyncEvent) -> Void = { _ in }) -> Mirrors {
        Mirrors([FakeSource("a"), FakeSource("b"), FakeSource("c")], report: report)
    }

    private let quick = RetryPolicy(retries: 2, firstWait: .zero)

    private func run(_ mirrors: Mirrors, failing: [String: SyncError], retry: RetryPolicy) async throws -> String {
        try await mirrors.run(retry) { source in
            asked.add(source.address)
            if let error = failing[source.address] { throw error }
            return source.address
        }
    }

    private let away = SyncError.unreachable(address: "x", reason: "away")
    private let gone = SyncError.missing(address: "x")

    @Test func theOneThatFailedComesLast() async throws {
        let mirrors = mirrors()
        #expect(try await run(mirrors, failing: ["a": away], retry: quick) == "b")
        #expect(mirrors.ranked.map(\.address) == ["b", "c", "a"])
        #expect(try await run(mirrors, failing: [:], retry: quick) == "b")
        #expect(asked.all == ["a", "b", "b"])
    }

    @Test func whenAllFailedTheBestIsFirstAgain() async throws {
        let mirrors = mirrors()
        await #expect(throws: SyncError.self) {
            try await run(mirrors, failing: ["a": away, "b": away, "c": away], retry: quick)
        }
        #expect(asked.all == ["a", "b", "c", "a", "b", "c", "a", "b", "c"])
    }

    @Test func whatWaitingDoesNotMendIsNotTriedAgain() async throws {
        let error = await #expect(throws: SyncError.self) {
            try await run(mirrors(), failing: ["a": gone, "b": gone, "c": gone], retry: quick)
        }
        #expect(error?.isMissing == true)
        #expect(asked.all == ["a", "b", "c"])
    }

    @Test func aMissingFileTellsMoreThanAServerThatIsAway() async throws {
        let error = await #expect(throws: SyncError.self) {
            try await run(mirrors(), failing: ["a": away, "b": gone, "c": away], retry: quick)
        }
        #expect(error?.isMissing == true)
    }

    @Test func whatIsOurOwnFaultIsNobodyElses() async throws {
        let own = SyncError.changedWhileRead(path: "x")
        await #expect(throws: SyncError.self) { try await run(mirrors(), failing: ["a": own], retry: quick) }
        #expect(asked.all == ["a"])
    }

    @Test func eachThatIsLeftIsTold() async throws {
        let told = Mutex(0)
        let mirrors = mirrors { event in
            if case .mirrorLeft = event { told.withLock { $0 += 1 } }
        }
        _ = try await run(mirrors, failing: ["a": away, "b": gone], retry: quick)
        #expect(told.withLock { $0 } == 2)
    }
}
