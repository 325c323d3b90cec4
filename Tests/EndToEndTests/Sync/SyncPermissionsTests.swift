import Foundation
import GlareTestSupport
import Glibc
import Testing

/// Who owns what in a cache, and who may change it.
struct SyncPermissionsTests {
    @Test func imagesAreReadOnly() throws {
        let host = try SyncFixture()
        let version = try host.publish(seed: 1)
        try host.mustSync(host.fileServer)
        #expect(try host.facts("disk").mode == 0o444)
        #expect(try host.facts(version.path).mode == 0o444)
    }

    @Test func theirModeIsASetting() throws {
        let host = try SyncFixture()
        try host.publish(seed: 1)
        try host.mustSync(host.fileServer, environment: ["GLARE_FILE_MODE": "0640"])
        #expect(try host.facts("disk").mode == 0o640)
    }

    @Test func theCacheBelongsToItsGroup() throws {
        let host = try SyncFixture()
        try host.publish(seed: 1)
        try host.mustSync(host.fileServer)
        for name in ["archive", "catalogue"] { #expect(try host.facts(name).mode & 0o2775 == 0o2775) }
        #expect(try host.facts(".glare").mode == 0o2770)
    }

    @Test(.enabled(if: Machine.canBeOthers))
    func asRootEverythingBelongsToTheCachesOwner() throws {
        let host = try SyncFixture()
        try host.publish(seed: 1)
        _ = try host.scratch.directory("cache")
        chown(host.target, 61_001, 62_000)
        try host.mustSync(host.fileServer)
        try host.publish(seed: 2)
        try host.mustSync(host.fileServer)
        let owners = try mustRun("find", [host.target, "-printf", "%U:%G\\n"]).split(separator: "\n")
        #expect(Set(owners) == ["61001:62000"])
    }

    @Test(.enabled(if: Machine.canBeOthers))
    func twoUsersOfOneGroupSyncOneCache() throws {
        let host = try SyncFixture()
        try sharedCache(host)
        let (alice, bob) = (PublisherUser.alice, PublisherUser.bob)
        for (user, seed) in [(alice, UInt64(1)), (bob, 2), (alice, 3), (bob, 2)] {
            let version = try host.publish(seed: seed)
            let result = try user.glare(host.publisher, ["sync", "-t", host.target, "-s", host.fileServer])
            #expect(result.status == 0, "\(user.id): \(result.stderr)")
            #expect(try host.digest() == version.sha256)
        }
    }

    /// Linux refuses a hard link to somebody else's file that one can't write.
    @Test(.enabled(if: Machine.canBeOthers))
    func aForeignFileOfSomebodyElseIsAdopted() throws {
        let host = try SyncFixture()
        let version = try host.publish(seed: 1)
        try sharedCache(host)
        try mustRun("cp", [host.scratch.path("images/disk"), host.path("disk")])
        chmod(host.path("disk"), 0o644)
        let result = try PublisherUser.alice.glare(host.publisher, ["sync", "-t", host.target, "-s", host.fileServer])
        #expect(result.status == 0, "\(result.stderr)")
        #expect(try host.digest() == version.sha256)
        #expect(try host.digest(version.path) == version.sha256)
    }

    @Test(.enabled(if: Machine.canBeOthers))
    func aFileThatCantBeReadIsTheOnlyOneThatFails() throws {
        let host = try SyncFixture()
        try host.publish(seed: 1)
        let other = try host.publish("other", seed: 2)
        try sharedCache(host)
        try mustRun("cp", [host.scratch.path("images/disk"), host.path("disk")])
        chmod(host.path("disk"), 0o600)
        let result = try PublisherUser.alice.glare(host.publisher, ["sync", "-t", host.target, "-s", host.fileServer])
        #expect(result.status == 77)
        #expect(result.stderr.contains(host.path("disk")))
        #expect(try host.digest("other") == other.sha256)
    }

    @Test(.enabled(if: Machine.canBeOthers))
    func aCacheThatCantBeWrittenIsAnError() throws {
        let host = try SyncFixture()
        try host.publish(seed: 1)
        try host.publisher.openForOthers()
        try host.mustSync(host.fileServer)
        let result = try PublisherUser.nobody.glare(host.publisher, ["sync", "-t", host.target, "-s", host.fileServer])
        #expect(result.status == 77)
        #expect(result.stderr.contains(host.target))
    }

    /// A cache that members of a group may write, and a repository that all may read.
    private func sharedCache(_ host: SyncFixture) throws {
        try host.publisher.openForOthers()
        _ = try host.scratch.directory("cache")
        chown(host.target, 0, PublisherUser.team)
        chmod(host.target, 0o2775)
        chmod(host.repository, 0o755)
    }
}
