import Foundation
import GlareTestSupport
import Testing

/// A repository with frames and deltas, and a host that syncs from it.
final class TransferFixture: Sendable {
    let host: SyncFixture

    /// - Parameter target: The cache, instead of a place in the scratch directory.
    init(target: String? = nil) throws { host = try SyncFixture(target: target, offersTransfer: true) }

    var publisher: PublisherFixture { host.publisher }
    var repository: String { host.repository }
    var scratch: Scratch { host.scratch }

    // MARK: Publishing

    /// What `add-image --json` tells.
    struct Published: Decodable {
        struct Delta: Decodable {
            let base: String
            let size: Int
        }

        let name, version, outcome, sha256: String
        let size, dataSize, framesSize: Int
        let deltas: [Delta]
        let unfinishedDeltas: Int

        /// In a repository and in a cache.
        var path: String { "archive/\(name)-\(version)" }
        var bases: Set<String> { Set(deltas.map(\.base)) }
    }

    func write(_ disk: TextDisk, as name: String = "disk") throws -> String {
        try disk.write(to: scratch.path("images/\(name)"))
    }

    @discardableResult
    func publish(_ disk: TextDisk, as name: String = "disk", _ options: String...) throws -> Published {
        try publish(file: write(disk, as: name), options)
    }

    /// Publishes a file under its own name; it must succeed.
    @discardableResult
    func publish(file: String, _ options: [String] = []) throws -> Published {
        try publisher.letTimePass()
        let result = try publisher.add(file, options: ["--json"] + options)
        try #require(result.status == 0, "\(result.stderr)")
        return try decode(result.stdout)
    }

    /// What compression gains nothing on.
    @discardableResult
    func publishNoise(_ name: String = "noise", seed: UInt64 = 1, size: Int = 16 << 20) throws -> Published {
        try publish(file: DiskImages.raw(at: scratch.path("images/\(name)"), seed: seed, size: size, data: size))
    }

    /// Another server's copy of the repository.
    func mirror(_ name: String = "mirror") throws -> String {
        try mustRun("cp", ["-a", "--sparse=always", repository, scratch.path(name)])
        return scratch.path(name)
    }

    // MARK: What is in transfer/

    /// Names of the files that belong to a version, or of all, with this ending.
    func files(_ kind: String, of version: Published? = nil, in repository: String? = nil) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: (repository ?? self.repository) + "/transfer").sorted()
            .filter { $0.hasSuffix(".\(kind)") && $0.hasPrefix(version.map { "\($0.name)-\($0.version)." } ?? "") }
            .map { "transfer/\($0)" }
    }

    /// The one file of a version with this ending, relative to the repository.
    func file(_ kind: String, of version: Published) throws -> String {
        let files = try files(kind, of: version)
        try #require(files.count == 1, "\(files)")
        return files[0]
    }

    func size(_ path: String) throws -> Int { try publisher.facts(path).size }

    /// Turns some bits in the middle of a file.
    func flipBits(_ path: String, at offset: Int? = nil) throws {
        let facts = try PublisherFixture.Facts(path)
        chmod(path, 0o644)
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        let place = UInt64(offset ?? facts.size / 2)
        try file.seek(toOffset: place)
        let bytes = try #require(try file.read(upToCount: 16))
        try file.seek(toOffset: place)
        try file.write(contentsOf: Data(bytes.map { $0 ^ 0x55 }))
        try file.close()
        chmod(path, mode_t(facts.mode))
    }

    // MARK: Syncing

    /// What `sync --json` tells.
    struct Synced: Decodable {
        struct Image: Decodable {
            let name, outcome: String
            let fetched, requests, reused: Int?
            let way, base, message: String?
        }

        let dryRun: Bool
        let images: [Image]
        let fetched, requests: Int

        subscript(name: String) -> Image? { images.first { $0.name == name } }
        /// The image's way, of the one called `disk`.
        var way: String? { self["disk"]?.way }
    }

    /// A sync that must succeed.
    @discardableResult
    func sync(_ server: String, _ options: String...) throws -> Synced { try sync([server], options) }

    @discardableResult
    func sync(_ servers: [String], _ options: [String]) throws -> Synced {
        let result = try run(servers, options)
        try #require(result.status == 0, "\(result.stdout)\(result.stderr)")
        return try decode(result.stdout)
    }

    func run(_ servers: [String], _ options: [String] = []) throws -> RunResult {
        try publisher.glare(
            ["sync", "-t", host.target, "--json", "--retries", "1"] + servers.flatMap { ["-s", $0] } + options)
    }

    /// The cache has this version, whole, under both its names.
    func expectCached(_ version: Published, sourceLocation: SourceLocation = #_sourceLocation) throws {
        try #expect(host.digest(version.name) == version.sha256, sourceLocation: sourceLocation)
        try #expect(
            host.facts(version.name).inode == host.facts(version.path).inode, sourceLocation: sourceLocation)
        try #expect(host.names(in: ".glare/partial") == [], sourceLocation: sourceLocation)
    }

    private func decode<Value: Decodable>(_ text: String) throws -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Value.self, from: Data(text.utf8))
    }
}
