import Foundation
import GlareTestSupport
import Testing

/// DOWNLOAD_DIR: used where a finished download can be renamed into the cache.
struct SyncDownloadDirectoryTests {
    private static let memory = "/dev/shm"

    private static var isElsewhere: Bool {
        guard let memory = try? device(memory), let here = try? device(NSTemporaryDirectory()) else { return false }
        return memory != here
    }

    private static func device(_ path: String) throws -> Int {
        var status = stat()
        guard stat(path, &status) == 0 else { throw CocoaError(.fileNoSuchFile) }
        return Int(status.st_dev)
    }

    /// Files below a directory, by their names alone.
    private func files(below directory: String) throws -> [String] {
        let listing = try mustRun("find", [directory, "-type", "f", "-printf", "%f\\n"])
        return listing.split(separator: "\n").map(String.init)
    }

    private func stalling(_ host: SyncFixture, _ version: SyncFixture.Version) throws -> ScriptedServer {
        try ScriptedServer(serving: host.repository) { request in
            guard request.path == "/" + version.path, request.earlier == 0 else { return nil }
            return ScriptedReply.file(in: host.repository, for: request).cut(after: 5 << 19, .stall)
        }
    }

    @Test func onTheSameFilesystemDownloadsGoThere() throws {
        let host = try SyncFixture()
        let version = try host.publishFull(seed: 1)
        let downloads = try host.scratch.directory("downloads")
        let server = try stalling(host, version)
        let running = try host.startSync(server.address, "-d", downloads)
        #expect(running.waits { (try? files(below: downloads))?.contains("disk.data") == true })
        #expect(try !files(below: host.target).contains("disk.data"))
        running.signal(SIGKILL)
        running.wait()

        try host.mustSync(server.address, "--download-dir", downloads)
        #expect(try host.digest() == version.sha256)
        #expect(try files(below: downloads) == [])
    }

    @Test func aKilledSyncIsResumedFromThere() throws {
        let host = try SyncFixture()
        let version = try host.publishFull(seed: 1)
        let downloads = try host.scratch.directory("downloads")
        let server = try stalling(host, version)
        let running = try host.startSync(server.address, "-d", downloads)
        let hasWritten = running.waits {
            (try? mustRun("find", [downloads, "-name", "disk.data", "-size", "+2047k"]).isEmpty) == false
        }
        try #require(hasWritten)
        running.signal(SIGKILL)
        running.wait()
        try host.mustSync(server.address, "-d", downloads)
        #expect(try #require(server.requests(for: "/" + version.path).last?.rangeStart) >= 2 << 20)
        #expect(try host.digest() == version.sha256)
    }

    /// The original removed the whole directory, whose default was /tmp.
    @Test func whatElseIsThereStays() throws {
        let host = try SyncFixture()
        try host.publish(seed: 1)
        let downloads = try host.scratch.directory("downloads")
        for name in ["disk", "disk.data", "images.txt"] { try host.scratch.file("downloads/" + name, "precious") }
        try host.mustSync(host.fileServer, "-d", downloads)
        for name in ["disk", "disk.data", "images.txt"] {
            #expect(try String(contentsOfFile: downloads + "/" + name, encoding: .utf8) == "precious")
        }
    }

    @Test func twoCachesShareOne() throws {
        let host = try SyncFixture()
        let version = try host.publish(seed: 1)
        let downloads = try host.scratch.directory("downloads")
        let caches = ["one", "two"].map(host.scratch.path)
        let syncs = try caches.map { cache in
            try RunningProcess(
                GlareBinary.path, ["sync", "-t", cache, "-s", host.fileServer, "-d", downloads],
                environment: GlareBinary.environment())
        }
        #expect(syncs.map { $0.wait() } == [0, 0])
        for cache in caches { #expect(try sha256(cache + "/disk") == version.sha256) }
    }

    @Test(.enabled(if: isElsewhere))
    func onAnotherFilesystemItIsToldOnceAndNotUsed() throws {
        let host = try SyncFixture()
        let downloads = try Scratch(in: Self.memory)
        let path = downloads.url.path
        let first = try host.publish(seed: 1)
        let told = try host.mustSync(host.fileServer, "-d", path)
        #expect(told.stderr.contains("\(path) is on another filesystem than the cache and is not used"))
        #expect(try host.digest() == first.sha256)
        #expect(try mustRun("ls", ["-A", path]).isEmpty)

        let second = try host.publish(seed: 2)
        let quiet = try host.mustSync(host.fileServer, "-d", path)
        #expect(!quiet.stderr.contains("another filesystem"))
        #expect(try host.digest() == second.sha256)
    }

    @Test func oneThatIsMissingIsAnError() throws {
        let host = try SyncFixture()
        try host.publish(seed: 1)
        let result = try host.sync(host.fileServer, "-d", host.scratch.path("missing"))
        #expect(result.status == 66)
        #expect(result.stderr.contains("missing"))
    }

    /// In a place like /tmp somebody else may have made a directory of our name before us.
    @Test(.enabled(if: Machine.canBeOthers))
    func whatSomebodyElsePutThereIsNotUsed() throws {
        let host = try SyncFixture()
        try host.publish(seed: 1)
        let downloads = try host.scratch.directory("downloads")
        try host.mustSync(host.fileServer, "-d", downloads)
        for name in try FileManager.default.contentsOfDirectory(atPath: downloads) {
            try mustRun("chown", ["-R", "65534", downloads + "/" + name])
        }
        try host.publish(seed: 2)
        let result = try host.sync(host.fileServer, "-d", downloads)
        #expect(result.status == 77)
        #expect(result.stderr.contains("because others can write there"))
    }
}
