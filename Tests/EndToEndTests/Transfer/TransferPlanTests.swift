import Foundation
import GlareTestSupport
import Testing

@Suite("--dry-run tells exactly what the sync then does", .enabled(if: TransferSource.areHere))
struct TransferPlanTests {
    let fixture: TransferFixture
    init() throws { fixture = try TransferFixture() }

    /// Plans, syncs, and compares with each other and with the server's log.
    @discardableResult
    private func expectExact(_ source: TransferSource, _ options: String...) throws -> TransferFixture.Synced {
        let (address, server) = try source.serve(fixture.repository)
        let planned = try fixture.sync([address], options + ["--dry-run"])
        #expect(planned.dryRun)
        let catalogue = try fixture.size("images.json")
        let (synced, answers) = try logged(server) { try fixture.sync([address], options) }
        let requests = 1 + planned.images.reduce(0) { $0 + ($1.requests ?? 0) }
        let bytes = catalogue + planned.images.reduce(0) { $0 + ($1.fetched ?? 0) }
        #expect(synced.requests == requests)
        #expect(synced.fetched == bytes)
        #expect(planned.images.map(\.way) == synced.images.map(\.way))
        if let answers {
            #expect(answers.count == requests, "\(answers)")
            #expect(answers.bytes == bytes)
        }
        return planned
    }

    private func logged(
        _ server: (any WebServer)?, _ sync: () throws -> TransferFixture.Synced
    ) throws -> (TransferFixture.Synced, [LoggedRequest]?) {
        guard let server else { return (try sync(), nil) }
        var synced: TransferFixture.Synced?
        let answers = try server.requests { synced = try sync() }
        return (try #require(synced), answers)
    }

    @Test("related images on an empty host: one by frames, the others by delta", arguments: TransferSource.allCases)
    func relatedImages(_ source: TransferSource) throws {
        // The one in the middle of the alphabet comes first, and what hangs on it after.
        let base = try fixture.publish(TextDisk(), as: "m")
        for (index, name) in ["a", "z"].enumerated() {
            let related = try fixture.publish(TextDisk().changed(2, seed: 5 + UInt64(index)), as: name)
            #expect(related.deltas.count == 1)
        }
        let planned = try expectExact(source)
        #expect(planned.images.map(\.name) == ["a", "m", "z"])
        #expect(planned.images.filter { $0.way == "frames" }.count == 1)
        #expect(planned.images.filter { $0.way == "delta" }.allSatisfy { $0.base != nil })
        let fetched = planned.images.reduce(0) { $0 + ($1.fetched ?? 0) }
        #expect(fetched < base.framesSize * 16 / 10)
        for name in ["a", "m", "z"] {
            #expect(try fixture.host.digest(name) == sha256(fixture.publisher.path(name)))
        }
    }

    @Test("an update by delta names its base", arguments: TransferSource.allCases)
    func delta(_ source: TransferSource) throws {
        let old = try fixture.publish(TextDisk())
        try fixture.sync(fixture.host.fileServer)
        let new = try fixture.publish(TextDisk().changed(2, seed: 2))
        let planned = try expectExact(source)
        #expect(planned.way == "delta")
        #expect(planned["disk"]?.base == "disk-\(old.version)")
        try fixture.expectCached(new)
    }

    @Test("an update by frames tells what is here already", arguments: TransferSource.allCases)
    func frames(_ source: TransferSource) throws {
        try fixture.publish(TextDisk())
        try fixture.sync(fixture.host.fileServer)
        let new = try fixture.publish(TextDisk().changed(2, 6, seed: 2), as: "disk", "--deltas", "0")
        let planned = try expectExact(source)
        #expect(planned.way == "frames")
        #expect(planned["disk"]?.reused == 5 << 20, "four of six, and the first with the partition table")
        try fixture.expectCached(new)
    }

    @Test("noise over several connections", arguments: TransferSource.allCases)
    func noise(_ source: TransferSource) throws {
        let version = try fixture.publishNoise("disk")
        #expect(try expectExact(source, "--connections", "2").way == "frames")
        try fixture.expectCached(version)
    }

    @Test("nothing changed: one request, and nothing of the image", arguments: TransferSource.allCases)
    func nothing(_ source: TransferSource) throws {
        try fixture.publish(TextDisk())
        try fixture.publish(TextDisk(seed: 7), as: "other")
        let (address, server) = try source.serve(fixture.repository)
        try fixture.sync(address)
        let (synced, answers) = try logged(server) { try fixture.sync(address) }
        #expect(synced.requests == 1 && synced.fetched == 0)
        #expect(synced.images.allSatisfy { $0.outcome == "current" })
        if let answers {
            #expect(answers.map(\.path) == ["/images.json"])
            #expect(answers.bytes < 1024)
        }
    }

    @Test("people read it in a line: the way, the base, bytes and requests")
    func words() throws {
        let old = try fixture.publish(TextDisk())
        let whole = try fixture.host.mustSync(fixture.host.fileServer, "--dry-run")
        #expect(
            whole.stdout.contains(
                "disk: would be new, version \(old.version), by frames: 2.2 MiB to fetch in 3 requests"))
        try fixture.sync(fixture.host.fileServer)
        let new = try fixture.publish(TextDisk().changed(2, seed: 2))
        let update = try fixture.host.mustSync(fixture.host.fileServer, "--dry-run")
        #expect(
            update.stdout.contains(
                "disk: would be updated, version \(new.version), by delta from disk-\(old.version): "))
        #expect(update.stdout.contains(" to fetch in 3 requests"))
        let done = try fixture.host.mustSync(fixture.host.fileServer)
        #expect(done.stdout.contains("by delta"))
        #expect(done.stdout.contains("fetched for 8.0 MiB of images in 4 requests"))
    }

    @Test("a dry run leaves every byte of the cache")
    func leavesAll() throws {
        try fixture.publish(TextDisk())
        try fixture.sync(fixture.host.fileServer)
        try fixture.publish(TextDisk().changed(2, seed: 2))
        let list = {
            try mustRun("sh", ["-c", "find . -printf '%p %i %T@ %C@ %s\\n' | sort"], directory: fixture.host.target)
        }
        let before = try list()
        try fixture.sync(fixture.host.fileServer, "--dry-run")
        #expect(try list() == before)
    }
}
