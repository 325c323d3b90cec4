import NIOCore
import Testing

@testable import GlareServer

@Suite("Request heads: RFC 9112, 2 to 6")
struct RequestParserTests {
    private func parse(_ text: String) -> RequestParser.Result {
        var parser = RequestParser()
        var buffer = ByteBuffer(string: text)
        return parser.next(in: &buffer)
    }

    private func status(_ text: String) -> Status? {
        if case .refused(let status) = parse(text) { return status }
        return nil
    }

    private func request(_ text: String) throws -> RequestHead {
        guard case .request(let request) = parse(text) else { throw Refused(result: parse(text)) }
        return request
    }

    private struct Refused: Error { let result: RequestParser.Result }

    @Test("a request, its fields, and nothing of the next one")
    func whole() throws {
        var parser = RequestParser()
        var buffer = ByteBuffer(
            string: "GET /a HTTP/1.1\r\nHost: x\r\nRANGE:\t bytes=0-1 \t\r\nX-Other: y\r\n\r\nHEAD /b HTTP/1.0\r\n\r\n")
        guard case .request(let first) = parser.next(in: &buffer) else { throw Refused(result: .incomplete) }
        #expect((first.method, first.target, first.minorVersion) == ("GET", "/a", 1))
        #expect(first.fields[.host] == "x")
        #expect(first.fields[.range] == "bytes=0-1")
        #expect(first.fields[.ifRange] == nil)
        guard case .request(let second) = parser.next(in: &buffer) else { throw Refused(result: .incomplete) }
        #expect((second.method, second.target, second.minorVersion) == ("HEAD", "/b", 0))
        #expect(parser.next(in: &buffer) == .incomplete)
        #expect(!parser.isInside)
    }

    @Test("byte by byte it is the same, and one is inside until its end")
    func byteByByte() throws {
        var parser = RequestParser()
        var buffer = ByteBuffer()
        let text = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"
        for byte in text.utf8.dropLast() {
            buffer.writeInteger(byte)
            #expect(parser.next(in: &buffer) == .incomplete)
            #expect(parser.isInside)
        }
        buffer.writeInteger(UInt8(ascii: "\n"))
        #expect(parser.next(in: &buffer) == .request(try request(text)))
        #expect(!parser.isInside)
    }

    @Test(
        "5.3 of RFC 9110: a field that comes twice is a list",
        arguments: ["If-None-Match: \"a\"\r\nIf-None-Match: \"b\""])
    func twice(fields: String) throws {
        #expect(try request("GET / HTTP/1.1\r\nHost: x\r\n\(fields)\r\n\r\n").fields[.ifNoneMatch] == "\"a\", \"b\"")
    }

    @Test("2.2: an empty line before a request is passed over, a second one is not")
    func emptyLine() throws {
        #expect(try request("\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n").target == "/")
        #expect(status("\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n") == .badRequest)
    }

    @Test(
        "3.2.2: what an absolute-form says before its path is dropped",
        arguments: [
            ("http://x/a", "/a"), ("HTTP://x:80/a?b", "/a?b"), ("https://[::1]:8080/", "/"), ("http://x", "/"),
            ("http://x?q", "/?q"), ("*", "*"), ("x:80", "x:80"), ("ftp://x/a", "ftp://x/a"),
            ("http:///a", "http:///a"), ("http://u@x/a", "http://u@x/a"),
        ])
    func absoluteForm(target: String, expected: String) throws {
        #expect(try request("GET \(target) HTTP/1.1\r\nHost: x\r\n\r\n").target == expected)
    }

    @Test(
        "9.3: which connections go on",
        arguments: [
            ("1.1", "", true), ("1.1", "Connection: close", false), ("1.1", "connection: TE , Close", false),
            ("1.1", "Connection: keep-alive", true), ("1.0", "", false), ("1.0", "Connection: Keep-Alive", true),
            ("1.0", "Connection: keep-alive, close", false), ("1.1", "Connection: closed", true),
        ])
    func persistence(version: String, field: String, persists: Bool) throws {
        let line = field.isEmpty ? "" : field + "\r\n"
        #expect(try request("GET / HTTP/\(version)\r\nHost: x\r\n\(line)\r\n").isPersistent == persists)
    }

    @Test(
        "3: request lines that are refused",
        arguments: [
            ("GET /", Status.badRequest), ("GET / ", .badRequest), (" GET / HTTP/1.1", .badRequest),
            ("GET  / HTTP/1.1", .badRequest), ("GET /  HTTP/1.1", .badRequest), ("GET / HTTP/1.1 ", .badRequest),
            ("GET /a b HTTP/1.1", .badRequest), ("GET\t/ HTTP/1.1", .badRequest), ("G(T / HTTP/1.1", .badRequest),
            ("GET / HTTP/1", .badRequest), ("GET / HTTP/1.x", .badRequest), ("GET / http/1.1", .badRequest),
            ("GET / HTTP/1.10", .badRequest), ("GET / HTTP/ 1.1", .badRequest),
            ("GET / HTTP/2.0", .versionNotSupported),
            ("PRI * HTTP/2.0", .versionNotSupported), ("GET / HTTP/0.9", .versionNotSupported),
            ("GET /\u{0} HTTP/1.1", .badRequest), ("GET /\r HTTP/1.1", .badRequest), ("GET /ä HTTP/1.1", .badRequest),
            ("GET /\u{7F} HTTP/1.1", .badRequest), ("GET", .badRequest),
        ])
    func requestLines(line: String, expected: Status) {
        #expect(status("\(line)\r\nHost: x\r\n\r\n") == expected)
    }

    @Test(
        "2.2, 5: fields that are refused",
        arguments: [
            "Name : x",  // 5.1: a blank before the colon
            "Name\t: x", " folded", "X: a\r\n b", "X: a\r\n\tb",  // 5.2: obs-fold
            ": x", "X", "X y: z", "X: a\rb", "X: a\u{0}b", "X: a\u{1}", "X: \u{7F}", "X\u{E4}: a", "X(: a",
        ])
    func fields(lines: String) {
        #expect(status("GET / HTTP/1.1\r\nHost: x\r\n\(lines)\r\n\r\n") == .badRequest, "\(lines)")
    }

    @Test("2.2: a line that ends by LF alone is refused as soon as it is seen")
    func bareLineFeed() {
        for text in [
            "GET / HTTP/1.1\n", "GET / HTTP/1.1\r\nHost: x\n", "GET / HTTP/1.1\r\nHost: x\r\n\n", "\n",
        ] { #expect(status(text) == .badRequest) }
    }

    @Test("what is no HTTP is refused by its first byte", arguments: ["\u{16}\u{3}\u{1}", " ", "\u{0}", "<xml>"])
    func otherProtocols(text: String) {
        #expect(status(text) == .badRequest)
    }

    @Test(
        "3.2: exactly one Host, and a proper one",
        arguments: [
            ("1.1", ""), ("1.1", "Host: a\r\nHost: a\r\n"), ("1.1", "Host: a\r\nhost: b\r\n"),
            ("1.0", "Host: a\r\nHost: b\r\n"), ("1.1", "Host: a b\r\n"), ("1.1", "Host: a/b\r\n"),
            ("1.1", "Host: u@a\r\n"), ("1.1", "Host: a:b\r\n"), ("1.1", "Host: a:1:2\r\n"), ("1.1", "Host: [::1\r\n"),
            ("1.1", "Host: [::1]x\r\n"), ("1.1", "Host: [zz]\r\n"), ("1.1", "Host: a%zz\r\n"), ("1.1", "Host: a%4\r\n"),
            ("1.1", "Host: a]\r\n"),
        ])
    func badHosts(version: String, fields: String) {
        #expect(status("GET / HTTP/\(version)\r\n\(fields)\r\n") == .badRequest)
    }

    @Test("3.2: an empty Host is one, and HTTP/1.0 needs none")
    func goodHosts() throws {
        for text in [
            "GET / HTTP/1.1\r\nHost:\r\n\r\n", "GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a%2fb:\r\n\r\n", "GET / HTTP/1.1\r\nHost: [fe80::1%25eth0]\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n",
        ] { _ = try request(text) }
    }

    @Test(
        "6.1, 6.3: bodies, and what two readers could measure in two ways",
        arguments: [
            ("Content-Length: 1", Status.contentTooLarge), ("Transfer-Encoding: chunked", .contentTooLarge),
            ("Content-Length: 0\r\nTransfer-Encoding: chunked", .badRequest),
            ("Transfer-Encoding: chunked\r\nContent-Length: 5", .badRequest),
            ("Content-Length: 0\r\nContent-Length: 0", .badRequest), ("Content-Length: 0, 0", .badRequest),
            ("Content-Length: -1", .badRequest), ("Content-Length: +1", .badRequest),
            ("Content-Length: 0x1", .badRequest),
            ("Content-Length:", .badRequest), ("Content-Length: 99999999999999999999999", .contentTooLarge),
        ])
    func bodies(fields: String, expected: Status) {
        #expect(status("GET / HTTP/1.1\r\nHost: x\r\n\(fields)\r\n\r\n") == expected)
    }

    @Test("a length of zero is no body; HTTP/1.0 knows no transfer codings")
    func noBody() throws {
        _ = try request("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        #expect(status("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") == .badRequest)
    }

    @Test("the limits: 8 KiB of target, 32 KiB of fields, to the byte, and without an end that comes")
    func limits() throws {
        func target(_ count: Int) -> String { "/" + String(repeating: "a", count: count - 1) }
        _ = try request("GET \(target(8192)) HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(status("GET \(target(8193)) HTTP/1.1\r\nHost: x\r\n\r\n") == .targetTooLong)
        #expect(status("GET \(target(9000))") == .targetTooLong)
        // "Host: x", the name and its colon, and the ends of three lines.
        func fields(_ count: Int) -> String { "Host: x\r\nX:\(String(repeating: "a", count: count - 15))\r\n\r\n" }
        #expect(fields(32768).utf8.count == 32768)
        _ = try request("GET / HTTP/1.1\r\n\(fields(32768))")
        #expect(status("GET / HTTP/1.1\r\n\(fields(32769))") == .fieldsTooLarge)
        #expect(status("GET / HTTP/1.1\r\nX: \(String(repeating: "a", count: 32768))") == .fieldsTooLarge)
        #expect(status("GET / HTTP/1.1\r\n\(String(repeating: "X: y\r\n", count: 6000))") == .fieldsTooLarge)
    }
}
