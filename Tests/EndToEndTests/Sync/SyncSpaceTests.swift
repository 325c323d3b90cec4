import Foundation
import GlareTestSupport
import Testing

/// Caches whose filesystem is full, or can't be written. Only root can mount one.
@Suite(.enabled(if: Machine.canBeOthers))
struct SyncSpaceTests {
    /// A cache on a filesystem of its own, in memory.
    private final class SmallCache {
        let host: SyncFixture

        init(megabytes: Int) throws {
            host = try SyncFixture()
            _ = try host.scratch.directory("cache")
            try mustRun("mount", ["-t", "tmpfs", "-o", "size=\(megabytes)m", "glare-test", host.target])
        }

        deinit { _ = try? mustRun("umount", ["--lazy", host.target]) }

        func remount(_ option: String) throws { try mustRun("mount", ["-o", "remount,\(option)", host.target]) }
    }

    @Test func anUpdateThatDoesNotFitLeavesTheOldImage() throws {
        let cache = try SmallCache(megabytes: 6)
        let (host, old) = (cache.host, try cache.host.publishFull(seed: 1))
        try host.mustSync(host.fileServer)
        try host.publishFull(seed: 2)
        let server = try ScriptedServer(serving: host.repository)
        for address in [server.address, host.fileServer] {
            let result = try host.sync(address)
            #expect(result.status == 73)
            #expect(result.stderr.contains("disk, which takes 4 MiB where ") || result.stderr.contains("disk.data"))
            #expect(result.stderr.contains("No space left on device"))
            #expect(try host.digest() == old.sha256)
        }
        #expect(!server.requests.contains { $0.path.hasPrefix("/archive/") && $0.rangeStart != nil })
    }

    @Test func itSucceedsOnceThereIsRoom() throws {
        let cache = try SmallCache(megabytes: 6)
        let host = cache.host
        try host.publishFull(seed: 1)
        try host.mustSync(host.fileServer)
        let new = try host.publishFull(seed: 2)
        #expect(try host.sync(host.fileServer).status == 73)
        try cache.remount("size=20m")
        try host.mustSync(host.fileServer)
        #expect(try host.digest() == new.sha256)
    }

    /// The catalogue tells how much of an image is data.
    @Test func holesNeedNoRoom() throws {
        let cache = try SmallCache(megabytes: 6)
        let host = cache.host
        let file = try DiskImages.raw(at: host.scratch.path("images/disk"), seed: 1, size: 64 << 20, data: 1 << 20)
        let version = try host.publish(file: file)
        let server = try ScriptedServer(serving: host.repository)
        try host.mustSync(server.address)
        #expect(try host.digest() == version.sha256)
    }

    /// Nothing tells how much of the original's image is data before it is there.
    @Test func holesOfTheOriginalsImageNeedNoRoom() throws {
        let cache = try SmallCache(megabytes: 6)
        let host = cache.host
        let original = try SyncOriginalRepository(host.scratch.path("original"))
        let file = try DiskImages.raw(at: host.scratch.path("images/disk"), seed: 1, size: 16 << 20, data: 1 << 20)
        try original.add(file, as: "disk")
        let server = try ScriptedServer(serving: original.directory)
        try host.mustSync(server.address)
        #expect(try host.digest() == sha256(file))
    }

    @Test func theImagesThatFitAreSynced() throws {
        let cache = try SmallCache(megabytes: 6)
        let host = cache.host
        try host.publishFull("large", seed: 1, size: 8 << 20)
        let small = try host.publish("small", seed: 2)
        #expect(try host.sync(host.fileServer).status == 73)
        #expect(try host.digest("small") == small.sha256)
        #expect(!host.exists("large"))
    }

    /// What was fetched of an image that did not fit must not keep the room from the others for ever.
    @Test func afterAFailureTheRoomIsFree() throws {
        let cache = try SmallCache(megabytes: 6)
        let host = cache.host
        let original = try SyncOriginalRepository(host.scratch.path("original"))
        let file = try DiskImages.raw(at: host.scratch.path("images/disk"), seed: 1, size: 8 << 20, data: 8 << 20)
        try original.add(file, as: "disk")
        let server = try ScriptedServer(serving: original.directory)
        for _ in 0..<2 {
            let result = try host.sync(server.address)
            #expect(result.status == 73)
            #expect(result.stderr.contains("No space left on device"))
        }
        #expect(!host.exists("disk"))
        try mustRun("rm", ["-r", original.directory + "/disk", original.directory + "/disk.md"])
        try original.add(host.publisher.image("small", seed: 2), as: "small")
        try host.mustSync(server.address)
        #expect(try host.names(in: ".glare/partial") == [])
    }

    @Test func aReadOnlyCacheIsAnErrorAndStays() throws {
        let cache = try SmallCache(megabytes: 6)
        let (host, old) = (cache.host, try cache.host.publish(seed: 1))
        try host.mustSync(host.fileServer)
        try host.publish(seed: 2)
        try cache.remount("ro")
        let result = try host.sync(host.fileServer)
        #expect(result.status == 73)
        #expect(result.stderr.contains("Read-only file system"))
        #expect(try host.digest() == old.sha256)
    }
}
