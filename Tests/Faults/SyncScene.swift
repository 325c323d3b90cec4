import Foundation
import GlareTestSupport

/// A cache that follows a repository which goes back and forth between two versions. The one that comes is always
/// one that has to be fetched.
final class SyncScene: Scene {
    enum Way: String, CaseIterable, Sendable { case plain, frames, delta }

    let directory: String
    let kind = Standing.Kind.cache
    let address: String? = nil
    /// What each of the two repositories has under the name, and its file in the cache's archive.
    private(set) var versions: [(sha256: String, fileName: String)] = []
    private let scratch: Scratch
    private var servers: [GlareServer] = []
    private var shown = 0

    init(_ way: Way, in parent: String? = nil) throws {
        scratch = try Scratch()
        directory = (parent ?? scratch.url.path) + "/cache"
        try makeRepositories(way)
        servers = try ["0", "1"].map { try GlareServer(serving: scratch.path($0)) }
        try Program.mustRun("sync", "-t", directory, "-s", servers[0].address)
        shown = 0
        let attempt = try prepare()
        let told = try Program.mustRun(attempt.arguments[0], "--json", "-t", directory, "-s", servers[1].address)
        guard told.contains("\"way\" : \"\(way.rawValue)\"") else {
            throw Unexpected("the image came by another way than \(way): \(told)")
        }
    }

    /// What was asked for of frames and deltas, by the servers' logs.
    var transfers: [String] {
        servers.flatMap(\.accessLog).filter { $0.contains(".zst ") || $0.contains(".delta ") }
    }

    private func makeRepositories(_ way: Way) throws {
        let images = try [1, 2].map { try SmallImage.write($0, to: scratch.path("image-\($0)")) }
        if way == .plain {
            versions = try images.enumerated().map { index, image in
                let added = try OriginalRepository(scratch.path(String(index))).add(image, as: "disk")
                return (added.sha256, added.fileName)
            }
            return
        }
        let base = try scratch.directory("0")
        let deltas = way == .delta ? "1" : "0"
        for image in images {
            try Program.mustRun(
                "add-image", "-i", image, "--name", "disk", "-m", "test", "-d", base, "--deltas", deltas)
            let digest = try sha256(image)
            versions.append((digest, "disk-\(digest.prefix(32))"))
        }
        try mustRun("cp", ["-a", "--sparse=always", base, scratch.path("1")])
        try Program.mustRun(
            "add-image", "-i", images[0], "--name", "disk", "-m", "test", "-d", base, "--deltas", deltas)
    }

    func prepare() throws -> Attempt {
        let (old, new) = (versions[shown], versions[1 - shown])
        shown = 1 - shown
        try? FileManager.default.removeItem(atPath: "\(directory)/archive/\(new.fileName)")
        return Attempt(
            arguments: ["sync", "-t", directory, "-s", servers[shown].address],
            before: ["disk": old.sha256], after: ["disk": new.sha256], kept: [old.fileName])
    }
}
