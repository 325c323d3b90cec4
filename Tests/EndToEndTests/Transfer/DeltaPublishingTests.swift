import Foundation
import GlareTestSupport
import Testing

@Suite("add-image makes deltas into the new version")
struct DeltaPublishingTests {
    let fixture: TransferFixture
    init() throws { fixture = try TransferFixture() }

    @Test("from every retained version of the image")
    func fromEveryVersion() throws {
        let old = try (1...3).map { try fixture.publish(TextDisk().changed(2, seed: $0)) }
        let new = try fixture.publish(TextDisk().changed(2, seed: 9))
        #expect(new.bases == Set(old.map(\.sha256)))
        #expect(try fixture.files("delta", of: new).count == 3)
        #expect(new.unfinishedDeltas == 0)
        // Half a MiB of six is new.
        #expect(new.deltas.allSatisfy { $0.size < new.framesSize / 10 })
        let sizes = try fixture.files("delta", of: new).map { try fixture.size($0) }
        #expect(sizes.sorted() == new.deltas.map(\.size).sorted())
    }

    @Test("not from those that this publish takes out of the catalogue")
    func notFromRetired() throws {
        try fixture.publish(TextDisk())
        let kept = try fixture.publish(TextDisk().changed(2, seed: 2))
        let new = try fixture.publish(TextDisk().changed(2, seed: 3), as: "disk", "--limit", "2")
        #expect(new.bases == [kept.sha256])
    }

    @Test("blocks that moved cost next to nothing, though no frame is as it was")
    func moved() throws {
        try fixture.publish(TextDisk())
        let new = try fixture.publish(TextDisk().moved(byBlocks: 3))
        #expect(try #require(new.deltas.first).size < 4096)
    }

    @Test("as many as DELTAS says, the newest base first", arguments: [0, 1, 2])
    func count(_ count: Int) throws {
        let old = try (1...3).map { try fixture.publish(TextDisk().changed(2, seed: $0), as: "disk", "--deltas", "0") }
        #expect(old.allSatisfy { $0.deltas.isEmpty })
        let new = try fixture.publish(TextDisk().changed(2, seed: 9), as: "disk", "--deltas", "\(count)")
        #expect(new.bases == Set(old.suffix(count).map(\.sha256)))
    }

    @Test("from the one other image that shares most with it")
    func fromRelated() throws {
        try fixture.publish(TextDisk(seed: 7), as: "stranger")
        try fixture.publish(TextDisk().changed(2, 3, 4, seed: 2), as: "cousin")
        let nearest = try fixture.publish(TextDisk().changed(2, seed: 2), as: "sister", "--deltas", "0")
        let new = try fixture.publish(TextDisk())
        #expect(new.bases == [nearest.sha256])
    }

    @Test("not from another image where that saves less than half")
    func notFromStrangers() throws {
        try fixture.publish(TextDisk(seed: 7), as: "stranger")
        // Two MiB of six are the same.
        try fixture.publish(TextDisk().added(1, 2, 3, 4, seed: 2), as: "acquaintance")
        let new = try fixture.publish(TextDisk())
        #expect(new.deltas.isEmpty && new.unfinishedDeltas == 0)
    }

    @Test("not from an own version with which it has nothing in common")
    func useless() throws {
        try fixture.publish(TextDisk(seed: 7))
        let new = try fixture.publish(TextDisk())
        #expect(new.deltas.isEmpty && new.unfinishedDeltas == 0)
        try #require(fixture.publisher.rebuild().status == 0)
        #expect(try fixture.files("delta") == [])
    }

    @Test("no time for them: published without, told, and made by rebuild-index")
    func noTime() throws {
        try fixture.publish(TextDisk())
        let new = try fixture.publish(TextDisk().changed(2, seed: 2), as: "disk", "--delta-time", "0")
        #expect(new.outcome == "published" && new.deltas.isEmpty && new.unfinishedDeltas == 1)
        #expect(try sha256(fixture.publisher.path("disk")) == new.sha256)
        try #require(fixture.publisher.rebuild().status == 0)
        #expect(try fixture.files("delta", of: new).count == 1)

        try fixture.publisher.letTimePass()
        let told = try fixture.publisher.add(
            fixture.write(TextDisk().changed(2, seed: 3)), options: ["--delta-time", "0"])
        #expect(told.status == 0)
        let advice = "`glare rebuild-index -d \(fixture.publisher.repository)` makes them"
        #expect(told.stderr.contains("disk: 2 deltas could not be made in time; \(advice)"), "\(told.stderr)")
    }

    @Test("a rollback to a version that was retained gets deltas from the newer ones")
    func rollback() throws {
        let first = try fixture.publish(TextDisk())
        let second = try fixture.publish(TextDisk().changed(2, seed: 2))
        let again = try fixture.publish(TextDisk())
        #expect(again.outcome == "current-again")
        #expect(again.version == first.version)
        #expect(again.bases == [second.sha256])
        #expect(try fixture.files("zst", of: first).count == 1)
    }
}
