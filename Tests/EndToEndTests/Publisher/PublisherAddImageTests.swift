import Foundation
import GlareTestSupport
import Testing

/// What `add-image` leaves in a repository.
@Suite struct PublisherAddImageTests {
    let fixture: PublisherFixture
    init() throws { fixture = try PublisherFixture() }

    @Test func theNameIsARelativeLinkToAVersionNamedByItsDigest() throws {
        let source = try fixture.image("debian-12", seed: 1)
        let result = try fixture.add(source)
        #expect(result.status == 0, "\(result.stderr)")
        let version = PublisherFixture.Version(name: "debian-12", sha256: try sha256(source))
        #expect(try fixture.link("debian-12") == version.path)
        #expect(try sha256(fixture.path("debian-12")) == version.sha256)
        #expect(result.stdout.contains("debian-12: published version \(version.id)"))
        #expect(result.stderr.contains("Verifying Image…"))
    }

    @Test func theSourceStaysAsItWas() throws {
        let source = try fixture.image("disk", seed: 1)
        let before = try PublisherFixture.Facts(source)
        try fixture.add(source)
        #expect(try PublisherFixture.Facts(source) == before)
        #expect(try fixture.facts(fixture.link("disk")).inode != before.inode)
    }

    @Test func everyListingTellsOfTheImage() throws {
        let one = try fixture.publish("one", seed: 1)
        let two = try fixture.publish("two", seed: 2)
        #expect(try fixture.text("images.txt") == "one\ntwo\n")
        #expect(try fixture.text("SHA256SUMS") == "\(one.sha256)  one\n\(two.sha256)  two\n")
        #expect(
            try fixture.text("archive/SHA256SUMS") == "\(one.sha256)  \(one.fileName)\n\(two.sha256)  \(two.fileName)\n"
        )
        let catalogue = try fixture.catalogue()
        #expect(catalogue.images.map(\.name) == ["one", "two"])
        #expect(catalogue.images.map(\.current) == [one.id, two.id])
        #expect(catalogue.images.map(\.sha256) == [one.sha256, two.sha256])
        #expect(catalogue.images.map(\.size) == [256 << 10, 256 << 10])
    }

    @Test func theCatalogueAndItsRecordsStandUnderTheirOwnDigests() throws {
        try fixture.publish(seed: 1)
        let documents = try fixture.names(in: "catalogue")
        for document in documents {
            #expect(try sha256(fixture.path("catalogue/\(document)")) + ".json" == document)
        }
        #expect(documents.contains(try sha256(fixture.path("images.json")) + ".json"))
        let reference = try #require(try fixture.catalogue().images.first).record
        #expect(try fixture.facts("catalogue/\(reference.sha256).json").size == reference.size)
    }

    @Test func anotherContentBecomesCurrentAndTheFirstStaysUntouched() throws {
        let first = try fixture.publish(seed: 1)
        let before = try fixture.facts(first.path)
        let source = try fixture.image("disk", seed: 2)
        try #require(fixture.add(source).status == 0)
        let second = PublisherFixture.Version(name: "disk", sha256: try sha256(source))
        #expect(try fixture.link("disk") == second.path)
        #expect(try fixture.facts(first.path) == before)
        #expect(try fixture.listed() == [second.id, first.id])
        #expect(try fixture.record().current == second.id)
        #expect(try fixture.archived() == [first.fileName, second.fileName].sorted())
    }

    @Test func theSerialGrowsWithEachPublishAndTheRepositoryKeepsItsID() throws {
        try fixture.publish(seed: 1)
        let before = try fixture.catalogue()
        try fixture.publish(seed: 2)
        let after = try fixture.catalogue()
        #expect(after.serial > before.serial)
        #expect(after.repository == before.repository)
        #expect(after.repository.count == 32)
    }

    @Test func contentThatIsCurrentChangesNothing() throws {
        let version = try fixture.publish(seed: 1)
        let before = try fixture.snapshot()
        // Another file of the same content, younger than the version.
        let result = try fixture.add(fixture.image("disk", seed: 1), "once more")
        #expect(result.status == 0)
        #expect(result.stdout.contains("disk: version \(version.id) is current already; nothing was changed"))
        #expect(try fixture.snapshot() == before)
        #expect(try fixture.leftovers() == [])
    }

    @Test func theNameOptionWinsOverTheFilesName() throws {
        let source = try fixture.image("build-output.raw", seed: 1)
        try #require(fixture.add(source, options: ["--name", "debian-12"]).status == 0)
        #expect(try fixture.text("images.txt") == "debian-12\n")
        #expect(try fixture.headings("debian-12").count == 1)
        #expect(!fixture.exists("build-output.raw"))
    }

    @Test func ofASymlinkTheNameIsTheLinksAndTheContentWhatItLeadsTo() throws {
        let source = try fixture.image("build-4711", seed: 1)
        let latest = fixture.scratch.path("images/latest")
        try FileManager.default.createSymbolicLink(atPath: latest, withDestinationPath: "build-4711")
        try #require(fixture.add(latest).status == 0)
        #expect(try fixture.text("images.txt") == "latest\n")
        let version = try fixture.link("latest")
        #expect(try sha256(fixture.path(version)) == sha256(source))
        #expect(
            try FileManager.default.attributesOfItem(atPath: fixture.path(version))[.type] as? FileAttributeType
                == .typeRegular)
    }

    @Test func aLinkCalledGlareAddImageIsTheCommand() throws {
        let source = try fixture.image("disk", seed: 1)
        let link = fixture.scratch.path("glare-add-image")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: GlareBinary.path)
        let result = try run(
            link, ["--image", source, "--message", "m", "--directory", fixture.repository, "--limit", "3"],
            environment: GlareBinary.environment())
        #expect(result.status == 0, "\(result.stderr)")
        #expect(try sha256(fixture.path("disk")) == sha256(source))
    }

    @Test func aRepositoryThatWasMovedGoesOn() throws {
        let first = try fixture.publish(seed: 1)
        let moved = fixture.scratch.path("moved")
        try FileManager.default.moveItem(atPath: fixture.repository, toPath: moved)
        #expect(try sha256(moved + "/disk") == first.sha256)
        let result = try fixture.glare(["add-image", "-i", fixture.image("disk", seed: 2), "-m", "m", "-d", moved])
        #expect(result.status == 0, "\(result.stderr)")
        #expect(try sha256(moved + "/disk") == sha256(fixture.scratch.path("images/disk")))
        #expect(try sha256(moved + "/" + first.path) == first.sha256)
    }
}
