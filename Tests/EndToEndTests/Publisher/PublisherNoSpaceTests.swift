import Foundation
import GlareTestSupport
import Testing

/// A repository whose filesystem is full.
@Suite(.enabled(if: Machine.canBeOthers)) struct PublisherNoSpaceTests {
    let fixture: PublisherFixture
    let filesystem: PublisherFilesystem

    init() throws {
        fixture = try PublisherFixture()
        filesystem = try PublisherFilesystem(in: fixture, options: "size=1m")
    }

    @Test func anImageThatDoesNotFitIsRefusedWithNothingLost() throws {
        try fixture.publish(seed: 1)
        let before = try fixture.snapshot()
        let large = try DiskImages.raw(at: fixture.scratch.path("images/disk"), seed: 2, data: 2 << 20)
        let result = try fixture.add(large)
        #expect(result.status == 73)
        #expect(result.stderr.contains(large) && result.stderr.contains("No space left on device"))
        #expect(try fixture.snapshot() == before)
        #expect(try fixture.leftovers() == [])
    }

    @Test func theFirstImageOfARepositoryAsWell() throws {
        let large = try DiskImages.raw(at: fixture.scratch.path("images/disk"), seed: 2, data: 2 << 20)
        let result = try fixture.add(large)
        #expect(result.status == 73)
        #expect(!fixture.exists("disk") && !fixture.exists("disk.md") && !fixture.exists("images.txt"))
        #expect(try fixture.archived() == [])
        #expect(try fixture.leftovers() == [])
    }

    @Test func whatFitsAfterwardsIsPublished() throws {
        let large = try DiskImages.raw(at: fixture.scratch.path("images/large"), seed: 2, data: 2 << 20)
        try #require(fixture.add(large).status == 73)
        let version = try fixture.publish(seed: 1)
        #expect(try fixture.text("images.txt") == "disk\n")
        #expect(try sha256(fixture.path("disk")) == version.sha256)
    }

    /// Steps of one page: the failure comes before, between and after all that a publish writes.
    @Test(arguments: 0...4)
    func aFailureAtAnyPointLeavesWhatHostsCanUseAndTheNextTryMends(pages: Int) throws {
        let old = try fixture.publish(seed: 1, "old")
        let source = try fixture.image("disk", seed: 2)
        let new = PublisherFixture.Version(name: "disk", sha256: try sha256(source))
        try fixture.letTimePass()
        try filesystem.fill(leaving: PublisherFixture.Facts(source).allocated + pages * 4096)

        let result = try fixture.add(source, "new")
        try expectUsable([old, new])
        #expect(try fixture.leftovers() == [])
        if result.status != 0 {
            #expect(result.status == 73)
            #expect(result.stderr.contains("No space left on device"))
        }

        try filesystem.empty()
        let again = try fixture.add(source, "new")
        #expect(again.status == 0, "\(again.stderr)")
        #expect(try fixture.link("disk") == new.path)
        #expect(try fixture.listed() == [new.id, old.id])
        #expect(try fixture.headings() == [new.id, old.id])
        #expect(try fixture.text("disk.md").contains("\n## new\n"))
        #expect(try fixture.text("SHA256SUMS") == "\(new.sha256)  disk\n")
    }

    /// The name is there and whole, and so is what the catalogue says of it.
    private func expectUsable(_ versions: [PublisherFixture.Version]) throws {
        let current = try sha256(fixture.path("disk"))
        #expect(versions.contains { $0.sha256 == current })
        let row = try #require(try fixture.catalogue().images.first)
        let listed = try #require(versions.first { $0.sha256 == row.sha256 })
        #expect(try sha256(fixture.path(listed.path)) == row.sha256)
        #expect(try fixture.record().current == listed.id)
        #expect(try fixture.text("images.txt") == "disk\n")
    }
}
