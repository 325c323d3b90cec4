import Foundation
import GlareTestSupport
import Testing

/// Content that is retained becomes current again, by adding it again.
@Suite struct PublisherRollbackTests {
    let fixture: PublisherFixture
    init() throws { fixture = try PublisherFixture() }

    @Test func retainedContentIsCurrentAgainWithoutAnotherCopy() throws {
        let old = try fixture.publish(seed: 1, "old")
        let inode = try fixture.facts(old.path).inode
        let new = try fixture.publish(seed: 2, "new")
        try fixture.letTimePass()
        let result = try fixture.add(fixture.image("disk", seed: 1), "back to the old one")
        #expect(result.status == 0, "\(result.stderr)")
        #expect(result.stdout.contains("disk: version \(old.id) was retained, and is current again"))
        #expect(try fixture.link("disk") == old.path)
        #expect(try fixture.facts(old.path).inode == inode)
        #expect(try sha256(fixture.path("disk")) == old.sha256)
        #expect(try fixture.archived() == [old.fileName, new.fileName].sorted())
    }

    @Test func theCatalogueAndTheChangelogTellOfIt() throws {
        let old = try fixture.publish(seed: 1, "old")
        let new = try fixture.publish(seed: 2, "new")
        let before = try fixture.catalogue().serial
        try fixture.publish(seed: 1, "back to the old one")
        #expect(try fixture.headings() == [old.id, new.id, old.id])
        #expect(try fixture.text("disk.md").contains("\n## back to the old one\n"))
        #expect(try fixture.record().current == old.id)
        #expect(try fixture.listed() == [old.id, new.id])
        #expect(try fixture.catalogue().serial > before)
        #expect(try fixture.text("SHA256SUMS") == "\(old.sha256)  disk\n")
    }

    /// wget's time-stamping passes over an older file of the same size, and HTTP's dates are in seconds.
    @Test func whateverBecomesCurrentIsAWholeSecondLaterThanItsPredecessor() throws {
        var times: [Int] = []
        for seed: UInt64 in [1, 2, 1, 3] {
            try #require(fixture.add(fixture.image("disk", seed: seed)).status == 0)
            try times.append(fixture.facts(fixture.link("disk")).modified)
        }
        #expect(zip(times, times.dropFirst()).allSatisfy { $0 < $1 }, "\(times)")
    }

    @Test func itIsLaterEvenThanAPredecessorFromTheFuture() throws {
        let old = try fixture.publish(seed: 1)
        let new = try fixture.publish(seed: 2)
        let future = Int(Date().timeIntervalSince1970) + 86400
        try mustRun("touch", ["-d", "@\(future).75", fixture.path(new.path)])
        try #require(fixture.add(fixture.image("disk", seed: 1)).status == 0)
        #expect(try fixture.facts(old.path).modified == future + 1)
        try #require(fixture.add(fixture.image("disk", seed: 3)).status == 0)
        #expect(try fixture.facts(fixture.link("disk")).modified == future + 2)
    }

    @Test func theRecordHasTheTimesOfTheFiles() throws {
        let versions = try [1, 2, 1].map { try fixture.publish(seed: $0) }
        for entry in try fixture.record().versions {
            let version = try #require(versions.first { $0.id == entry.id })
            #expect(try Int(entry.modified.timeIntervalSince1970) == fixture.facts(version.path).modified)
        }
    }

    @Test func theSameIDWithAnotherDigestIsRefused() throws {
        let current = try fixture.publish(seed: 1)
        let source = try fixture.image("disk", seed: 2)
        let wanted = PublisherFixture.Version(name: "disk", sha256: try sha256(source))
        try mustRun("cp", [fixture.image("wrong", seed: 3), fixture.path(wanted.path)])
        let wrong = try sha256(fixture.path(wanted.path))
        let before = try fixture.snapshot()
        let result = try fixture.add(source)
        #expect(result.status == 65)
        for part in [fixture.path(wanted.path), wanted.sha256, wrong] { #expect(result.stderr.contains(part)) }
        #expect(try fixture.snapshot() == before)
        #expect(try fixture.link("disk") == current.path)
        #expect(try fixture.leftovers() == [])
    }

    @Test func aVersionThatWasChangedIsNotMadeCurrentAgain() throws {
        let old = try fixture.publish(seed: 1)
        let new = try fixture.publish(seed: 2)
        try fixture.damage(old.path)
        let result = try fixture.add(fixture.image("disk", seed: 1))
        #expect(result.status == 65)
        #expect(result.stderr.contains(fixture.path(old.path)))
        #expect(try fixture.link("disk") == new.path)
        #expect(try fixture.headings() == [new.id, old.id])
    }
}
