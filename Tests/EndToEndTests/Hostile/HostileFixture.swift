import Foundation
import GlareTestSupport
import Testing

/// A host with a good cache, and a server that tells it what it likes.
final class HostileFixture: Sendable {
    let part: HostilePart
    let repository: HostileRepository
    let content: HostileRepository.Content
    let host: SyncFixture
    /// Nobody has a reason to ask it anything.
    let bystander: ScriptedServer
    private let trust: [String]

    /// Enough to tell a stream that is passed on from one that is kept.
    static let mostMemory = 128 << 20

    init(_ part: HostilePart) throws {
        self.part = part
        repository = try .current()
        content = part.content(of: repository)
        host = try SyncFixture()
        bystander = try ScriptedServer { _ in .text("{}") }
        trust = part.isSigned ? ["--trusted-key", repository.publicKey] : []
        let old = part.isOriginal ? repository.oldOriginal : repository.old
        let result = try host.publisher.glare(["sync", "-t", host.target, "-s", "file://" + old] + trust)
        try #require(result.status == 0, "\(result.stderr)")
    }

    /// Serves the repository, but for what `lie` makes of the answers for the part.
    func server(_ lie: @escaping @Sendable (HostileQuestion) -> ScriptedReply) throws -> ScriptedServer {
        let (part, root, address) = (part, content.directory, bystander.address)
        let catalogue = try sha256(root + (part.isOriginal ? "/images.txt" : "/images.json")) + ".json"
        return try ScriptedServer { request in
            let right = ScriptedReply.part(of: root, for: request)
            guard part.contains(request.path, catalogue: catalogue) else { return right }
            return lie(HostileQuestion(request: request, right: right, bystander: address))
        }
    }

    // MARK: Syncing

    struct Outcome {
        let result: RunResult
        let peakMemory: Int
        let seconds: Double
    }

    /// Syncs from a server, and makes sure of what holds whatever that does.
    ///
    /// - Parameters:
    ///   - status: What the run must end with.
    ///   - isUpdated: Whether the image is the new one then; else it is still the old one.
    ///   - keepsCatalogue: False where the catalogue is made up and nothing tells: then it may be in the cache.
    @discardableResult
    func sync(
        _ server: ScriptedServer, _ options: [String] = [], status: Int32, isUpdated: Bool? = nil,
        keepsCatalogue: Bool = true
    ) throws -> Outcome {
        try sync(
            at: server.address, options, status: status, isUpdated: isUpdated, keepsCatalogue: keepsCatalogue)
    }

    @discardableResult
    func sync(
        at address: String, _ options: [String] = [], status: Int32, isUpdated: Bool? = nil,
        keepsCatalogue: Bool = true
    ) throws -> Outcome {
        let before = try CacheFiles(host.target)
        let outcome = try measured(["-s", address] + options)
        #expect(outcome.result.status == status, "\(outcome.result.stdout)\(outcome.result.stderr)")
        try check(outcome, before, isUpdated: isUpdated ?? (status == 0), keepsCatalogue: keepsCatalogue)
        return outcome
    }

    private func measured(_ options: [String]) throws -> Outcome {
        // By a program of its own, that is small: a child's peak begins with its parent's.
        let script = """
            import os, sys
            pid = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
            _, status, usage = os.wait4(pid, 0)
            with open(sys.argv[1], "w") as file: file.write(str(usage.ru_maxrss))
            sys.exit(os.waitstatus_to_exitcode(status) % 256)
            """
        let (file, start) = (host.scratch.path("memory"), Date())
        let result = try run(
            "python3",
            ["-I", "-S", "-c", script, file, GlareBinary.path, "sync", "-t", host.target, "--retries", "1"] + trust
                + options,
            environment: GlareBinary.environment())
        let kibibytes = try #require(Int(String(contentsOfFile: file, encoding: .utf8)))
        return Outcome(result: result, peakMemory: kibibytes << 10, seconds: Date().timeIntervalSince(start))
    }

    // MARK: What holds whatever a server does

    private func check(_ outcome: Outcome, _ before: CacheFiles, isUpdated: Bool, keepsCatalogue: Bool) throws {
        #expect(outcome.peakMemory < Self.mostMemory, "\(outcome.peakMemory >> 20) MiB")
        #expect(bystander.connectionCount == 0)
        let shown = (outcome.result.stdout + outcome.result.stderr).unicodeScalars
        #expect(!shown.contains { $0.value < 0x20 && $0 != "\n" || $0.value == 0x7F || $0.value == 0x202E })

        let after = try CacheFiles(host.target)
        for (path, file) in after.files where file != before.files[path] && (keepsCatalogue || path != "images.json") {
            // What is new is the publisher's, byte by byte.
            let published = FileManager.default.contents(atPath: content.directory + "/" + path)
            let isImage = path == "disk" || path.hasPrefix("archive/")
            #expect(isImage ? isUpdated && file.bytes == content.image : file.bytes == published, "\(path)")
        }
        #expect(before.files.keys.allSatisfy { after.files[$0] != nil || $0.hasPrefix("catalogue/") })
        #expect((after.files["disk"]?.bytes == content.image) == isUpdated)
        try checkPrivateFiles()
        try checkNextSync()
    }

    /// Nothing is there but what the next run begins with.
    private func checkPrivateFiles() throws {
        #expect(try host.names(in: ".glare/tmp") == [])
        let partial = try Set(host.names(in: ".glare/partial"))
        #expect(partial.isSubset(of: ["disk.data", "disk.origin", "disk.delta"]), "\(partial)")
        // Of an image that is put together from frames each is the right one, or is not there yet.
        guard partial.contains("disk.data"), !partial.contains("disk.origin"),
            let data = FileManager.default.contents(atPath: host.partial())
        else { return }
        for start in stride(from: 0, to: data.count, by: 1 << 20) {
            let frame = data[start..<min(start + 1 << 20, data.count)]
            let isThere = frame == content.image[frame.startIndex..<frame.endIndex]
            #expect(isThere || frame == Data(count: frame.count), "the frame at \(start)")
        }
    }

    /// A good server brings the image, whatever the other one left.
    private func checkNextSync() throws {
        let server = "file://" + content.directory
        let result = try host.publisher.glare(["sync", "-t", host.target, "-s", server] + trust)
        #expect(result.status == 0, "\(result.stderr)")
        #expect(FileManager.default.contents(atPath: host.path("disk")) == content.image)
        #expect(try host.names(in: ".glare/partial") == [])
    }
}

/// All files of a cache that others see.
private struct CacheFiles {
    struct File: Equatable {
        let inode: UInt64
        let modified: Date
        let bytes: Data
    }

    private(set) var files: [String: File] = [:]

    init(_ target: String) throws {
        for directory in ["", "archive/", "catalogue/"] {
            for name in try FileManager.default.contentsOfDirectory(atPath: "\(target)/\(directory)") {
                let path = directory + name
                guard let bytes = FileManager.default.contents(atPath: "\(target)/\(path)") else { continue }
                let facts = try PublisherFixture.Facts("\(target)/\(path)")
                files[path] = File(
                    inode: facts.inode, modified: Date(timeIntervalSince1970: Double(facts.modified)), bytes: bytes)
            }
        }
    }
}
