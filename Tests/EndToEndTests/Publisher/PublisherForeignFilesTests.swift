import Foundation
import GlareTestSupport
import Testing

/// Files in a repository that are somebody else's.
@Suite struct PublisherForeignFilesTests {
    let fixture: PublisherFixture
    init() throws { fixture = try PublisherFixture() }

    @Test(arguments: ["SHA256SUMS", "archive/SHA256SUMS"])
    func aListOfChecksumsThatSomebodyElseWroteIsLeftAloneAndTold(name: String) throws {
        _ = try FileManager.default.createDirectory(atPath: fixture.path("archive"), withIntermediateDirectories: true)
        let foreign = "0123  disk.iso\n"
        try foreign.write(toFile: fixture.path(name), atomically: false, encoding: .utf8)
        let facts = try fixture.facts(name)
        for seed: UInt64 in [1, 2] {
            try fixture.letTimePass()
            let result = try fixture.add(fixture.image("disk", seed: seed))
            #expect(result.status == 0)
            #expect(result.stderr.contains("\(fixture.path(name)) was not written by Glare and is left alone"))
        }
        #expect(try fixture.rebuild().stderr.contains("\(fixture.path(name)) was not written by Glare"))
        #expect(try fixture.text(name) == foreign)
        #expect(try fixture.facts(name) == facts)
    }

    @Test func oneOfOursThatSomebodyChangedIsTheirs() throws {
        try fixture.publish(seed: 1)
        let changed = try fixture.text("SHA256SUMS") + "# signed by hand\n"
        try changed.write(toFile: fixture.path("SHA256SUMS"), atomically: false, encoding: .utf8)
        try fixture.letTimePass()
        let result = try fixture.add(fixture.image("disk", seed: 2))
        #expect(result.stderr.contains("SHA256SUMS was not written by Glare"))
        #expect(try fixture.text("SHA256SUMS") == changed)
    }

    @Test func whenItIsRemovedOursComesBack() throws {
        try "0123  disk.iso\n".write(toFile: fixture.path("SHA256SUMS"), atomically: false, encoding: .utf8)
        let version = try fixture.publish(seed: 1)
        try FileManager.default.removeItem(atPath: fixture.path("SHA256SUMS"))
        try #require(fixture.rebuild().status == 0)
        #expect(try fixture.text("SHA256SUMS") == "\(version.sha256)  disk\n")
    }

    enum Stand: String, CaseIterable { case symlink, directory }

    @Test(arguments: Stand.allCases)
    func whatIsNotEvenAFileKeepsNobodyFromPublishing(stand: Stand) throws {
        try fixture.publish(seed: 1)
        try FileManager.default.removeItem(atPath: fixture.path("SHA256SUMS"))
        switch stand {
        case .symlink: try mustRun("ln", ["-s", "elsewhere", fixture.path("SHA256SUMS")])
        case .directory: try mustRun("mkdir", [fixture.path("SHA256SUMS")])
        }
        let before = try fixture.facts("SHA256SUMS")
        try fixture.letTimePass()
        let result = try fixture.add(fixture.image("disk", seed: 2))
        #expect(result.status == 0, "\(result.stderr)")
        #expect(result.stderr.contains("\(fixture.path("SHA256SUMS")) was not written by Glare"))
        #expect(try fixture.facts("SHA256SUMS").inode == before.inode)
        #expect(try fixture.catalogue().images.map(\.sha256) == [sha256(fixture.path("disk"))])
    }

    @Test(arguments: [
        "index.html", "README", "robots.txt", "favicon.ico", "archive/notes", "catalogue/notes.json", "other/disk",
    ])
    func whateverElseLiesThereIsUntouched(name: String) throws {
        let path = fixture.path(name)
        try mustRun("mkdir", ["-p", (path as NSString).deletingLastPathComponent])
        try "theirs".write(toFile: path, atomically: false, encoding: .utf8)
        let before = try fixture.facts(name)
        try fixture.publish(seed: 1, options: ["--limit", "1"], environment: ["GLARE_GRACE": "0"])
        try fixture.publish(seed: 2, options: ["--limit", "1"], environment: ["GLARE_GRACE": "0"])
        try #require(fixture.rebuild("--full").status == 0)
        #expect(try fixture.text(name) == "theirs")
        #expect(try fixture.facts(name) == before)
        #expect(try fixture.text("images.txt") == "disk\n")
    }

    /// Nothing may be published from outside the archive through a link that somebody placed.
    @Test func aSymlinkToElsewhereIsToldAndNotListed() throws {
        try fixture.publish(seed: 1)
        let secret = try fixture.scratch.file("secret", "secret")
        try FileManager.default.createSymbolicLink(atPath: fixture.path("leak"), withDestinationPath: secret)
        let result = try fixture.rebuild()
        #expect(result.stderr.contains("\(fixture.path("leak")) is not listed: it is a symlink to '\(secret)'"))
        #expect(try fixture.text("images.txt") == "disk\n")
        #expect(try fixture.link("leak") == secret)
    }

    @Test func aSymlinkInTheArchiveIsNoVersion() throws {
        let version = try fixture.publish(seed: 1)
        let content = fixture.scratch.path("elsewhere")
        try FileManager.default.moveItem(atPath: fixture.path(version.path), toPath: content)
        try FileManager.default.createSymbolicLink(atPath: fixture.path(version.path), withDestinationPath: content)
        #expect(try fixture.rebuild().status == 65)
        #expect(try fixture.text("images.txt") == "")
    }
}
