import Foundation
import GlareTestSupport

/// A repository in which another version of its image is published each time.
final class PublishScene: Scene {
    let directory: String
    let kind = Standing.Kind.repository
    private let scratch: Scratch
    private let server: GlareServer?
    private let limit: Int
    private let grace: String
    private var seed = 0
    /// Ids of what was published, newest first, and what the name stands for.
    private var entries: [String] = []
    private var current: String?
    private let source: String

    /// - Parameters:
    ///   - parent: Where the repository is to be, such as on a filesystem of its own.
    ///   - limit: How many versions are kept.
    ///   - grace: How long the files of the others stay.
    init(in parent: String? = nil, limit: Int = 5, grace: String = "24h", isServed: Bool = true) throws {
        scratch = try Scratch()
        directory = (parent ?? scratch.url.path) + "/repository"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        server = isServed ? try GlareServer(serving: directory) : nil
        (self.limit, self.grace) = (limit, grace)
        source = scratch.path("disk")
        try publishFirst()
    }

    var address: String? { server?.address }

    private func publishFirst() throws {
        let attempt = try prepare()
        let result = try Program.run(attempt.arguments)
        guard result.status == 0 else { throw Unexpected(result.stderr) }
    }

    func prepare() throws -> Attempt {
        seed += 1
        try SmallImage.write(seed, to: source)
        let (before, digest) = (current, try sha256(source))
        let id = String(digest.prefix(32))
        letTimePass()
        // Whatever was published before is so by now: every run was mended.
        let attempt = Attempt(
            arguments: [
                "add-image", "-i", source, "-m", "version \(seed)", "-d", directory, "--limit", String(limit), "--yes",
                "--grace", grace,
            ],
            before: before.map { ["disk": $0] } ?? [:], after: ["disk": digest],
            kept: Set(entries.prefix(limit - 1).map { "disk-\($0)" }),
            entries: ("disk", entries, id), isExact: grace == "0")
        entries.insert(id, at: 0)
        current = digest
        return attempt
    }

    /// Two publishes of an image within a second have to wait for the next one, which hundreds can't.
    private func letTimePass() {
        for (age, id) in entries.enumerated() {
            let path = directory + "/archive/disk-\(id)"
            let time = timespec(tv_sec: Int(Date().timeIntervalSince1970) - 10 * (age + 1), tv_nsec: 0)
            utimensat(AT_FDCWD, path, [time, time], 0)
        }
    }
}
