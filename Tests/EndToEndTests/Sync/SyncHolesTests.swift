import Foundation
import GlareTestSupport
import Testing

/// Holes of an image stay holes in the cache.
struct SyncHolesTests {
    /// 8 MiB with 64 KiB of data in front: most of it, the end too, is a hole.
    private func sparse(_ host: SyncFixture) throws -> (version: SyncFixture.Version, size: Int) {
        let file = try DiskImages.raw(at: host.scratch.path("images/disk"), seed: 1, size: 8 << 20, data: 64 << 10)
        return (try host.publish(file: file), 8 << 20)
    }

    private func expectSparse(_ host: SyncFixture, _ expected: (version: SyncFixture.Version, size: Int)) throws {
        let facts = try host.facts("disk")
        #expect(facts.size == expected.size)
        #expect(facts.allocated < 256 << 10)
        #expect(try host.digest() == expected.version.sha256)
    }

    @Test(.enabled(if: SyncServer.areHere), arguments: SyncServer.allCases)
    func overHTTP(_ kind: SyncServer) throws {
        let host = try SyncFixture()
        let expected = try sparse(host)
        let server = try kind.serve(host.repository)
        try host.mustSync(server.address)
        try expectSparse(host, expected)
    }

    @Test func fromADirectory() throws {
        let host = try SyncFixture()
        let expected = try sparse(host)
        try host.mustSync(host.fileServer)
        try expectSparse(host, expected)
    }

    @Test func zerosThatWereWrittenBecomeHoles() throws {
        let host = try SyncFixture()
        let file = try DiskImages.raw(at: host.scratch.path("images/disk"), seed: 1, size: 8 << 20, data: 64 << 10)
        let full = host.scratch.path("disk")
        try mustRun("cp", ["--sparse=never", file, full])
        let original = try SyncOriginalRepository(host.scratch.path("original"))
        try original.add(full, as: "disk")
        let server = try ScriptedServer(serving: original.directory)
        try host.mustSync(server.address)
        #expect(try host.facts("disk").allocated < 256 << 10)
        #expect(try host.digest() == sha256(file))
    }
}
