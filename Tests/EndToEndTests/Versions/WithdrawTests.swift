import Foundation
import GlareTestSupport
import Testing

/// `withdraw`: a version that no host installs any more.
@Suite struct WithdrawTests {
    let host: SyncFixture
    let old, new: SyncFixture.Version

    init() throws {
        host = try SyncFixture()
        (old, new) = (try host.publish(seed: 1), try host.publish(seed: 2))
    }

    private struct Synced: Decodable {
        struct Image: Decodable {
            let name, outcome: String
            let version, message: String?
        }
        struct Withdrawn: Decodable { let name, version, reason: String }
        let images: [Image]
        let withdrawn: [Withdrawn]
        let requests: Int
    }

    private func sync(_ options: String...) throws -> Synced {
        let result = try host.publisher.glare(["sync", "-t", host.target, "-s", host.fileServer, "--json"] + options)
        try #require(result.status == 0, "\(result.stderr)")
        return try host.publisher.decode(result.stdout)
    }

    @Test func whoHasNothingGetsNothingAndIsToldWhy() throws {
        try host.publisher.mustCommand("withdraw", "disk", "-m", "host keys are in it")
        let synced = try sync()
        #expect(synced.images.map(\.outcome) == ["withdrawn"])
        #expect(synced.images[0].message?.contains("host keys are in it") == true)
        #expect(!host.exists("disk") && synced.withdrawn.isEmpty)
        let told = try host.mustSync(host.fileServer)
        #expect(told.stderr.contains("version \(new.id) was withdrawn by its publisher: host keys are in it"))
    }

    @Test func whoHasItKeepsItEvenWithDelete() throws {
        try host.mustSync(host.fileServer)
        try host.publisher.mustCommand("withdraw", "disk", "-m", "bad")
        let synced = try sync("--delete")
        #expect(synced.images.map(\.outcome) == ["withdrawn"] && synced.images[0].version == new.id)
        #expect(synced.withdrawn.map(\.version) == [new.id] && synced.withdrawn[0].reason == "bad")
        #expect(try host.digest() == new.sha256)
        let list = try host.publisher.glare(["list", "disk", "-t", host.target])
        #expect(list.stdout.contains("withdrawn: bad"))
    }

    @Test func anotherCurrentVersionEndsIt() throws {
        try host.mustSync(host.fileServer)
        try host.publisher.mustCommand("withdraw", "disk", "-m", "bad")
        #expect(try sync().images.map(\.outcome) == ["withdrawn"])
        try host.publisher.letTimePass()
        try host.publisher.mustCommand("set-current", "disk@-1", "-m", "back")
        let synced = try sync()
        #expect(synced.images.map(\.outcome) == ["updated"] && synced.withdrawn.map(\.version) == [new.id])
        #expect(try host.digest() == old.sha256)
    }

    @Test func anOlderVersionHereIsToldOfOnce() throws {
        try host.mustSync(host.fileServer)
        let newest = try host.publish(seed: 3)
        try host.mustSync(host.fileServer)
        try host.publisher.mustCommand("withdraw", "disk@-1", "-m", "bad")
        let first = try host.mustSync(host.fileServer)
        #expect(first.stderr.contains("\(new.fileName) was withdrawn by its publisher: bad"))
        #expect(try host.mustSync(host.fileServer).stderr.isEmpty)
        #expect(try sync().withdrawn.map(\.version) == [new.id])
        #expect(try host.digest() == newest.sha256)
    }

    @Test func nothingOffersItAndTheRecordSaysWhy() throws {
        let fixture = host.publisher
        let other = try host.publish("other", seed: 4)
        try fixture.mustCommand("withdraw", "disk", "-m", "\"quoted\" and more")
        #expect(try fixture.text("images.txt") == "other\n")
        #expect(try fixture.text("SHA256SUMS") == "\(other.sha256)  other\n")
        // What a host that knows of no withdrawal reads.
        #expect(try fixture.catalogue().images.map(\.name) == ["other"])
        let list = try fixture.mustCommand("list", "disk", "--json").stdout
        #expect(list.contains("\"reason\" : \"\\\"quoted\\\" and more\""))
        #expect(fixture.exists(new.path))
    }

    @Test func itIsNotMadeCurrentAgainBeforeItIsUndone() throws {
        let fixture = host.publisher
        try fixture.mustCommand("withdraw", "disk@-1", "-m", "bad")
        fixture.expectRefused(try fixture.command("set-current", "disk@-1", "-m", "m"))
        fixture.expectRefused(try fixture.add(fixture.image("disk", seed: 1)))
        try fixture.mustCommand("withdraw", "disk", "-m", "bad too")
        fixture.expectRefused(try fixture.add(fixture.image("disk", seed: 2)))
        #expect(try fixture.text("images.txt") == "")
        try fixture.mustCommand("withdraw", "--undo", "disk")
        #expect(try fixture.text("images.txt") == "disk\n")
        try fixture.mustCommand("withdraw", "--undo", "disk@-1")
        try fixture.letTimePass()
        try fixture.mustCommand("set-current", "disk@-1", "-m", "m")
        try host.mustSync(host.fileServer)
        #expect(try host.digest() == old.sha256)
    }

    @Test func aLostStateKeepsIt() throws {
        let fixture = host.publisher
        try fixture.mustCommand("withdraw", "disk", "-m", "bad")
        try fixture.mustCommand("protect", "disk@-1")
        try fixture.mustCommand("annotate", "disk@-1", "arch=arm64")
        let before = try fixture.mustCommand("list", "disk", "--json").stdout
        try fixture.loseState()
        #expect(try fixture.mustCommand("list", "disk", "--json").stdout == before)
        #expect(try fixture.text("images.txt") == "")
    }

    @Test func aReasonIsNeeded() throws {
        for options in [
            [], ["-m", " "], ["-m", "two\nlines"], ["-m", "\u{1B}[2J"], ["-m", "x", "--undo"],
            ["-m", String(repeating: "x", count: 2000)],
        ] {
            #expect(try host.publisher.glare(["withdraw", "disk", "-d", host.repository] + options).status == 64)
        }
    }

    /// A record may say what the catalogue does not: nothing of it is installed then.
    @Test func aRecordThatSaysSoIsEnough() throws {
        let fixture = host.publisher
        try fixture.mustCommand("withdraw", "disk", "-m", "bad")
        let text = try fixture.text("images.json")
        let offered = text.replacingOccurrences(of: "\"images\" : [\n\n  ]", with: "\"images_before\" : [\n\n  ]")
            .replacingOccurrences(of: "\"suspended\" : [", with: "\"images\" : [")
        try #require(offered != text)
        try offered.write(toFile: fixture.path("images.json"), atomically: false, encoding: .utf8)
        let result = try host.sync(host.fileServer)
        #expect(result.status == 65 && result.stderr.contains("was withdrawn: bad"), "\(result.stderr)")
        #expect(!host.exists("disk"))
    }
}

extension PublisherFixture {
    fileprivate func expectRefused(_ result: RunResult, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(result.status == 77, sourceLocation: sourceLocation)
        #expect(result.stderr.contains("glare withdraw --undo"), sourceLocation: sourceLocation)
    }
}
