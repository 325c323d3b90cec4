import Foundation
import GlareTestSupport
import Testing

/// `--dry-run` tells, and changes nothing.
struct SyncDryRunTests {
    @Test func doesNotEvenMakeTheCache() throws {
        let host = try SyncFixture()
        let version = try host.publish(seed: 1)
        let result = try host.mustSync(host.fileServer, "--dry-run")
        #expect(
            result.stdout.contains(
                "disk: would be new, version \(version.id), as a whole file: 256.3 KiB to fetch in 2 requests"))
        #expect(!FileManager.default.fileExists(atPath: host.target))
    }

    @Test func leavesEveryByteAndInodeOfTheCache() throws {
        let host = try SyncFixture()
        try host.publish(seed: 1)
        try host.publish("gone", seed: 3)
        try host.mustSync(host.fileServer)
        let second = try host.publish(seed: 2)
        try host.publish("new", seed: 4)
        try host.withdraw("gone")
        let before = try snapshot(host)
        let result = try host.mustSync(
            host.fileServer, "--dry-run", "--delete", "--adopt", environment: ["GLARE_KEEP_UNUSED": "0"])
        #expect(try snapshot(host) == before)
        #expect(result.stdout.contains("disk: would be updated, version \(second.id)"))
        #expect(result.stdout.contains("new: would be new"))
    }

    @Test func fetchesNoImage() throws {
        let host = try SyncFixture()
        try host.publish(seed: 1)
        let server = try ScriptedServer(serving: host.repository)
        try host.mustSync(server.address, "--dry-run")
        #expect(!server.requests.contains { $0.path.hasPrefix("/archive/") })
    }

    /// Names of the original's repositories have no size in a catalogue: a HEAD tells it.
    @Test func fetchesNoImageFromTheOriginalsRepository() throws {
        let host = try SyncFixture()
        let original = try SyncOriginalRepository(host.scratch.path("original"))
        try original.add(host.publisher.image("disk", seed: 1), as: "disk")
        let server = try ScriptedServer(serving: original.directory)
        let result = try host.mustSync(server.address, "--dry-run")
        #expect(result.stdout.contains("disk: would be new"))
        #expect(!server.requests.contains { $0.method == "GET" && $0.path == "/disk" })
        #expect(!FileManager.default.fileExists(atPath: host.target))
    }

    @Test func tellsWhatDeleteWouldRemove() throws {
        let host = try SyncFixture()
        try host.publish("gone", seed: 1)
        try host.publish("kept", seed: 2)
        try host.mustSync(host.fileServer)
        try host.withdraw("gone")
        let result = try host.mustSync(host.fileServer, "--dry-run", "--delete")
        #expect(host.exists("gone"))
        #expect("\(result.stdout)\(result.stderr)".contains("gone: would be removed"))
    }

    @Test func doesNotWaitForASyncThatRuns() throws {
        let host = try SyncFixture()
        try host.publishFull(seed: 1)
        let server = try ScriptedServer(serving: host.repository) { request in
            guard request.path.hasPrefix("/archive/") else { return nil }
            return ScriptedReply.file(in: host.repository, for: request).cut(after: 1000, .stall)
        }
        let running = try host.startSync(server.address)
        try #require(running.waits { server.requests.contains { $0.path.hasPrefix("/archive/") } })
        let result = try host.mustSync(host.fileServer, "--dry-run")
        #expect(result.stdout.contains("would be new"))
    }

    /// Every name with kind, mode, inode, times and size.
    private func snapshot(_ host: SyncFixture) throws -> String {
        try mustRun("sh", ["-c", "find . -printf '%p %y %m %i %T@ %C@ %s\\n' | sort"], directory: host.target)
    }
}
