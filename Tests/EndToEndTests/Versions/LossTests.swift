import Foundation
import GlareTestSupport
import Testing

/// What is lost by accident is not taken for what its publisher let go.
@Suite struct LossTests {
    let fixture: PublisherFixture
    init() throws { fixture = try PublisherFixture() }

    private func lose(_ name: String) throws { try FileManager.default.removeItem(atPath: fixture.path(name)) }

    private static let atOnce = ["GLARE_GRACE": "0"]

    @Test(arguments: [[], ["--dry-run"], ["--keep", "1"]])
    func pruneTakesNoImageWhoseSymlinkIsLost(_ options: [String]) throws {
        for seed: UInt64 in [1, 2] { try fixture.publish(seed: seed) }
        try fixture.publish("other", seed: 3)
        try lose("disk")
        let before = try fixture.snapshot()
        // Neither does the second run, whose catalogue is the first one's.
        for _ in 1...2 {
            let result = try fixture.glare(
                ["prune", "-d", fixture.repository] + options, environment: Self.atOnce)
            #expect(result.status == 65 && result.stderr.contains("disk: "), "\(result.stderr)")
            #expect(result.stderr.contains("`glare verify --repair -d \(fixture.repository)`"))
            #expect(try fixture.snapshot() == before)
        }
    }

    @Test func pruneTakesNoTornVersionThatTheCatalogueHas() throws {
        let old = try fixture.publish(seed: 1)
        try fixture.publish(seed: 2)
        try fixture.damage(old.path)
        let result = try fixture.glare(["prune", "-d", fixture.repository], environment: Self.atOnce)
        #expect(result.status == 0 && result.stderr.contains("\(old.fileName): its content"), "\(result.stderr)")
        #expect(try fixture.listed().contains(old.id))
        #expect(fixture.exists(old.path))
    }

    @Test func aRemovedVersionStaysWithdrawnWithoutTheState() throws {
        let old = try fixture.publish(seed: 1)
        try fixture.publish(seed: 2)
        try fixture.mustCommand("withdraw", "disk@-1", "-m", "bad")
        try fixture.mustCommand("remove", "disk@-1")
        #expect(try withdrawn() == [old.id])
        try lose(".glare/state.json")
        try #require(fixture.rebuild().status == 0)
        #expect(try withdrawn() == [old.id])
        let list = try fixture.mustCommand("list", "disk").stdout
        #expect(list.components(separatedBy: "withdrawn: bad").count == (list.contains(old.id) ? 2 : 1))
        #expect(try fixture.command("set-current", "disk@\(old.id)", "-m", "m").status == 77)
    }

    private func withdrawn() throws -> [String] {
        struct Catalogue: Decodable {
            struct Version: Decodable { let id: String }
            let withdrawn: [Version]?
        }
        let catalogue: Catalogue = try fixture.decode(fixture.text("images.json"))
        return catalogue.withdrawn?.map(\.id) ?? []
    }

    @Test func whatIsGoneForGoodIsForgotten() throws {
        try fixture.publish(seed: 1)
        try fixture.publish(seed: 2)
        try fixture.mustCommand("withdraw", "disk@-1", "-m", "bad")
        try fixture.mustCommand("remove", "disk@-1")
        try #require(fixture.rebuild(environment: Self.atOnce).status == 0)
        try #require(fixture.rebuild().status == 0)
        #expect(try withdrawn() == [])
    }

    @Test(arguments: [["disk"], ["disk@-1"]])
    func aRemovedVersionsWithdrawalIsTakenBack(_ removed: [String]) throws {
        let old = try fixture.publish(seed: 1)
        try fixture.publish(seed: 2)
        try fixture.mustCommand("withdraw", "disk@-1", "-m", "bad")
        try fixture.mustCommand("remove", removed[0])
        let refused = try fixture.add(fixture.image("disk", seed: 1))
        #expect(refused.status == 77)
        let reference = "disk@\(old.id.prefix(12))"
        #expect(
            refused.stderr.contains("`glare withdraw --undo \(reference) -d \(fixture.repository)`"),
            "\(refused.stderr)")
        try fixture.mustCommand("withdraw", "--undo", reference)
        try fixture.letTimePass()
        #expect(try fixture.add(fixture.image("disk", seed: 1)).status == 0)
        #expect(try fixture.listed().first == old.id)
        #expect(try fixture.command("withdraw", "--undo", "disk@000000").status == 66)
    }

    @Test func aLostCurrentVersionIsCalledThat() throws {
        let version = try fixture.publish(seed: 1)
        try fixture.damage(version.path)
        for words in [
            ["annotate", "disk", "a=b"], ["protect", "disk"], ["rename", "disk", "new"], ["prune", "disk"],
        ] {
            let result = try fixture.glare(words + ["-d", fixture.repository])
            #expect(result.status == 65, "\(words)")
            #expect(result.stderr.contains("its version \(version.id) is missing or torn"), "\(result.stderr)")
        }
    }

    /// Of three versions the one in the middle: torn, or gone.
    private func loseTheSecond(torn: Bool) throws -> [PublisherFixture.Version] {
        let versions = try (1...3).map { try fixture.publish(seed: $0) }
        if torn { try fixture.damage(versions[1].path) } else { try lose(versions[1].path) }
        return versions
    }

    @Test(arguments: [false, true]) func aLostOlderVersionIsRemovedByItsPlaceInTheList(torn: Bool) throws {
        let versions = try loseTheSecond(torn: torn)
        let dry = try fixture.command("remove", "disk@-1", "--dry-run")
        #expect(dry.status == 0 && dry.stdout.contains("version \(versions[1].id) would leave"), "\(dry.stderr)")
        let result = try fixture.command("remove", "disk@\(versions[1].id)")
        #expect(result.status == 0 && result.stdout.contains("version \(versions[1].id) left"), "\(result.stderr)")
        #expect(try fixture.listed() == [versions[2].id, versions[0].id])
        // With what hosts fetch of it, and for good.
        try #require(try fixture.rebuild(environment: Self.atOnce).status == 0)
        #expect(try fixture.archived().sorted() == [versions[0].fileName, versions[2].fileName].sorted())
        #expect(try fixture.names(in: "transfer").allSatisfy { !$0.contains(versions[1].id) })
        // And it may come again.
        try fixture.letTimePass()
        try #require(fixture.add(fixture.image("disk", seed: 2)).status == 0)
        #expect(try fixture.listed().first == versions[1].id)
    }

    @Test(arguments: [false, true]) func anImageWhoseCurrentVersionIsLostIsRemoved(torn: Bool) throws {
        let version = try fixture.publish(seed: 1)
        try fixture.publish("other", seed: 2)
        if torn { try fixture.damage(version.path) } else { try lose(version.path) }
        let result = try fixture.command("remove", "disk", environment: Self.atOnce)
        #expect(result.status == 0, "\(result.stderr)")
        #expect(try fixture.text("images.txt") == "other\n" && !fixture.exists("disk"))
        #expect(try fixture.names(in: "transfer").allSatisfy { $0.hasPrefix("other-") })
        #expect(try fixture.names(in: "archive").allSatisfy { !$0.hasPrefix("disk-") })
    }

    @Test(arguments: [false, true]) func noCommandTakesAnotherVersionForALostOne(torn: Bool) throws {
        let versions = try loseTheSecond(torn: torn)
        try #require(fixture.command("annotate", "disk", "a=b").status == 0)
        let before = try fixture.snapshot()
        for words in [
            ["rename", "disk", "new"], ["set-current", "disk@-1", "-m", "m"], ["withdraw", "disk@-1", "-m", "m"],
            ["protect", "disk@\(versions[1].id)"], ["annotate", "disk@-1", "a=b"], ["diff", "disk@-1"],
        ] {
            let result = try fixture.glare(words + ["-d", fixture.repository])
            #expect(result.status == 65, "\(words)")
            let reference = "disk@\(versions[1].id.prefix(12))"
            #expect(result.stderr.contains("\(reference): listed, but the file is missing or torn"), "\(result.stderr)")
        }
        #expect(try fixture.snapshot() == before)
        // As the message says.
        try #require(fixture.glare(["verify", "--repair", "-d", fixture.repository]).status == 0)
        try fixture.mustCommand("rename", "disk", "new")
        #expect(try fixture.listed("new") == versions.reversed().map(\.id))
    }
}
