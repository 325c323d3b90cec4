import Foundation
import GlareTestSupport
import Testing

/// A host's cache, not made yet, beside a repository of ours that it is synced from.
final class SyncFixture: Sendable {
    typealias Version = PublisherFixture.Version
    typealias Facts = PublisherFixture.Facts

    let publisher: PublisherFixture
    let target: String
    /// Whether its images can be fetched frame by frame and by delta; else as whole files alone, as from
    /// repositories that were not made for that.
    private let offersTransfer: Bool

    /// - Parameter target: Instead of a place in the scratch directory.
    init(target: String? = nil, offersTransfer: Bool = false) throws {
        self.offersTransfer = offersTransfer
        publisher = try PublisherFixture()
        self.target = target ?? publisher.scratch.path("cache")
        // Apache's workers are another user.
        chmod(publisher.scratch.url.path, 0o755)
    }

    var scratch: Scratch { publisher.scratch }
    var repository: String { publisher.repository }
    var fileServer: String { "file://" + repository }

    // MARK: Publishing

    /// Publishes the content of `seed` as `name`.
    @discardableResult
    func publish(_ name: String = "disk", seed: UInt64) throws -> Version {
        let version = try publisher.publish(name, seed: seed)
        try dateCatalogue()
        return version
    }

    /// Publishes a file under its own name.
    @discardableResult
    func publish(file: String) throws -> Version {
        try publisher.letTimePass()
        let result = try publisher.add(file)
        try #require(result.status == 0, "\(result.stderr)")
        try dateCatalogue()
        return Version(name: URL(fileURLWithPath: file).lastPathComponent, sha256: try sha256(file))
    }

    /// An image of noise from end to end, for tests that cut it.
    @discardableResult
    func publishFull(_ name: String = "disk", seed: UInt64, size: Int = 4 << 20) throws -> Version {
        try publish(file: DiskImages.raw(at: scratch.path("images/\(name)"), seed: seed, size: size, data: size))
    }

    /// Gives the catalogue a second of its own: web servers make entity tags of size and time, and tests
    /// publish several times a second. `SyncServersTests` has the test of just that.
    private func dateCatalogue() throws {
        if !offersTransfer { try publisher.offerWholeFilesAlone() }
        let second = timespec(tv_sec: Int(Date().timeIntervalSince1970 * 1000) % 1_000_000_000, tv_nsec: 0)
        try #require(utimensat(AT_FDCWD, repository + "/images.json", [second, second], 0) == 0)
    }

    /// Takes an image out of the repository; its versions stay in the archive there.
    func withdraw(_ name: String) throws {
        try FileManager.default.removeItem(atPath: repository + "/" + name)
        try #require(try publisher.rebuild().status == 0)
        try dateCatalogue()
        try #require(try !publisher.text("images.txt").contains(name))
    }

    // MARK: Syncing

    @discardableResult
    func sync(_ server: String, _ options: String..., environment: [String: String] = [:]) throws -> RunResult {
        try publisher.glare(["sync", "-t", target, "-s", server] + options, environment: environment)
    }

    /// A sync that must succeed.
    @discardableResult
    func mustSync(_ server: String, _ options: String..., environment: [String: String] = [:]) throws -> RunResult {
        let result = try publisher.glare(["sync", "-t", target, "-s", server] + options, environment: environment)
        try #require(result.status == 0, "\(result.stdout)\(result.stderr)")
        return result
    }

    /// A sync that goes on beside the test.
    func startSync(_ server: String, _ options: String...) throws -> RunningProcess {
        try RunningProcess(
            GlareBinary.path, ["sync", "-t", target, "-s", server] + options, environment: GlareBinary.environment())
    }

    // MARK: What is in the cache

    func path(_ name: String) -> String { target + "/" + name }
    func exists(_ name: String) -> Bool { (try? Facts(path(name))) != nil }
    func facts(_ name: String) throws -> Facts { try Facts(path(name)) }
    func digest(_ name: String = "disk") throws -> String { try sha256(path(name)) }
    func names(in directory: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path(directory)).sorted()
    }
    func archived() throws -> [String] { try names(in: "archive") }

    /// The partial download of an image.
    func partial(_ name: String = "disk") -> String { path(".glare/partial/\(name).data") }

    /// Writes into a file in place, read-only or not.
    func overwrite(_ path: String, at offset: Int, with text: String) throws {
        chmod(path, 0o644)
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        try file.seek(toOffset: UInt64(offset))
        try file.write(contentsOf: Data(text.utf8))
        try file.close()
    }
}

/// What a repository is served by.
enum SyncServer: CaseIterable, Sendable {
    case nginx
    case apache
    case glare

    /// The tools that ``allCases`` need.
    static let areHere = Machine.has("nginx") && Machine.has("apache2") && Machine.has("curl")

    func serve(_ directory: String) throws -> any WebServer {
        switch self {
        case .nginx: try Nginx(serving: directory)
        case .apache: try Apache(serving: directory)
        case .glare: try GlareServer(serving: directory)
        }
    }
}

/// A line of a server's access log.
struct LoggedRequest: Sendable {
    let method: String
    let path: String
    let status: Int
    /// Of the answer's body, as it was sent.
    let bytes: Int

    init?(_ line: String) {
        let parts = line.split(separator: "\"", omittingEmptySubsequences: false)
        guard parts.count >= 3 else { return nil }
        let request = parts[1].split(separator: " ").map(String.init)
        let numbers = parts[2].split(separator: " ").map { Int($0) }
        guard request.count == 3, let status = numbers.first ?? nil else { return nil }
        (method, path, self.status) = (request[0], request[1], status)
        // A dash where nothing was.
        bytes = numbers.dropFirst().first.flatMap { $0 } ?? 0
    }
}

extension WebServer {
    /// What was asked while `body` ran.
    func requests(during body: () throws -> Void) throws -> [LoggedRequest] {
        let start = try mark()
        try body()
        let end = try mark()
        let lines = accessLog
        let (from, to) = (lines.firstIndex { $0.contains(start) }, lines.firstIndex { $0.contains(end) })
        let range = try #require(from)..<(try #require(to))
        return lines[range].dropFirst().compactMap(LoggedRequest.init)
    }

    /// Leaves a line in the log, and waits for it: servers write theirs when the client has gone already.
    private func mark() throws -> String {
        let name = UUID().uuidString
        try mustRun("curl", ["-s", "-o", "/dev/null", "\(address)/\(name)"])
        for _ in 0..<500 where !accessLog.contains(where: { $0.contains(name) }) { usleep(10_000) }
        return name
    }
}
