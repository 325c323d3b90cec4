import Foundation
import GlareTestSupport
import Testing

/// `rebuild-index`: all that can be derived, from what can't.
@Suite struct PublisherRebuildTests {
    let fixture: PublisherFixture
    let old, current, other: PublisherFixture.Version

    init() throws {
        fixture = try PublisherFixture()
        old = try fixture.publish(seed: 1, "first")
        current = try fixture.publish(seed: 2, "second")
        other = try fixture.publish("other", seed: 3, "another image")
    }

    @Test func runningItTwiceChangesNoByte() throws {
        // What the last publish retired is dated by a command of a later second.
        usleep(1_100_000)
        try #require(fixture.rebuild().status == 0)
        let before = try fixture.snapshot()
        let state = try sha256(fixture.path(".glare/state.json"))
        let result = try fixture.rebuild()
        #expect(result.status == 0)
        #expect(result.stdout == "\(fixture.repository): 2 images, 3 versions\n")
        #expect(try fixture.snapshot() == before)
        #expect(try sha256(fixture.path(".glare/state.json")) == state)
        #expect(try fixture.leftovers() == [])
    }

    @Test func afterAPublishItHasNothingToChange() throws {
        let before = try fixture.snapshot()
        #expect(try fixture.rebuild("--full").status == 0)
        #expect(try fixture.snapshot() == before)
    }

    @Test(arguments: ["images.txt", "images.json", "SHA256SUMS", "archive/SHA256SUMS"])
    func aDerivedFileThatIsGoneComesBack(name: String) throws {
        let before = try fixture.text(name)
        try FileManager.default.removeItem(atPath: fixture.path(name))
        try #require(fixture.rebuild().status == 0)
        if name != "images.json" { #expect(try fixture.text(name) == before) }
        #expect(try fixture.catalogue().images.map(\.name) == ["disk", "other"])
        #expect(try fixture.listed() == [current.id, old.id])
    }

    @Test func theCatalogueThatIsMadeAnewIsNotOlderThanTheOneThatWasLost() throws {
        let before = try fixture.catalogue()
        try FileManager.default.removeItem(atPath: fixture.path("images.json"))
        try FileManager.default.removeItem(atPath: fixture.path("catalogue"))
        try #require(fixture.rebuild().status == 0)
        #expect(try fixture.catalogue().repository == before.repository)
        #expect(try fixture.catalogue().serial > before.serial)
        #expect(try fixture.listed() == [current.id, old.id])
    }

    @Test func anImageWhoseLinkIsGoneIsNotListed() throws {
        try FileManager.default.removeItem(atPath: fixture.path("other"))
        try #require(fixture.rebuild().status == 0)
        #expect(try fixture.text("images.txt") == "disk\n")
        #expect(try fixture.text("SHA256SUMS") == "\(current.sha256)  disk\n")
        #expect(fixture.exists(other.path) && fixture.exists("other.md"))
    }

    @Test func aVersionThatWasRemovedByHandIsListedNoMore() throws {
        try FileManager.default.removeItem(atPath: fixture.path(old.path))
        try #require(fixture.rebuild().status == 0)
        #expect(try fixture.listed() == [current.id])
        #expect(try fixture.text("archive/SHA256SUMS").contains(old.id) == false)
    }

    @Test func theChecksumsAreWhatSha256sumReads() throws {
        try #require(fixture.rebuild().status == 0)
        #expect(
            try mustRun("sha256sum", ["--strict", "-c", "SHA256SUMS"], directory: fixture.repository)
                == "disk: OK\nother: OK\n")
        let archive = try mustRun("sha256sum", ["--strict", "-c", "SHA256SUMS"], directory: fixture.path("archive"))
        let expected = [old, current, other].map { "\($0.fileName): OK" }
        #expect(archive.split(separator: "\n").map(String.init).sorted() == expected.sorted())
    }

    @Test func anEmptyRepositoryHasAnEmptyIndex() throws {
        let empty = try PublisherFixture()
        let result = try empty.rebuild()
        #expect(result.status == 0)
        #expect(result.stdout == "\(empty.repository): 0 images, 0 versions\n")
        #expect(try empty.text("images.txt") == "")
        #expect(try empty.catalogue().images.isEmpty)
    }
}
