import Foundation
import GlareTestSupport
import Testing

/// Lengths, framing, statuses and encodings that no good server sends.
@Suite("a server that answers what it likes", .enabled(if: Machine.has("python3")))
struct HostileAnswerTests {
    static let scenarios = lengths + endless + framing + statuses + encodings

    @Test("changes nothing, and a good one is synced from the next time", arguments: scenarios)
    func isNotBelieved(_ scenario: HostileScenario) throws {
        let fixture = try HostileFixture(scenario.part)
        let server = try fixture.server(scenario.tell)
        let outcome = try fixture.sync(server, scenario.options, status: scenario.status)
        #expect(scenario.words.isEmpty || outcome.result.stderr.contains(scenario.words), "\(outcome.result.stderr)")
        #expect(outcome.seconds < 30)
    }

    @Test("is synced from where it answers as it should", arguments: HostilePart.allCases)
    func good(_ part: HostilePart) throws {
        let fixture = try HostileFixture(part)
        let asked = Flag()
        let server = try fixture.server { question in
            asked.set()
            return question.right
        }
        try fixture.sync(server, status: 0)
        // Else no lie about this part would be heard.
        #expect(asked.isSet)
    }

    // MARK: Lengths

    private static let lengths =
        HostileScenario.everywhere("shorter than its length", status: HostileScenario.noAnswer) {
            $0.right.cut(after: 3)
        }
        + HostileScenario.everywhere("longer than its length, with another answer behind", status: HostileScenario.good)
    {
        var reply = $0.right
        if $0.request.method == "GET" {
            reply.body += Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}".utf8)
        }
        return reply
    }
        + [HostilePart.record, .manifest, .frames, .delta, .image].map {
            HostileScenario("a longer one, said to be", $0, $0.hasAnotherWay ? 0 : 65) {
                .whole("200 OK", body: $0.right.body + [1, 2, 3])
            }
        }
        + [HostilePart.catalogue, .image].flatMap { part in
            ["18446744073709551616", "-1", "0x10", "5, 6", ""].map { length in
                HostileScenario("a length of '\(length)'", part, 69) {
                    ScriptedReply("200 OK", headers: ["Content-Length: \(length)"], body: $0.right.body, ending: .close)
                }
            }
        }
        + [
            HostileScenario("a length of 2^63", .name, 65) {
                ScriptedReply("200 OK", headers: ["Content-Length: 9223372036854775808"], body: $0.right.body)
            }
        ]

    // MARK: Without an end

    private static let chunk = Array("10000\r\n".utf8) + [UInt8](repeating: 0x20, count: 0x10000) + Array("\r\n".utf8)

    private static let endless =
        HostileScenario.everywhere("chunks without an end", status: HostileScenario.wrong) { _ in
            ScriptedReply(headers: ["Transfer-Encoding: chunked"]).endless(.body(chunk))
        }
        + HostileScenario.everywhere("a head without an end", status: HostileScenario.noAnswer) { _ in
            ScriptedReply().endless(.head("\r\nX-More: \(String(repeating: "x", count: 1000))"))
        }
        + [(["X-Name"], "a name"), (["X: value"], "a value")].map { fields, what in
            HostileScenario("\(what) without an end", .catalogue, 69) { _ in
                ScriptedReply(headers: fields).endless(.head(String(repeating: "x", count: 1 << 16)))
            }
        }
        + [
            HostileScenario("empty fields without an end", .catalogue, 69) { _ in
                ScriptedReply().endless(.head(String(repeating: "\r\na:", count: 1 << 14)))
            },
            HostileScenario("trailers without an end", .catalogue, 69) { _ in
                ScriptedReply(headers: ["Transfer-Encoding: chunked"], body: Array("0\r\n".utf8))
                    .endless(.body(Array("X: y\r\n".utf8)))
            },
            // No part of a head, so that nothing counts it; it is passed over, and the head is late.
            HostileScenario("a reason without an end", .catalogue, 69, options: ["--stall-time", "1s"]) { _ in
                ScriptedReply("200 ").endless(.head(String(repeating: "x", count: 1 << 16)))
            },
            HostileScenario("interim answers without an end", .catalogue, 69, options: ["--stall-time", "1s"]) { _ in
                ScriptedReply("103 Early Hints").endless(.body(Array("HTTP/1.1 103 Early Hints\r\n\r\n".utf8)))
            },
            HostileScenario("an extension without an end", .catalogue, 69, options: ["--stall-time", "1s"]) { _ in
                ScriptedReply(headers: ["Transfer-Encoding: chunked"], body: Array("5;".utf8))
                    .endless(.body([UInt8](repeating: 0x78, count: 1 << 16)))
            },
        ]

    // MARK: Framing

    private static let framing =
        HostileScenario.everywhere("a length and chunks", status: HostileScenario.noAnswer) {
            ScriptedReply(
                headers: ["Content-Length: \($0.right.body.count)", "Transfer-Encoding: chunked"],
                body: Array("3\r\nabc\r\n0\r\n\r\n".utf8), ending: .close)
        }
        + [HostilePart.catalogue, .frames].map {
            HostileScenario("no HTTP at all", $0, 69) { _ in
                ScriptedReply("\u{1B}[31m nonsense", headers: ["\u{7}"], ending: .close)
            }
        }

    // MARK: Statuses

    private static let page = ScriptedReply.text("<html><body>Log in, please.</body></html>", type: "text/html")

    private static let statuses =
        HostileScenario.everywhere("a web page with 200", status: HostileScenario.wrong) { _ in page }
        + [
            HostileScenario("304 unasked", .record, 69) { _ in ScriptedReply("304 Not Modified") },
            HostileScenario("304 unasked", .image, 69) { _ in ScriptedReply("304 Not Modified") },
            HostileScenario("a part, where all was asked for", .catalogue, 69) {
                .whole("206 Partial Content", "Content-Range: bytes 0-9/10", body: Array($0.right.body.prefix(10)))
            },
            HostileScenario("a part, where all was asked for", .name, 69) {
                .whole("206 Partial Content", "Content-Range: bytes 0-9/10", body: Array($0.right.body.prefix(10)))
            },
            HostileScenario("another part", .frames, 0) { $0.right.with("Content-Range", "bytes 0-9/10") },
            HostileScenario("a part of another file", .frames, 0) {
                $0.right.with("Content-Range", "bytes 5-\($0.right.body.count + 4)/\($0.right.body.count + 9)")
            },
            HostileScenario("200 where a part was asked for", .frames, 0) { question in
                var whole = question.right
                whole.status = "200 OK"
                return whole.with("Content-Range", nil)
            },
            HostileScenario("416, though nothing was wrong with the range", .frames, 0) { _ in
                .whole("416 Range Not Satisfiable", "Content-Range: bytes */5")
            },
            HostileScenario("416 for a whole file", .catalogue, 69) { _ in .whole("416 Range Not Satisfiable") },
            HostileScenario("416 for a whole file", .name, 69) { _ in .whole("416 Range Not Satisfiable") },
        ]

    // MARK: Encodings

    private static let encodings = HostileScenario.everywhere("gzip unasked", status: HostileScenario.refused) {
        ScriptedReply($0.right.status, headers: $0.right.headers + ["Content-Encoding: gzip"], body: $0.right.body)
    }
}

/// Set by a server's thread.
final class Flag: @unchecked Sendable {
    private let lock = NSLock()
    private var value = false
    var isSet: Bool { lock.withLock { value } }
    func set() { lock.withLock { value = true } }
}
