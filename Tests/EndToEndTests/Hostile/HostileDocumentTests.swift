import Foundation
import GlareTestSupport
import Testing

/// Documents that are well signed for by themselves and wrong in what they say. Without a trusted key whoever
/// answers can write them.
@Suite("a server that makes up documents", .enabled(if: Machine.has("python3")))
struct HostileDocumentTests {
    /// A document, made from the right one.
    struct Forgery: Sendable, CustomTestStringConvertible {
        let name: String
        let words: String
        let forge: @Sendable (String) -> String

        var testDescription: String { name }

        init(_ name: String, _ words: String = "", _ forge: @escaping @Sendable (String) -> String) {
            (self.name, self.words, self.forge) = (name, words, forge)
        }

        /// With another number in the place of the first that has this key.
        init(_ key: String, is value: String, _ words: String = "") {
            self.init("\(key) is \(value)", words) {
                $0.replacingFirst("\"\(key)\"\\s*:\\s*\\d+", with: "\"\(key)\":\(value)")
            }
        }
    }

    private static let strict = "is not a JSON document of Glare's"

    /// Of catalogues and of records.
    static let both = [
        Forgery("brackets without an end", strict) { _ in String(repeating: "[", count: 1 << 20) },
        Forgery("objects in objects", strict) {
            "{\"x\":" + String(repeating: "{\"x\":", count: 1 << 18) + $0.dropFirst()
        },
        Forgery("a key twice", strict) { $0.replacingFirst("\\{", with: "{\"format\":1,") },
        Forgery("a key twice, once with an escape", strict) {
            $0.replacingFirst("\\{", with: "{\"\\\\u0066ormat\":1,")
        },
        Forgery("something behind", strict) { $0 + "{}" },
        Forgery("size", is: "-1", strict), Forgery("size", is: "1e30", strict), Forgery("size", is: "1.5", strict),
        Forgery("size", is: "99999999999999999999", strict), Forgery("size", is: "9223372036854775807"),
        Forgery("size", is: "0"), Forgery("size", is: "null"), Forgery("size", is: "\"1\""),
        Forgery("format", is: "2"),
        Forgery("a mebibyte of one name") {
            $0.replacingFirst("\"disk\"", with: "\"" + String(repeating: "d", count: 1 << 20) + "\"")
        },
    ]

    private static func filled(_ piece: String) -> Forgery {
        Forgery("full of \(piece)") { text in
            let rest = (16 << 20) - text.utf8.count - 64
            let pieces = String(repeating: piece + ",", count: rest / (piece.utf8.count + 1))
            return text.replacingFirst("\\[", with: "[" + pieces)
        }
    }

    static let catalogues =
        both + ["0", "\"\"", "{}", "[]", "{\"a\":0}"].map(filled)
        + [
            Forgery("an object full of keys", strict) { text in
                let keys = (0..<1 << 20).map { "\"\($0)\":0," }.joined()
                return text.replacingFirst("\\{", with: "{" + keys)
            },
            Forgery("an image twice", "names disk twice") { text in
                let row = text[(text.firstIndex(of: "[") ?? text.startIndex)...].dropFirst()
                let end = row.lastIndex(of: "]") ?? row.endIndex
                return text.replacingOccurrences(of: row[..<end], with: row[..<end] + "," + row[..<end])
            },
            Forgery("a record of 17 MiB", "impossible size") {
                // The row's own size is the other one.
                $0.replacingLast("\"size\"\\s*:\\s*[0-9]{1,5}(?![0-9])", with: "\"size\":17825792")
            },
        ]

    @Test("a catalogue", arguments: catalogues)
    func catalogue(_ forgery: Forgery) throws {
        let fixture = try HostileFixture(.catalogue)
        let right = try fixture.text("images.json")
        let forged = forgery.forge(right)
        try #require(forged != right)
        let server = try fixture.server { _ in .text(forged, type: "application/json") }
        let outcome = try fixture.sync(server, status: 65)
        #expect(forgery.words.isEmpty || outcome.result.stderr.contains(forgery.words), "\(outcome.result.stderr)")
        // What it names is not even looked for.
        #expect(Set(server.requests.map(\.path)) == ["/images.json"])
    }

    @Test("a record that the catalogue names", arguments: both)
    func record(_ forgery: Forgery) throws {
        let fixture = try HostileFixture(.catalogue)
        let catalogue = try fixture.text("images.json")
        let digest = try #require(catalogue.firstMatch(of: /"record"\s*:\s*\{\s*"sha256"\s*:\s*"([0-9a-f]{64})"/)?.1)
        let right = try fixture.text("catalogue/\(digest).json")
        let forged = forgery.forge(right)
        try #require(forged != right)
        let name = try sha256(fixture.host.scratch.file("forged", forged))
        let changed = catalogue.replacingOccurrences(of: digest, with: name)
            .replacingLast("\"size\"\\s*:\\s*\(right.utf8.count)(?![0-9])", with: "\"size\":\(forged.utf8.count)")
        let server = try fixture.server(answering: ["/images.json": changed, "/catalogue/\(name).json": forged])
        // It has the name of its content, so it is what it says that is refused.
        let outcome = try fixture.sync(server, status: 65, keepsCatalogue: false)
        #expect(forgery.words.isEmpty || outcome.result.stderr.contains(forgery.words), "\(outcome.result.stderr)")
        #expect(server.requests(for: "/catalogue/\(name).json").count == 1)
    }

    @Test("a list or a changelog of lines without an end", arguments: ["\n", "a\n", "-\n", "# [\n", "\r"])
    func lines(_ line: String) throws {
        for part in [HostilePart.list, .changelog] {
            let fixture = try HostileFixture(part)
            let server = try fixture.server { question in
                guard question.request.method == "GET" else { return question.right }
                let text = String(repeating: line, count: (4 << 20) / line.utf8.count - 1000)
                return .whole(body: Array(text.utf8) + question.right.body)
            }
            // Empty lines are passed over, and one name may be there often.
            let isHarmless = part == .changelog || ["\n", "a\n"].contains(line)
            try fixture.sync(
                server, ["--only", "disk"], status: isHarmless ? 0 : 65)
        }
    }
}

extension HostileFixture {
    /// A file of the repository.
    func text(_ path: String) throws -> String {
        try String(contentsOfFile: content.directory + "/" + path, encoding: .utf8)
    }

    /// Serves the repository, but for some paths.
    func server(answering texts: [String: String]) throws -> ScriptedServer {
        let root = content.directory
        return try ScriptedServer { request in
            texts[request.path].map { .text($0) } ?? .part(of: root, for: request)
        }
    }
}

extension String {
    fileprivate func replacingFirst(_ pattern: String, with text: String) -> String {
        guard let range = range(of: pattern, options: .regularExpression) else { return self }
        return replacingCharacters(in: range, with: text)
    }

    fileprivate func replacingLast(_ pattern: String, with text: String) -> String {
        var (last, start) = (Range<String.Index>?.none, startIndex)
        while let range = range(of: pattern, options: .regularExpression, range: start..<endIndex) {
            (last, start) = (range, range.upperBound)
        }
        return last.map { replacingCharacters(in: $0, with: text) } ?? self
    }
}
