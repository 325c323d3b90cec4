import Foundation
import GlareTestSupport
import Testing

/// The promise that Glare exists for: whoever opens an image in the cache gets a whole one, old or new,
/// always.
struct SyncPromiseTests {
    /// Every other time the version of before was taken out of the archive, so that it is fetched again.
    @Test func aReaderSeesOneOfTwoContentsAndNothingElse() throws {
        let hosts = try [SyncFixture(), SyncFixture()]
        let versions = try hosts.enumerated().map { try $1.publish(seed: UInt64($0 + 1)) }
        let cache = hosts[0]
        try cache.mustSync(cache.fileServer)
        let reader = try Reader(of: cache.path("disk"), in: cache.scratch)
        for round in 1...200 {
            let (next, isFetched) = (round % 2, round / 2 % 2 == 0)
            if isFetched { try? FileManager.default.removeItem(atPath: cache.path(versions[next].path)) }
            let result = try cache.sync(hosts[next].fileServer)
            try #require(result.status == 0, "\(result.stderr)")
            #expect(result.stdout.contains("disk: updated, version \(versions[next].id)"))
            #expect(result.stdout.contains(isFetched ? "256.0 KiB fetched" : "from the archive"))
        }
        let seen = try reader.stop()
        #expect(seen.failures == [:])
        #expect(Set(seen.digests.keys) == Set(versions.map(\.sha256)))
        #expect(seen.digests.values.reduce(0, +) > 200)
    }

    @Test func theSameWhileOthersPublishAndSyncOverHTTP() throws {
        let host = try SyncFixture()
        var digests = try Set([host.publish(seed: 1).sha256])
        let server = try GlareServer(serving: host.repository)
        try host.mustSync(server.address)
        let reader = try Reader(of: host.path("disk"), in: host.scratch)
        for round in 1...10 {
            digests.insert(try host.publish(seed: UInt64(1 + round % 2)).sha256)
            try host.mustSync(server.address, environment: ["GLARE_KEEP_UNUSED": "0"])
        }
        let seen = try reader.stop()
        #expect(seen.failures == [:])
        #expect(Set(seen.digests.keys) == digests)
    }
}

/// A process that opens a file, reads it to its end and hashes it, over and over.
private final class Reader {
    struct Seen: Decodable {
        /// How often each content was read.
        let digests: [String: Int]
        /// How often each error came.
        let failures: [String: Int]
    }

    private let process: RunningProcess
    private let stopFile: String

    init(of path: String, in scratch: Scratch) throws {
        stopFile = scratch.path("stop")
        let script = """
            import collections, hashlib, json, os, sys
            digests, failures = collections.Counter(), collections.Counter()
            print('ready', flush=True)
            while not os.path.exists(sys.argv[2]):
                try:
                    digest = hashlib.sha256()
                    with open(sys.argv[1], 'rb') as file:
                        while piece := file.read(16384):
                            digest.update(piece)
                    digests[digest.hexdigest()] += 1
                except OSError as error:
                    failures[str(error)] += 1
            print(json.dumps({'digests': digests, 'failures': failures}))
            """
        let process = try RunningProcess("python3", ["-c", script, path, stopFile])
        self.process = process
        guard process.waits(until: { process.stdout.hasPrefix("ready") }) else {
            throw CocoaError(.executableLoad)
        }
    }

    func stop() throws -> Seen {
        try Data().write(to: URL(fileURLWithPath: stopFile))
        #expect(process.wait() == 0, "\(process.stderr)")
        let line = try #require(process.stdout.split(separator: "\n").last)
        return try JSONDecoder().decode(Seen.self, from: Data(line.utf8))
    }
}
