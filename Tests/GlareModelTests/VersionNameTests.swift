import Testing

@testable import GlareModel

private let id = "0123456789abcdef0123456789abcdef"
private let otherID = "fedcba9876543210fedcba9876543210"

@Suite("Versions' ids and file names")
struct VersionNameTests {
    @Test("an id is 32 lowercase hexadecimal digits")
    func goodID() {
        #expect(VersionID(id)?.text == id)
    }

    @Test(
        "anything else is none",
        arguments: [
            "", "\(id.dropLast())", "\(id)0", id.uppercased(), "g\(id.dropFirst())", " \(id.dropFirst())",
            "\(id.dropLast())\n", "\(id.dropLast())٣", "\(id.dropLast(2))é", String(repeating: "-", count: 32),
        ] as [String])
    func badID(text: String) {
        #expect(VersionID(text) == nil)
    }

    @Test("ours are the first half of the SHA-256, the original's the MD5")
    func idsOfDigests() throws {
        let sha256 = try #require(SHA256Digest(hex: id + otherID))
        let md5 = try #require(MD5Digest(hex: otherID))
        #expect(VersionID(sha256).text == id)
        #expect(VersionID(md5).text == otherID)
    }

    @Test("a content may carry the id of its SHA-256, and of its MD5 where that is known")
    func naming() throws {
        let sha256 = try #require(SHA256Digest(hex: id + id))
        let md5 = try #require(MD5Digest(hex: otherID))
        let ours = try #require(VersionID(id))
        let originals = try #require(VersionID(otherID))
        let neither = try #require(VersionID(String(repeating: "0", count: 32)))
        #expect(ours.names(ContentDigests(sha256: sha256)))
        #expect(!originals.names(ContentDigests(sha256: sha256)))
        #expect(originals.names(ContentDigests(sha256: sha256, md5: md5)))
        #expect(!neither.names(ContentDigests(sha256: sha256, md5: md5)))
    }

    @Test("random ids differ, and are ids")
    func random() {
        let ids = (0..<100).map { _ in VersionID.random() }
        #expect(Set(ids).count == 100)
        #expect(ids.allSatisfy { VersionID($0.text) == $0 })
    }

    @Test(
        "a file name is the image's, a hyphen and the id: the last 32 digits, whatever the image is called",
        arguments: [
            "a", "debian-12", "debian-12-", "a--", "a-b_c.d+e", id, "debian-\(otherID)", "debian-\(otherID)-\(otherID)",
            String(repeating: "x", count: 128),
        ] as [String])
    func goodFileName(image: String) throws {
        let version = try #require(VersionName(fileName: "\(image)-\(id)"))
        #expect(version.image.text == image)
        #expect(version.id.text == id)
        #expect(version.fileName == "\(image)-\(id)")
        #expect(version == VersionName(try ImageName(image), try #require(VersionID(id))))
    }

    @Test(
        "other files in an archive are no versions",
        arguments: [
            "", id, "-\(id)", "debian", "debian-", "debian\(id)", "debian_\(id)", "debian-\(id.uppercased())",
            "debian-\(id.dropLast())", "debian-\(id).part", "debian-\(id)\n", ".debian-\(id)", "a/debian-\(id)",
            "../debian-\(id)", "archive-\(id)", "images.txt-\(id)", "notes.md-\(id)", "é-\(id)", "debian–\(id)",
            "debian-\u{301}\(id)", "debian-\(id)\u{301}", "\(String(repeating: "x", count: 129))-\(id)",
        ] as [String])
    func badFileName(text: String) {
        #expect(VersionName(fileName: text) == nil)
    }

    @Test("its path in a repository")
    func path() throws {
        let version = VersionName(try ImageName("debian-12"), try #require(VersionID(id)))
        #expect(RepositoryLayout.path(of: version) == "archive/debian-12-" + id)
    }
}

struct LinkDestinationTests {
    private static let id = "0123456789abcdef0123456789abcdef"

    @Test(arguments: [
        ("archive/a-\(id)", "a-\(id)"), ("/srv/images/archive/a-\(id)", "a-\(id)"), ("../../a-\(id)", "a-\(id)"),
        ("a-\(id)", "a-\(id)"), ("archive/a-\(id)/", nil), ("/etc/passwd", nil), ("", nil), ("..", nil),
    ])
    func lastComponentAloneIsLookedAt(destination: String, expected: String?) {
        #expect(VersionName(linkDestination: destination)?.fileName == expected)
    }
}
