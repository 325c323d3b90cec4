import Foundation
import GlareTestSupport
import Testing

/// A cache whose `.glare/state.json` is damaged or gone: everything is known again by its content.
struct SyncStateTests {
    /// Cut, or of another program.
    private static let damages = [
        "", "{", "not json", "[]", "{\"format\":1}", "{\"format\":0,\"images\":{},\"versions\":{}}", "\u{2400}",
    ]

    private func synced() throws -> (SyncFixture, SyncFixture.Version, SyncFixture.Version) {
        let host = try SyncFixture()
        let first = try host.publish(seed: 1)
        try host.mustSync(host.fileServer)
        let second = try host.publish(seed: 2)
        try host.mustSync(host.fileServer)
        return (host, first, second)
    }

    private func damage(_ host: SyncFixture, _ text: String) throws {
        try text.write(toFile: host.path(".glare/state.json"), atomically: false, encoding: .utf8)
    }

    @Test(arguments: damages)
    func theImageKeepsItsFile(_ text: String) throws {
        let (host, _, second) = try synced()
        let inode = try host.facts("disk").inode
        try damage(host, text)
        let server = try ScriptedServer(serving: host.repository)
        try host.mustSync(server.address)
        #expect(try host.facts("disk").inode == inode)
        #expect(try host.digest() == second.sha256)
        #expect(!server.requests.contains { $0.path.hasPrefix("/archive/") })
        #expect(try host.mustSync(server.address).stdout.hasPrefix("1 image, 0 changed"))
    }

    @Test(arguments: damages)
    func updatesGoOn(_ text: String) throws {
        let (host, _, _) = try synced()
        try damage(host, text)
        let third = try host.publish(seed: 3)
        try host.mustSync(host.fileServer)
        #expect(try host.digest() == third.sha256)
    }

    @Test func theWholePrivateDirectoryMayBeGone() throws {
        let (host, _, second) = try synced()
        let inode = try host.facts("disk").inode
        try FileManager.default.removeItem(atPath: host.path(".glare"))
        try host.mustSync(host.fileServer)
        #expect(try host.facts("disk").inode == inode)
        #expect(try host.digest() == second.sha256)
    }

    @Test func aRollbackIsRightWithoutTheState() throws {
        let (host, first, _) = try synced()
        try damage(host, "")
        try host.publish(seed: 1)
        try host.mustSync(host.fileServer)
        #expect(try host.digest() == first.sha256)
    }

    /// Else the versions of before would stay for ever.
    @Test func olderVersionsAreStillToldAndRemoved() throws {
        let (host, first, second) = try synced()
        try damage(host, "")
        #expect(try host.mustSync(host.fileServer).stdout.contains("1 older version in the archive"))
        let third = try host.publish(seed: 3)
        try host.mustSync(host.fileServer)
        let fourth = try host.publish(seed: 4)
        try host.mustSync(host.fileServer, environment: ["GLARE_KEEP_UNUSED": "0"])
        #expect(!host.exists(first.path) && !host.exists(second.path))
        #expect(host.exists(third.path) && host.exists(fourth.path))
    }

    @Test(arguments: ["", "{}", "<html>"])
    func aDamagedCatalogueOfTheCacheIsFetchedAgain(_ text: String) throws {
        let (host, _, second) = try synced()
        try text.write(toFile: host.path("images.json"), atomically: false, encoding: .utf8)
        try host.mustSync(host.fileServer)
        #expect(try host.digest() == second.sha256)
        #expect(
            try Data(contentsOf: URL(fileURLWithPath: host.path("images.json")))
                == Data(contentsOf: URL(fileURLWithPath: host.repository + "/images.json")))
    }

    @Test func aDamagedRecordOfTheCacheIsFetchedAgain() throws {
        let (host, _, second) = try synced()
        for name in try host.names(in: "catalogue") {
            try "damaged".write(toFile: host.path("catalogue/" + name), atomically: false, encoding: .utf8)
        }
        try FileManager.default.removeItem(atPath: host.path("disk"))
        try host.mustSync(host.fileServer)
        #expect(try host.digest() == second.sha256)
    }

    @Test func leftoversOfACrashAreRemoved() throws {
        let (host, _, _) = try synced()
        try "half".write(toFile: host.path(".glare/tmp/1234.abcd"), atomically: false, encoding: .utf8)
        try host.mustSync(host.fileServer)
        #expect(try host.names(in: ".glare/tmp") == [])
    }
}
