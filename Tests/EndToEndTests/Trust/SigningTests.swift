import Foundation
import GlareTestSupport
import Testing

@Suite("A publisher who signs", .enabled(if: Machine.has("minisign")))
struct SigningTests {
    private let fixture: SignedFixture
    init() throws { fixture = try SignedFixture() }

    private func verify() throws {
        try mustRun(
            "minisign", ["-V", "-q", "-m", fixture.repository + "/images.json", "-p", fixture.key + ".pub"])
    }

    @Test func everyCommandThatChangesTheCatalogueSignsIt() throws {
        try fixture.publish(seed: 1)
        try verify()
        try fixture.publish(seed: 2)
        try verify()
        try FileManager.default.removeItem(atPath: fixture.host.publisher.path("disk"))
        try fixture.mustGlare(["rebuild-index"])
        try verify()
        #expect(try fixture.comment().contains(" serial="))
        let size = try PublisherFixture.Facts(fixture.signature).size
        #expect(size < 1024)
    }

    @Test func whatSaysTheSameIsLeftAsItIs() throws {
        try fixture.publish(seed: 1)
        let before = try fixture.host.publisher.snapshot()
        try fixture.mustGlare(["rebuild-index"])
        #expect(try fixture.host.publisher.snapshot() == before)
    }

    @Test func signRenewsTheTimesAlone() throws {
        try fixture.publish(seed: 1)
        let (before, catalogue) = (try fixture.comment(), try fixture.host.publisher.text("images.json"))
        sleep(1)
        let result = try fixture.mustGlare(["sign", "--sign-expires", "7d", "--json"])
        try verify()
        #expect(try fixture.comment() != before && fixture.host.publisher.text("images.json") == catalogue)
        struct Report: Decodable {
            let key: String
            let serial: Int
            let created, expires: Date
        }
        let report = try fixture.host.publisher.decode(result.stdout) as Report
        #expect(report.expires.timeIntervalSince(report.created) == 7 * 86400)
        try fixture.mustGlare(["sign", "--sign-expires", "never"])
        #expect(try fixture.comment().contains(" expires=never "))
    }

    @Test func aKeyOfMinisignSignsToo() throws {
        let prefix = fixture.host.scratch.path("minisign")
        try mustRun("minisign", ["-G", "-W", "-s", prefix + ".key", "-p", prefix + ".pub"])
        chmod(prefix + ".key", 0o600)
        let image = try fixture.host.publisher.image("disk", seed: 1)
        try fixture.mustGlare(["add-image", "-i", image, "-m", "m"], key: prefix)
        try mustRun("minisign", ["-V", "-q", "-m", fixture.repository + "/images.json", "-p", prefix + ".pub"])
        #expect(try fixture.sync(key: prefix).status == 0)
    }

    @Test(arguments: [(0o644, 78), (0o604, 78), (0o640, 0), (0o600, 0), (0o400, 0)] as [(mode_t, Int32)])
    func aKeyThatOthersCanReadIsNone(_ mode: mode_t, status: Int32) throws {
        chmod(fixture.key + ".key", mode)
        let image = try fixture.host.publisher.image("disk", seed: 1)
        let result = try fixture.glare(["add-image", "-i", image, "-m", "m"])
        #expect(result.status == status, "\(result.stderr)")
        if status != 0 { #expect(result.stderr.contains("others can read it (mode \(String(mode, radix: 8)))")) }
    }

    @Test(.enabled(if: Machine.canBeOthers)) func aGroupThatIsNotTheRepositorysIsOthers() throws {
        chmod(fixture.key + ".key", 0o640)
        chown(fixture.key + ".key", 0, 12345)
        let image = try fixture.host.publisher.image("disk", seed: 1)
        #expect(try fixture.glare(["add-image", "-i", image, "-m", "m"]).status == 78)
        #expect(!FileManager.default.fileExists(atPath: fixture.signature))
    }

    @Test func keygenReplacesNothing() throws {
        let before = try String(contentsOfFile: fixture.key + ".key", encoding: .utf8)
        let result = try fixture.host.publisher.glare(["keygen", fixture.key])
        #expect(result.status == 73 && result.stderr.contains(fixture.key + ".key"), "\(result.stderr)")
        #expect(try String(contentsOfFile: fixture.key + ".key", encoding: .utf8) == before)
        #expect(try PublisherFixture.Facts(fixture.key + ".key").mode == 0o600)
        #expect(try fixture.host.publisher.glare(["keygen", "--force", fixture.key]).status == 0)
        #expect(try String(contentsOfFile: fixture.key + ".key", encoding: .utf8) != before)
        let told = try fixture.host.publisher.glare(["keygen", fixture.host.scratch.path("other")])
        #expect(told.stderr.contains("glare-sign.timer"))
    }

    @Test func anotherKeyIsRefusedBeforeAnythingIsDone() throws {
        try fixture.publish(seed: 1)
        let other = fixture.host.scratch.path("other")
        try fixture.makeKey(other)
        let before = try fixture.host.publisher.snapshot()
        let image = try fixture.host.publisher.image("disk", seed: 2)
        let result = try fixture.glare(["add-image", "-i", image, "-m", "m"], key: other)
        #expect(result.status == 78 && result.stderr.contains("--new-key"), "\(result.stderr)")
        #expect(try fixture.host.publisher.snapshot() == before)
    }

    @Test(arguments: [false, true]) func aKeyElsewhereSignsByMinisign(legacy: Bool) throws {
        try fixture.publish(seed: 1)
        #expect(try fixture.sync().status == 0)
        // On the publishing machine there is no key from now on.
        let image = try fixture.host.publisher.image("disk", seed: 2)
        try fixture.host.publisher.letTimePass()
        let added = try fixture.host.publisher.glare(["add-image", "-i", image, "-m", "m", "-d", fixture.repository])
        #expect(
            added.status == 0 && added.stderr.contains("stay on the catalogue that was signed last"), "\(added.stderr)")
        let stale = try fixture.sync()
        #expect(stale.status == 0 && !stale.stdout.contains("updated"))

        let printed = try fixture.host.publisher.glare(["sign", "--print", "-d", fixture.repository])
        #expect(printed.status == 0 && printed.stdout.contains("minisign -S "), "\(printed.stderr)")
        let comment = try #require(printed.stdout.split(separator: "\n").first.map(String.init))
        let file = fixture.host.scratch.path("elsewhere.minisig")
        try fixture.minisign(fixture.repository + "/images.json", comment: comment, to: file, legacy: legacy)
        let attached = try fixture.host.publisher.glare(["sign", "--attach", file, "-d", fixture.repository])
        #expect(attached.status == 0, "\(attached.stderr)")
        let result = try fixture.sync()
        #expect(result.status == 0 && result.stdout.contains("disk: updated"), "\(result.stderr)")
        #expect(try fixture.host.digest() == sha256(image))
    }

    @Test func whatIsAttachedMustBeForThisCatalogue() throws {
        try fixture.publish(seed: 1)
        let before = try fixture.host.publisher.snapshot()
        let file = fixture.host.scratch.path("elsewhere.minisig")
        let other = fixture.host.scratch.path("other")
        try fixture.makeKey(other)
        let comment = try fixture.comment()
        func attach() throws -> RunResult {
            try fixture.host.publisher.glare(["sign", "--attach", file, "-d", fixture.repository])
        }
        try fixture.minisign(fixture.repository + "/images.json", comment: comment, to: file, key: other)
        #expect(try attach().status == 65)
        try fixture.minisign(fixture.repository + "/images.txt", comment: comment, to: file)
        #expect(try attach().status == 65)
        try fixture.minisign(
            fixture.repository + "/images.json", comment: comment.replacing("serial=", with: "serial=9"), to: file)
        #expect(try attach().status == 65)
        try "nonsense".write(toFile: file, atomically: false, encoding: .utf8)
        #expect(try attach().status == 65)
        #expect(try fixture.host.publisher.snapshot() == before)
    }

    /// What was signed elsewhere is the catalogue, and by now other files are there: then nothing is published.
    @Test func whatIsAttachedMustBeForTheFilesThatAreThere() throws {
        let image = try fixture.host.publisher.image("disk", seed: 1)
        try #require(try fixture.host.publisher.add(image).status == 0)
        let file = fixture.host.scratch.path("elsewhere.minisig")
        func sign() throws {
            let printed = try fixture.host.publisher.glare(["sign", "--print", "-d", fixture.repository])
            let comment = try #require(printed.stdout.split(separator: "\n").first.map(String.init))
            try fixture.minisign(fixture.repository + "/images.json", comment: comment, to: file)
        }
        func attach() throws -> RunResult {
            try fixture.host.publisher.glare(
                ["sign", "--attach", file, "--public-key", fixture.key + ".pub", "-d", fixture.repository])
        }
        try sign()
        try FileManager.default.removeItem(atPath: fixture.host.publisher.path("disk"))
        let before = try fixture.host.publisher.snapshot()
        let result = try attach()
        #expect(result.status == 65 && result.stderr.contains("glare rebuild-index"), "\(result.stderr)")
        #expect(try fixture.host.publisher.snapshot() == before)
        #expect(!fixture.host.publisher.exists("keys"))
        try #require(try fixture.host.publisher.rebuild().status == 0)
        try sign()
        #expect(try attach().status == 0)
        try verify()
    }

    /// The last signed catalogue is what hosts with a key go by: what it names stays, whatever the grace.
    @Test func whatTheSignedCatalogueNamesIsKept() throws {
        let first = try fixture.publish(seed: 1)
        for seed in [2, 3] as [UInt64] {
            let image = try fixture.host.publisher.image("disk", seed: seed)
            try fixture.host.publisher.letTimePass()
            let words = [
                "add-image", "-i", image, "-m", "m", "-d", fixture.repository, "-l", "1", "--grace", "0", "--yes",
            ]
            try #require(try fixture.host.publisher.glare(words).status == 0)
        }
        #expect(try fixture.sync().status == 0)
        #expect(try fixture.host.digest() == first.sha256)
        // Signed again, it goes, when those who are fetching it have had their time.
        try fixture.mustGlare(["sign"], environment: ["GLARE_GRACE": "1h"])
        #expect(fixture.host.publisher.exists(first.path))
        try fixture.mustGlare(["sign"], environment: ["GLARE_GRACE": "0"])
        #expect(!fixture.host.publisher.exists(first.path))
        #expect(try fixture.sync().status == 0)
        #expect(try fixture.host.digest() != first.sha256)
    }
}
