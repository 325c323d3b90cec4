import Foundation
import GlareTestSupport
import Testing

/// A repository that is signed, and a host that trusts its key.
final class SignedFixture: Sendable {
    let host: SyncFixture
    /// Without `.key` and `.pub`.
    let key: String

    init() throws {
        host = try SyncFixture()
        key = host.scratch.path("key")
        try makeKey(key)
    }

    var repository: String { host.repository }
    var signature: String { repository + "/images.json.minisig" }

    func makeKey(_ prefix: String) throws {
        let result = try host.publisher.glare(["keygen", prefix])
        try #require(result.status == 0, "\(result.stderr)")
    }

    /// A command of the publisher, with the key or another.
    func glare(_ words: [String], key: String? = nil, environment: [String: String] = [:]) throws -> RunResult {
        let settings = ["GLARE_SIGN_KEY": (key ?? self.key) + ".key", "GLARE_DIRECTORY": repository]
        return try host.publisher.glare(words, environment: settings.merging(environment) { $1 })
    }

    @discardableResult
    func mustGlare(_ words: [String], key: String? = nil, environment: [String: String] = [:]) throws -> RunResult {
        let result = try glare(words, key: key, environment: environment)
        try #require(result.status == 0, "\(result.stderr)")
        return result
    }

    /// Publishes the content of `seed`, signed.
    @discardableResult
    func publish(_ name: String = "disk", seed: UInt64, grace: String = "24h") throws -> SyncFixture.Version {
        let image = try host.publisher.image(name, seed: seed)
        try host.publisher.letTimePass()
        try mustGlare(["add-image", "-i", image, "-m", "m"], environment: ["GLARE_GRACE": grace])
        return SyncFixture.Version(name: name, sha256: try sha256(image))
    }

    func sync(_ server: String? = nil, _ options: String..., key: String? = nil) throws -> RunResult {
        let trusted = try publicKey(key ?? self.key)
        return try host.publisher.glare(
            ["sync", "-t", host.target, "-s", server ?? host.fileServer, "--trusted-key", trusted, "--retries", "0"]
                + options)
    }

    /// The line alone.
    func publicKey(_ prefix: String) throws -> String {
        let text = try String(contentsOfFile: prefix + ".pub", encoding: .utf8)
        return try #require(text.split(separator: "\n").last.map(String.init))
    }

    /// What `minisign` signs with a key that has no password.
    func minisign(_ file: String, comment: String, to signature: String, key: String? = nil, legacy: Bool = false)
        throws
    {
        try mustRun(
            "minisign",
            ["-S", "-s", (key ?? self.key) + ".key", "-m", file, "-x", signature, "-t", comment]
                + (legacy ? ["-l"] : []))
    }

    /// The trusted comment of the published signature.
    func comment() throws -> String {
        let text = try String(contentsOfFile: signature, encoding: .utf8)
        return try #require(text.split(separator: "\n")[2].split(separator: ": ", maxSplits: 1).last.map(String.init))
    }

    /// Signs what is published with other words.
    func sign(replacing part: String, with other: String) throws {
        let comment = try comment()
        let changed = comment.replacingOccurrences(of: part, with: other, options: .regularExpression)
        try #require(changed != comment)
        try minisign(repository + "/images.json", comment: changed, to: signature)
    }

    /// Everything below a directory, but for locks, as far as a host could tell.
    func cacheSnapshot() throws -> [String] {
        guard host.exists("") else { return [] }
        return try mustRun(
            "find", [host.target, "-type", "f", "-not", "-path", "*/.glare/*", "-printf", "%P %s %T@ %i\n"]
        ).split(separator: "\n").map(String.init).sorted()
    }
}
