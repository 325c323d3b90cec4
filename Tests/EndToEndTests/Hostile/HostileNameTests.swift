import Foundation
import GlareTestSupport
import Testing

/// Names that no image may have: of files elsewhere, of options, of the layout itself, and what turns a line of text
/// into something else.
@Suite("a server that names what is no image", .enabled(if: Machine.has("python3")))
struct HostileNameTests {
    static let names: [BadName] = [
        "../x", "../../x", "/etc/x", "a/../../b", "a/b", "..", ".", "%2e%2e", "%2e%2e%2fx", "..\\x", "-rf", "--delete",
        ".hidden", ".glare", "nul\u{0}byte", "esc\u{1B}[31m", "rtl\u{202E}gpj", "tab\t", "cr\rlf", " disk", "disk ",
        BadName(String(repeating: "a", count: 256)), BadName(String(repeating: "a", count: 129)),
        "images.txt", "images.json", "archive", "catalogue", "transfer", "keys", "disk.md", "disk.minisig",
        "SHA256SUMS",
        "\u{FEFF}disk", "disk\r", "disk\u{0301}", "über", "$(reboot)", "`id`", "a;b", "a|b", "*", "d?sk", "[a]",
        "~root",
    ]

    @Test("from images.txt: passed over and told, never asked for", arguments: names)
    func listed(_ name: BadName) throws {
        let fixture = try HostileFixture(.list)
        let server = try fixture.server { _ in .text("\(name.text)\ndisk\n") }
        let outcome = try fixture.sync(server, status: 65, isUpdated: true)
        #expect(outcome.result.stderr.contains("the server lists a name that is passed over: '"))
        #expect(Set(server.requests.map(\.path)) == ["/images.json", "/images.txt", "/disk", "/disk.md"])
    }

    @Test("from the catalogue: none of it is believed", arguments: names + [""])
    func inCatalogue(_ name: BadName) throws {
        let fixture = try HostileFixture(.catalogue)
        let quoted = String(decoding: try JSONEncoder().encode([name.text]), as: UTF8.self).dropFirst().dropLast()
        let catalogue = try fixture.text("images.json").replacingOccurrences(of: "\"disk\"", with: quoted)
        let server = try fixture.server { _ in .text(catalogue) }
        let outcome = try fixture.sync(server, status: 65)
        #expect(outcome.result.stderr.contains("images.json"))
        #expect(server.requests.map(\.path) == ["/images.json"])
    }

    @Test("another server's address is no name", arguments: [HostilePart.list, .catalogue])
    func address(_ part: HostilePart) throws {
        let fixture = try HostileFixture(part)
        let text = try fixture.text(part == .list ? "images.txt" : "images.json")
        let server = try fixture.server { question in
            .text(text.replacingOccurrences(of: "disk", with: "\(question.bystander)/disk"))
        }
        try fixture.sync(server, status: 65)
    }

    @Test("an empty line and a name twice are no harm")
    func harmless() throws {
        let fixture = try HostileFixture(.list)
        let server = try fixture.server { _ in .text("\n\ndisk\n\ndisk\ndisk") }
        try fixture.sync(server, status: 0)
        #expect(server.requests(for: "/disk").filter { $0.method == "GET" }.count == 1)
    }

    @Test("a list that is no text, or no list", arguments: [[0x64, 0xFF, 0xFE, 0x0A], [0xFF, 0xFE, 0x64, 0x00]])
    func noText(_ bytes: [UInt8]) throws {
        let fixture = try HostileFixture(.list)
        let server = try fixture.server { .whole(body: bytes + $0.right.body) }
        try fixture.sync(server, status: 65)
        #expect(server.requests(for: "/disk").isEmpty)
    }

    @Test(
        "a catalogue that is no text, or begins with a mark", arguments: [[0xEF, 0xBB, 0xBF], [0xFF, 0xFE], [0x00]])
    func noJSON(_ bytes: [UInt8]) throws {
        let fixture = try HostileFixture(.catalogue)
        let server = try fixture.server { .whole(body: bytes + $0.right.body) }
        try fixture.sync(server, status: 65)
    }
}
