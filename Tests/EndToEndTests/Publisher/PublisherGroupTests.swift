import Foundation
import GlareTestSupport
import Testing

/// Two users of one group publish over each other's work.
@Suite(.enabled(if: Machine.canBeOthers)) struct PublisherGroupTests {
    private static let alice = PublisherUser.alice
    private static let bob = PublisherUser.bob
    let fixture: PublisherFixture

    init() throws {
        fixture = try PublisherFixture()
        try fixture.openForOthers()
        chown(fixture.repository, Self.alice.id, PublisherUser.team)
        chmod(fixture.repository, 0o2775)
    }

    @discardableResult
    private func publish(
        _ user: PublisherUser, seed: UInt64, options: [String] = [], environment: [String: String] = [:]
    ) throws -> PublisherFixture.Version {
        let source = try fixture.image("disk", seed: seed)
        try fixture.letTimePass()
        let result = try user.glare(
            fixture, ["add-image", "-i", source, "-m", "by \(user.id)", "-d", fixture.repository] + options,
            environment: environment)
        try #require(result.status == 0, "\(result.stderr)")
        let version = PublisherFixture.Version(name: "disk", sha256: try sha256(source))
        #expect(try sha256(fixture.path("disk")) == version.sha256)
        #expect(try fixture.record().current == version.id)
        return version
    }

    private func filesOutsideTheTeam() throws -> String {
        try mustRun("find", [fixture.repository, "!", "-gid", String(PublisherUser.team)])
    }

    @Test func eachPublishesOverTheOther() throws {
        var versions: [String] = []
        for (user, seed) in [(Self.alice, 1), (Self.bob, 2), (Self.alice, 3)] {
            try versions.insert(publish(user, seed: UInt64(seed)).id, at: 0)
        }
        #expect(try fixture.headings() == versions)
        #expect(try fixture.listed() == versions)
        #expect(try filesOutsideTheTeam() == "")
    }

    /// Only its owner may set a file's time, and a version that becomes current needs a later one.
    @Test func oneRollsBackToTheOthersVersion() throws {
        let old = try publish(Self.alice, seed: 1)
        let new = try publish(Self.alice, seed: 2)
        try publish(Self.bob, seed: 1)
        let facts = try fixture.facts(old.path)
        #expect(facts.modified > (try fixture.facts(new.path).modified))
        #expect(facts.mode == 0o444)
        #expect(facts.group == PublisherUser.team)
        #expect(try fixture.headings() == [old.id, new.id, old.id])
        #expect(try fixture.archived().count == 2)
        #expect(try fixture.leftovers() == [])
    }

    @Test func oneRemovesWhatTheOtherPublished() throws {
        let old = try publish(Self.alice, seed: 1)
        let new = try publish(Self.bob, seed: 2, options: ["--limit", "1"], environment: ["GLARE_GRACE": "0"])
        #expect(!fixture.exists(old.path))
        #expect(try fixture.listed() == [new.id])
    }

    @Test func oneRebuildsTheOthersIndex() throws {
        try publish(Self.alice, seed: 1)
        for name in ["images.txt", "images.json"] { try FileManager.default.removeItem(atPath: fixture.path(name)) }
        let result = try Self.bob.glare(fixture, ["rebuild-index", "--full", "-d", fixture.repository])
        #expect(result.status == 0, "\(result.stderr)")
        #expect(try fixture.text("images.txt") == "disk\n")
        #expect(try filesOutsideTheTeam() == "")
    }

    /// Then new files have their maker's own group at first.
    @Test func aDirectoryWithoutTheSetgidBitServesAsWell() throws {
        chmod(fixture.repository, 0o775)
        try publish(Self.alice, seed: 1)
        try publish(Self.bob, seed: 2)
        try publish(Self.alice, seed: 1)
        #expect(try mustRun("find", [fixture.repository, "-type", "f", "!", "-gid", String(PublisherUser.team)]) == "")
    }

    @Test func oneAdoptsARepositoryThatTheOthersOriginalMade() throws {
        let id = try fixture.addAsTheOriginal("disk", seed: 1, "first", age: 100)
        try mustRun("chown", ["-hR", "\(Self.alice.id):\(PublisherUser.team)", fixture.repository])
        let new = try publish(Self.bob, seed: 2)
        #expect(try fixture.listed() == [new.id, id])
        #expect(try fixture.headings() == [new.id, id])
    }

    @Test func oneCleansUpWhatTheOthersCrashLeft() throws {
        let large = try DiskImages.raw(at: fixture.scratch.path("images/large"), seed: 9, size: 8 << 30)
        let arguments = ["add-image", "-i", large, "-m", "m", "-d", fixture.repository]
        let publisher = try Self.alice.start(fixture, arguments)
        try #require(publisher.waits(until: { (try? fixture.leftovers().count) == 2 }))
        publisher.signal(SIGKILL)
        publisher.wait()
        try #require(fixture.leftovers().count == 2)
        try publish(Self.bob, seed: 1)
        #expect(try fixture.leftovers() == [])
    }

    @Test func afterRootBothGoOn() throws {
        try fixture.publish(seed: 1)
        try publish(Self.alice, seed: 2)
        try publish(Self.bob, seed: 1)
        try fixture.publish(seed: 2)
        try publish(Self.bob, seed: 3)
        #expect(try fixture.headings().count == 5)
    }
}
