import Foundation
import GlareTestSupport
import Testing

/// Deletion has two steps: out of the catalogue now, off the disk when no host can be downloading it.
@Suite struct PublisherGraceTests {
    let fixture: PublisherFixture
    init() throws { fixture = try PublisherFixture() }

    /// Publishes two contents, of which only the second may stay; answers the first.
    private func retireOne(grace: String?) throws -> PublisherFixture.Version {
        let old = try fixture.publish(seed: 1)
        try fixture.publish(seed: 2, options: ["--limit", "1"], environment: grace.map { ["GLARE_GRACE": $0] } ?? [:])
        return old
    }

    @Test func byDefaultTheFileStaysForADayAfterTheCatalogueForgotIt() throws {
        let old = try retireOne(grace: nil)
        #expect(try fixture.listed().contains(old.id) == false)
        #expect(try sha256(fixture.path(old.path)) == old.sha256)
        try #require(fixture.rebuild().status == 0)
        #expect(fixture.exists(old.path))
        #expect(try fixture.listed().contains(old.id) == false)
        #expect(try fixture.text("archive/SHA256SUMS").contains(old.id) == false)
    }

    @Test func withoutGraceTheFileGoesAtOnce() throws {
        let old = try retireOne(grace: "0")
        #expect(!fixture.exists(old.path))
        #expect(try fixture.archived().count == 1)
    }

    @Test func theMessageSaysNowWhereItIsNow() throws {
        try fixture.publish(seed: 1)
        try fixture.letTimePass()
        let result = try fixture.add(
            fixture.image("disk", seed: 2), options: ["--limit", "1"], environment: ["GLARE_GRACE": "0"])
        #expect(result.stdout.contains("68.0 KiB are freed now"))
    }

    @Test func whenTheGraceIsOverALaterWritingCommandRemovesTheFile() throws {
        let old = try retireOne(grace: "1s")
        #expect(fixture.exists(old.path))
        usleep(2_100_000)
        #expect(fixture.exists(old.path))
        try #require(fixture.rebuild(environment: ["GLARE_GRACE": "1s"]).status == 0)
        #expect(!fixture.exists(old.path))
    }

    @Test func catalogueDocumentsThatNothingNamesGoTheSameWay() throws {
        try fixture.publish(seed: 1)
        let first = try fixture.names(in: "catalogue")
        try fixture.publish(seed: 2)
        #expect(try Set(fixture.names(in: "catalogue")).isSuperset(of: first))
        try #require(fixture.rebuild(environment: ["GLARE_GRACE": "0"]).status == 0)
        let record = try #require(try fixture.catalogue().images.first).record.sha256
        let catalogue = try sha256(fixture.path("images.json"))
        #expect(try fixture.names(in: "catalogue") == ["\(catalogue).json", "\(record).json"].sorted())
    }

    @Test func aRetiredVersionThatIsAddedAgainIsCurrentAndStays() throws {
        let old = try retireOne(grace: nil)
        let inode = try fixture.facts(old.path).inode
        let new = PublisherFixture.Version(name: "disk", sha256: try sha256(fixture.path("disk")))
        try fixture.letTimePass()
        let result = try fixture.add(fixture.image("disk", seed: 1), "back")
        #expect(result.stdout.contains("version \(old.id) was retained, and is current again"))
        #expect(try fixture.listed() == [old.id, new.id])
        #expect(try fixture.facts(old.path).inode == inode)
        try #require(fixture.rebuild(environment: ["GLARE_GRACE": "0"]).status == 0)
        #expect(try sha256(fixture.path("disk")) == old.sha256)
        #expect(try fixture.listed() == [old.id, new.id])
    }

    /// As operators did with the original: the link says what is current, whatever was decided before.
    @Test func aRetiredVersionThatTheLinkIsSetToByHandIsCurrentAndStays() throws {
        let old = try retireOne(grace: nil)
        try mustRun("ln", ["-sfn", old.path, fixture.path("disk")])
        let result = try fixture.rebuild()
        #expect(result.status == 0, "\(result.stderr)")
        #expect(try fixture.text("images.txt") == "disk\n")
        #expect(try fixture.record().current == old.id)
        try fixture.rebuild(environment: ["GLARE_GRACE": "0"])
        #expect(try sha256(fixture.path("disk")) == old.sha256)
    }

    @Test func aRetiredVersionThatTheOriginalAddsAgainIsCurrentAndStays() throws {
        let old = try fixture.addAsTheOriginal("disk", seed: 1, "first", age: 100)
        try fixture.publish(seed: 2, options: ["--limit", "1"])
        try #require(try fixture.listed().contains(old) == false)
        try #require(fixture.addAsTheOriginal("disk", seed: 1, "back", age: 0) == old)
        let result = try fixture.rebuild(environment: ["GLARE_GRACE": "0"])
        #expect(result.status == 0, "\(result.stderr)")
        #expect(try fixture.text("images.txt") == "disk\n")
        #expect(try fixture.record().current == old)
        #expect(try md5(fixture.path("disk")) == old)
    }

    @Test(arguments: ["-1", "1y", "soon", ""])
    func anImpossibleGraceIsRefusedBeforeAnythingIsPublished(grace: String) throws {
        let result = try fixture.add(fixture.image("disk", seed: 1), environment: ["GLARE_GRACE": grace])
        #expect(result.status == 78)
        #expect(result.stderr.contains("GRACE=\(grace) (from the environment): expected a time"))
        #expect(!fixture.exists("disk"))
    }
}
