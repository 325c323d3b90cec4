import Foundation
import GlareTestSupport
import Testing

/// `rename`: an image under another name, with all that belongs to it.
@Suite struct RenameTests {
    let fixture: PublisherFixture
    init() throws { fixture = try PublisherFixture() }

    @Test func everythingGoesAlongAndNothingIsCopied() throws {
        let old = try fixture.publish("old", seed: 1, "one")
        let new = try fixture.publish("old", seed: 2, "two")
        try fixture.mustCommand("annotate", "old", "arch=x86_64")
        let inode = try fixture.facts(new.path).inode
        let files = try fixture.names(in: "transfer").count
        try fixture.mustCommand("rename", "old", "fresh")
        #expect(try fixture.text("images.txt") == "fresh\n")
        #expect(try fixture.link("fresh") == "archive/fresh-\(new.id)" && !fixture.exists("old"))
        #expect(try fixture.facts("archive/fresh-\(new.id)").inode == inode)
        #expect(try fixture.listed("fresh") == [new.id, old.id])
        #expect(try fixture.headings("fresh") == [new.id, new.id, old.id])
        #expect(try fixture.text("fresh.md").contains("\n## Renamed from old\n"))
        #expect(try fixture.mustCommand("list", "fresh").stdout.contains("arch=x86_64"))
        // For those that are downloading the old name's.
        #expect(fixture.exists(new.path) && fixture.exists("old.md"))
        #expect(try fixture.names(in: "transfer").count == 2 * files)
    }

    @Test func theOldNamesFilesGoAndTheOthersAreNotReadAgain() throws {
        let version = try fixture.publish("old", seed: 1)
        try fixture.mustCommand("rename", "old", "new")
        let removing = try fixture.rebuild("--verbose", environment: ["GLARE_GRACE": "0"])
        #expect(removing.status == 0 && !removing.stderr.contains("reading"), "\(removing.stderr)")
        #expect(try fixture.archived() == ["new-\(version.id)"] && !fixture.exists("old.md"))
        let after = try fixture.rebuild("--verbose")
        #expect(after.status == 0 && !after.stderr.contains("reading"), "\(after.stderr)")
        #expect(try fixture.listed("new") == [version.id])
    }

    /// The original's hosts may have had another image of that name, and wget passes over what is older.
    @Test func theNewNameIsLaterThanWhatHadItBefore() throws {
        try fixture.publish("old", seed: 1)
        let before = try fixture.publish("new", seed: 2)
        let time = try fixture.facts(before.path).modified
        try fixture.mustCommand("remove", "new")
        sleep(1)
        try fixture.mustCommand("rename", "old", "new")
        #expect(try fixture.facts(fixture.link("new")).modified > time)
    }

    @Test func aVersionThatIsSharedForATimeHasATimeOfItsOwn() throws {
        let first = try fixture.publish("old", seed: 1)
        try fixture.publish("old", seed: 2)
        try fixture.mustCommand("rename", "old", "new")
        let time = try fixture.facts("archive/new-\(first.id)").modified
        // The old name comes again, with a file that the new one shares.
        try #require(fixture.add(fixture.image("old", seed: 1)).status == 0)
        #expect(try fixture.facts("archive/new-\(first.id)").modified == time)
        #expect(try fixture.listed("new").last == first.id && fixture.listed("old") == [first.id])
    }

    @Test func aNameThatIsTakenIsRefused() throws {
        try fixture.publish("one", seed: 1)
        try fixture.publish("two", seed: 2)
        try fixture.scratch.file("repository/three", "mine")
        try fixture.scratch.file("repository/five.md", "mine")
        let before = try fixture.snapshot()
        #expect(try fixture.command("rename", "one", "two").status == 73)
        #expect(try fixture.command("rename", "one", "three").status == 73)
        #expect(try fixture.command("rename", "one", "five").status == 73)
        #expect(try fixture.command("rename", "none", "four").status == 66)
        #expect(try fixture.command("rename", "one", "a/b").status == 64)
        #expect(try fixture.snapshot() == before)
    }

    @Test func aHostMakesItOfWhatItHas() throws {
        let transfer = try TransferFixture()
        let version = try transfer.publish(TextDisk())
        try transfer.sync(transfer.host.fileServer)
        try transfer.publisher.mustCommand("rename", "disk", "renamed")
        let synced = try transfer.sync(transfer.host.fileServer)
        #expect(synced["renamed"]?.outcome == "new" && synced["disk"]?.outcome == "gone-kept")
        #expect(try sha256(transfer.host.path("renamed")) == version.sha256)
        // The catalogue, the record and the manifest.
        #expect(synced.fetched < 16 << 10)
    }
}
