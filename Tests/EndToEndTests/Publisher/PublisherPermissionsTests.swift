import Foundation
import GlareTestSupport
import Testing

/// Who may do what with the files of a repository.
@Suite struct PublisherPermissionsTests {
    let fixture: PublisherFixture
    init() throws { fixture = try PublisherFixture() }

    @Test(arguments: ["000", "022", "077"])
    func theGroupCanWriteWhateverTheUsersMask(mask: String) throws {
        let script = "umask \(mask); exec \"$@\""
        let result = try run(
            "sh",
            [
                "-c", script, "sh", GlareBinary.path, "add-image", "-i", fixture.image("disk", seed: 1), "-m", "m",
                "-d",
                fixture.repository,
            ],
            environment: GlareBinary.environment())
        try #require(result.status == 0, "\(result.stderr)")
        for name in ["images.txt", "images.json", "disk.md", "SHA256SUMS", "archive/SHA256SUMS"] {
            #expect(try fixture.facts(name).mode == 0o664, "\(name)")
        }
        for name in try fixture.names(in: "catalogue") { #expect(try fixture.facts("catalogue/\(name)").mode == 0o664) }
        for name in [".glare/state.json", ".glare/lock"] { #expect(try fixture.facts(name).mode == 0o660, "\(name)") }
    }

    @Test func newDirectoriesPassTheGroupOnAndThePrivateOneIsClosed() throws {
        try fixture.publish(seed: 1)
        for name in ["archive", "catalogue"] { #expect(try fixture.facts(name).mode == 0o2775, "\(name)") }
        for name in [".glare", ".glare/tmp"] { #expect(try fixture.facts(name).mode == 0o2770, "\(name)") }
    }

    @Test func aVersionIsReadOnlyAlsoWhenItIsCurrentAgain() throws {
        let version = try fixture.publish(seed: 1)
        #expect(try fixture.facts(version.path).mode == 0o444)
        try fixture.publish(seed: 2)
        chmod(fixture.path(version.path), 0o666)
        try fixture.publish(seed: 1)
        #expect(try fixture.facts(version.path).mode == 0o444)
    }

    @Test(arguments: [("0440", 0o440), ("0644", 0o644), ("400", 0o400)])
    func fileModeIsTheModeOfNewVersions(text: String, mode: Int) throws {
        let version = try fixture.publish(seed: 1, environment: ["GLARE_FILE_MODE": text])
        #expect(try fixture.facts(version.path).mode == UInt32(mode))
        #expect(try fixture.facts("disk.md").mode == 0o664)
    }

    @Test(arguments: ["0999", "4755", "0044", "rw", "-1"])
    func anImpossibleFileModeIsRefused(text: String) throws {
        let result = try fixture.add(fixture.image("disk", seed: 1), environment: ["GLARE_FILE_MODE": text])
        #expect(result.status == 78)
        #expect(result.stderr.contains("FILE_MODE=\(text) (from the environment): expected an octal number"))
        #expect(!fixture.exists("archive"))
    }

    @Test(.enabled(if: Machine.canBeOthers))
    func whatRootPublishesBelongsToTheDirectorysOwnerAndGroup() throws {
        chown(fixture.repository, 61_001, 62_000)
        for seed: UInt64 in [1, 2, 1] { try fixture.publish(seed: seed) }
        try #require(fixture.rebuild().status == 0)
        let strangers = try mustRun("find", [fixture.repository, "!", "-uid", "61001", "-o", "!", "-gid", "62000"])
        #expect(strangers == "")
    }

    @Test(.enabled(if: Machine.canBeOthers))
    func whatRootAdoptsGetsItsNewFilesOwnedAlike() throws {
        try fixture.addAsTheOriginal("disk", seed: 1, "first", age: 100)
        try mustRun("chown", ["-hR", "61001:62000", fixture.repository])
        try #require(fixture.rebuild().status == 0)
        let strangers = try mustRun("find", [fixture.repository, "!", "-uid", "61001", "-o", "!", "-gid", "62000"])
        #expect(strangers == "")
    }
}
