import Foundation
import GlareTestSupport
import Testing

@Suite("the ways into a cache, from every kind of server", .enabled(if: TransferSource.areHere))
struct TransferWaysTests {
    let fixture: TransferFixture
    init() throws { fixture = try TransferFixture() }

    @Test("whole, by frames, on a host that has nothing", arguments: TransferSource.allCases)
    func frames(_ source: TransferSource) throws {
        let version = try fixture.publish(TextDisk())
        let (address, server) = try source.serve(fixture.repository)
        let synced = try withExtendedLifetime(server) { try fixture.sync(address) }
        #expect(synced.way == "frames")
        #expect(try #require(synced["disk"]?.fetched) <= version.framesSize)
        try fixture.expectCached(version)
    }

    @Test("by delta from the version that is here", arguments: TransferSource.allCases)
    func delta(_ source: TransferSource) throws {
        try fixture.publish(TextDisk())
        let (address, server) = try source.serve(fixture.repository)
        try withExtendedLifetime(server) {
            try fixture.sync(address)
            let new = try fixture.publish(TextDisk().moved(byBlocks: 3).added(7, seed: 2))
            let synced = try fixture.sync(address)
            #expect(synced.way == "delta")
            #expect(synced["disk"]?.fetched == new.deltas.first?.size)
            try fixture.expectCached(new)
        }
    }

    @Test("by the smallest of several deltas")
    func smallestDelta() throws {
        try fixture.publish(TextDisk())
        try fixture.publish(TextDisk().changed(2, 3, 4, seed: 2))
        try fixture.sync(fixture.host.fileServer)
        let new = try fixture.publish(TextDisk().changed(2, 3, 5, seed: 2))
        #expect(new.deltas.count == 2)
        let synced = try fixture.sync(fixture.host.fileServer)
        #expect(synced.way == "delta")
        #expect(synced["disk"]?.fetched == new.deltas.map(\.size).min())
        try fixture.expectCached(new)
    }

    @Test("by those frames that no version here has, where there is no delta", arguments: TransferSource.allCases)
    func framesWithReuse(_ source: TransferSource) throws {
        try fixture.publish(TextDisk())
        let (address, server) = try source.serve(fixture.repository)
        try withExtendedLifetime(server) {
            try fixture.sync(address)
            let new = try fixture.publish(TextDisk().changed(3, seed: 2), as: "disk", "--deltas", "0")
            let synced = try fixture.sync(address)
            #expect(synced.way == "frames")
            #expect(try #require(synced["disk"]?.fetched) < new.framesSize / 4)
            try fixture.expectCached(new)
        }
    }

    @Test("frames that stand elsewhere, or in another image, are copied as well")
    func framesOfOthers() throws {
        try fixture.publish(TextDisk(1...4), as: "other")
        try fixture.sync(fixture.host.fileServer)
        // The text of the other image's fourth MiB, a frame of it, comes to stand in the eighth.
        let new = try fixture.publish(TextDisk(1...5).movedText(from: 4, to: 7), as: "disk", "--deltas", "0")
        let planned = try fixture.sync(fixture.host.fileServer, "--dry-run")
        #expect(planned["disk"]?.reused == 5 << 20, "three frames in place, one that moved, and the first of all")
        let synced = try fixture.sync(fixture.host.fileServer)
        #expect(try #require(synced["disk"]?.fetched) < new.framesSize / 3)
        try fixture.expectCached(new)
    }

    @Test("noise by frames too: they are ranges of the image's own file", arguments: [TransferSource.glare])
    func noise(_ source: TransferSource) throws {
        let version = try fixture.publishNoise("disk", size: 4 << 20)
        let (address, server) = try source.serve(fixture.repository)
        try withExtendedLifetime(server) {
            #expect(try fixture.sync(address).way == "frames")
            try fixture.expectCached(version)
        }
    }

    @Test("an image whose last frame is short", arguments: [TransferSource.nginx, .directory])
    func oddSize(_ source: TransferSource) throws {
        var disk = TextDisk(1...2)
        disk.size = (3 << 20) + 512
        try fixture.publish(disk.added(3, seed: 5))
        let (address, server) = try source.serve(fixture.repository)
        try withExtendedLifetime(server) {
            try fixture.sync(address)
            disk.size = (2 << 20) + 12_345
            let new = try fixture.publish(disk)
            try fixture.sync(address)
            try fixture.expectCached(new)
            #expect(try fixture.host.facts("disk").size == disk.size)
        }
    }

    @Test("from the archive, after a rollback: without a byte of the image")
    func archive() throws {
        let first = try fixture.publish(TextDisk())
        try fixture.sync(fixture.host.fileServer)
        try fixture.publish(TextDisk().changed(2, seed: 2))
        try fixture.sync(fixture.host.fileServer)
        try fixture.publish(TextDisk())
        let synced = try fixture.sync(fixture.host.fileServer)
        #expect(synced.way == "archive")
        #expect(synced["disk"]?.fetched ?? 0 == 0)
        try fixture.expectCached(first)
    }

    @Test("a host of the original's becomes one by delta: what it has is known by its content")
    func adopted() throws {
        let old = try fixture.publish(TextDisk())
        try fixture.publish(TextDisk().changed(2, seed: 2))
        try FileManager.default.createDirectory(atPath: fixture.host.target, withIntermediateDirectories: true)
        try mustRun("cp", ["--sparse=always", fixture.publisher.path(old.path), fixture.host.path("disk")])
        let synced = try fixture.sync(fixture.host.fileServer)
        #expect(synced["disk"]?.outcome == "updated")
        try #expect(fixture.host.digest() == sha256(fixture.publisher.path("disk")))
    }
}
