import Foundation
import GlareTestSupport
import Testing

/// Names in a server's `images.txt` that no image may have: passed over and told, and the others synced.
struct SyncBadNamesTests {
    private static let names: [BadName] = [
        "../escaped", "/etc/passwd", "sub/dir", "..", ".", "-rf", "--delete", ".hidden", "images.txt", "images.json",
        "archive", ".glare", "x.md", "x.minisig", "with space", "\u{1B}[31mred", "rtl\u{202E}gpj", "crlf\r",
        "nul\u{0}byte", "tab\t",
        "über", "$(reboot)", "`id`", "a;b", "a|b", "*", "%2e%2e%2fx", BadName(String(repeating: "a", count: 256)),
        BadName(String(repeating: "a", count: 129)),
    ]

    /// A repository of the original's with one good image, which lists `lines` beside it.
    private func listing(_ lines: [String]) throws -> (SyncFixture, String, ScriptedServer) {
        let (host, original) = try hostOfTheOriginal()
        let image = try host.publisher.image("good", seed: 1)
        try original.add(image, as: "good")
        let list = (lines + ["good"]).joined(separator: "\n") + "\n"
        let server = try ScriptedServer(serving: original.directory) { $0.path == "/images.txt" ? .text(list) : nil }
        return (host, try sha256(image), server)
    }

    @Test(arguments: names)
    func isToldAndNeverAskedFor(_ name: BadName) throws {
        let (host, digest, server) = try listing([name.text])
        let result = try host.sync(server.address)
        #expect(result.status == 65)
        #expect(result.stderr.contains("the server lists a name that is passed over: '"))
        #expect(try host.digest("good") == digest)
        #expect(Set(server.requests.map(\.path)) == ["/images.json", "/images.txt", "/good", "/good.md"])
        #expect(try host.names(in: "").filter { !$0.hasPrefix(".") } == ["archive", "catalogue", "good"])
    }

    @Test(arguments: ["\u{1B}[31mred", "rtl\u{202E}gpj", "crlf\r", "bell\u{7}"] as [BadName])
    func isToldWithoutMovingTheCursor(_ name: BadName) throws {
        let (host, _, server) = try listing([name.text])
        let result = try host.sync(server.address)
        let shown = result.stdout + result.stderr
        #expect(
            !shown.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" || $0.value == 0x7F || $0 == "\u{202E}" })
        #expect(shown.contains("\\u{"))
    }

    @Test func allAreTold() throws {
        let (host, digest, server) = try listing(["-rf", "../x", ".hidden"])
        let result = try host.sync(server.address)
        #expect(result.stderr.components(separatedBy: "passed over").count == 4)
        #expect(result.status == 65)
        #expect(try host.digest("good") == digest)
    }

    @Test func aNameListedTwiceIsSyncedOnce() throws {
        let (host, digest, server) = try listing(["good", "good"])
        try host.sync(server.address)
        #expect(try host.digest("good") == digest)
        #expect(server.requests(for: "/good").filter { $0.method == "GET" }.count == 1)
    }

    @Test func theLastLineNeedsNoEnd() throws {
        let (host, original) = try hostOfTheOriginal()
        let image = try host.publisher.image("good", seed: 1)
        try original.add(image, as: "good")
        let server = try ScriptedServer(serving: original.directory) {
            $0.path == "/images.txt" ? .text("\n\ngood") : nil
        }
        try host.mustSync(server.address)
        #expect(try host.digest("good") == sha256(image))
    }

    @Test func theLongestNameIsFine() throws {
        let (host, original) = try hostOfTheOriginal()
        let name = String(repeating: "n", count: 128)
        let image = try host.publisher.image("image", seed: 1)
        try original.add(image, as: name)
        let server = try ScriptedServer(serving: original.directory)
        try host.mustSync(server.address)
        #expect(try host.digest(name) == sha256(image))
    }

    @Test func aDryRunTellsThemToo() throws {
        let (host, _, server) = try listing(["../x"])
        let result = try host.sync(server.address, "--dry-run")
        #expect(result.stderr.contains("'../x' can't be an image's name"))
        #expect(result.status == 65)
    }
}

/// A name that the tests' own log may show.
struct BadName: ExpressibleByStringLiteral, CustomTestStringConvertible, Sendable {
    let text: String

    init(_ text: String) { self.text = text }
    init(stringLiteral text: String) { self.text = text }

    var testDescription: String { text.unicodeScalars.prefix(40).map { $0.escaped(asASCII: true) }.joined() }
}
