import GlareModel
import NIOCore
import Testing

@testable import GlareSync

/// A server that takes its time for every key.
private struct SlowSource: RepositorySource {
    private struct NotAskedFor: Error {}

    let address = "http://slow.example.net"

    func document(_ path: String, limit: Int, unless known: Validators?) async throws -> Answer<[UInt8]> {
        try await Task.sleep(for: .seconds(3600))
        return .missing
    }
    func examine(_ path: String, unless known: Validators?) async throws -> Answer<Int64> { throw NotAskedFor() }
    func fetch(_ file: RemoteFile, into download: Download) async throws -> FetchedFile { throw NotAskedFor() }
    func read(
        _ path: String, _ range: Range<Int64>, of size: Int64, _ take: (ByteBuffer) async throws -> Void
    ) async throws { throw NotAskedFor() }
}

struct KeyChainTests {
    @Test func aServerThatDripsItsKeysIsLeft() async throws {
        let key = SecretKey().publicKey
        let chain = KeyChain(trusted: [key], repository: "0123", patience: .milliseconds(200))
        let error = await #expect(throws: SyncError.self) {
            try await chain.follow(to: key.id, number: 900, SlowSource())
        }
        #expect(error?.description.contains("did not come within") == true && error?.isServersOwn == true)
    }
}
