import Foundation
import GlareTestSupport
import Testing

/// Names that break the grammar, from the command line.
@Suite struct PublisherNamesTests {
    let fixture: PublisherFixture
    init() throws { fixture = try PublisherFixture() }

    static let bad: [(name: String, reason: String)] = [
        ("", "Missing value for '--name <name>'"),
        (".hidden", "does not begin with a letter or a digit"),
        ("..", "does not begin with a letter or a digit"),
        ("-rf", "does not begin with a letter or a digit"),
        ("_x", "does not begin with a letter or a digit"),
        ("a/b", "has a character other than"),
        ("../escape", "does not begin"),
        ("a/../../escape", "has a character other than"),
        ("a b", "has a character other than"),
        ("a\nb", "has a character other than"),
        ("a;reboot", "has a character other than"),
        ("größe", "has a character other than"),
        ("a%2fb", "has a character other than"),
        ("notes.md", "ends in '.md'"),
        ("images.json.minisig", "ends in '.minisig'"),
        ("images.txt", "is kept for Glare's own files"),
        ("images.json", "is kept for Glare's own files"),
        ("index.html", "is kept for Glare's own files"),
        ("SHA256SUMS", "is kept for Glare's own files"),
        ("archive", "is kept for Glare's own files"),
        ("catalogue", "is kept for Glare's own files"),
        ("transfer", "is kept for Glare's own files"),
        (String(repeating: "a", count: 129), "is 129 characters long"),
    ]

    @Test(arguments: bad)
    func aBadNameIsRefusedBeforeAnythingIsMade(name: String, reason: String) throws {
        let result = try fixture.add(fixture.image("disk", seed: 1), options: ["--name=\(name)"])
        #expect(result.status == 64)
        #expect(result.stderr.contains(reason))
        #expect(try fixture.names(in: "") == [])
        #expect(!FileManager.default.fileExists(atPath: fixture.scratch.path("escape")))
    }

    @Test(arguments: [".hidden.img", "a b.img", "disk.md", "images.txt", "größe.img"])
    func soIsAFileOfSuchAName(name: String) throws {
        let result = try fixture.add(fixture.image(name, seed: 1))
        #expect(result.status == 64)
        #expect(result.stderr.contains("can't be an image's name"))
        #expect(try fixture.names(in: "") == [])
    }

    @Test func whatMovesATerminalsCursorIsShownAndNotDone() throws {
        let result = try fixture.add(fixture.image("disk", seed: 1), options: ["--name=a\u{1B}[2Jb\u{202E}c"])
        #expect(result.status == 64)
        #expect(result.stderr.contains("'a\\u{1b}[2Jb\\u{202e}c'"))
        #expect(!result.stderr.contains("\u{1B}"))
    }

    static let good = [
        "a", "0", "debian-12", "Debian_12.5+deb12u1.img", "a-0123456789abcdef0123456789abcdef", "x.md5", "Archive",
        String(repeating: "a", count: 128),
    ]

    @Test(arguments: good)
    func aGoodNameIsPublished(name: String) throws {
        let source = try fixture.image("disk", seed: 1)
        let result = try fixture.add(source, options: ["--name", name])
        try #require(result.status == 0, "\(result.stderr)")
        #expect(try fixture.text("images.txt") == name + "\n")
        #expect(try sha256(fixture.path(name)) == sha256(source))
        #expect(try fixture.headings(name).count == 1)
    }

    /// One image's versions must not be taken for another's, whatever they are called.
    @Test func namesThatLookLikeVersionsOfEachOtherAreKeptApart() throws {
        let short = try fixture.publish("a", seed: 1)
        let long = try fixture.publish(short.fileName, seed: 2)
        #expect(try fixture.listed("a") == [short.id])
        #expect(try fixture.listed(short.fileName) == [long.id])
        #expect(fixture.exists(short.path) && fixture.exists(long.path))
    }
}
