import Foundation
import GlareTestSupport
import Synchronization
import Testing

/// What hostile servers serve all but a part of. It is made once for all tests that run at the time, which never
/// change it.
final class HostileRepository: Sendable {
    /// A repository with two versions of the image `disk`.
    struct Content: Sendable {
        let directory: String
        /// Of the current version.
        let image: Data
    }

    let publicKey: String
    /// Ours, with a signature, and the original's: with the first version alone.
    let old, oldOriginal: String
    /// The second version with a delta from the first.
    let related: Content
    /// The second version with nothing in common with the first.
    let unrelated: Content
    let original: Content
    private let fixture: TransferFixture

    private struct Shared { weak var repository: HostileRepository? }
    private static let shared = Mutex(Shared())

    static func current() throws -> HostileRepository {
        try shared.withLock { shared in
            if let repository = shared.repository { return repository }
            let repository = try HostileRepository()
            shared.repository = repository
            return repository
        }
    }

    private init() throws {
        fixture = try TransferFixture()
        let (scratch, key) = (fixture.scratch, fixture.scratch.path("key"))
        try #require(try fixture.publisher.glare(["keygen", key]).status == 0)
        let publicText = try String(contentsOfFile: key + ".pub", encoding: .utf8)
        publicKey = try String(#require(publicText.split(separator: "\n").last))

        let signing = ["--sign-key", key + ".key"]
        var disk = TextDisk(1...2)
        disk.size = 4 << 20
        var other = TextDisk(1...2, seed: 7)
        other.size = disk.size
        try fixture.publish(file: fixture.write(disk), signing)
        try fixture.publisher.letTimePass()
        old = try fixture.mirror("old")
        related = try Self.publish(
            fixture.write(disk.changed(2, seed: 2)), in: fixture.mirror("related"), signing)
        unrelated = try Self.publish(
            fixture.write(other), in: fixture.mirror("unrelated"), signing + ["--deltas", "0"])

        let first = try fixture.publisher.image("first", seed: 1)
        let second = try fixture.publisher.image("second", seed: 2)
        oldOriginal = scratch.path("original-old")
        try SyncOriginalRepository(oldOriginal).add(first, as: "disk")
        let repository = try SyncOriginalRepository(scratch.path("original"))
        try repository.add(first, as: "disk")
        try repository.add(second, as: "disk")
        original = try Content(directory: repository.directory, image: Data(contentsOf: URL(fileURLWithPath: second)))
    }

    private static func publish(_ file: String, in directory: String, _ options: [String]) throws -> Content {
        let words = ["add-image", "-i", file, "-d", directory, "-m", "m"] + options
        let result = try run(GlareBinary.path, words, environment: GlareBinary.environment())
        try #require(result.status == 0, "\(result.stderr)")
        return Content(directory: directory, image: try Data(contentsOf: URL(fileURLWithPath: file)))
    }
}
