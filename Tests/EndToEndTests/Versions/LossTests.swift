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
}
