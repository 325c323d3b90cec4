import Foundation
import GlareModel
import GlareTestSupport
import Testing

@testable import GlareServer

/// What a real client gets over a real socket.
@Suite("Answers to curl", .enabled(if: Machine.has("curl")))
struct FileResponderTests {
    let repository: ScratchRepository

    init() throws { repository = try ScratchRepository() }

    @Test("RFC 9110, 9.3.1 and 8: GET sends the file and describes it")
    func get() async throws {
        try await RunningServer.with(repository) { server in
            let before = Int64(Date().timeIntervalSince1970)
            let reply = try await server.curl("/images.txt")
            let now = HTTPDate(seconds: Int64(Date().timeIntervalSince1970))
            #expect(reply.status == 200)
            #expect(reply.text == "debian-12\n")
            #expect(reply.headers["content-length"] == "10")
            #expect(reply.headers["content-type"] == "text/plain; charset=utf-8")
            #expect(reply.headers["accept-ranges"] == "bytes")
            #expect(reply.headers["cache-control"] == "no-cache")
            #expect(reply.headers["x-content-type-options"] == "nosniff")
            #expect(reply.headers["server"] == "Glare")
            #expect(reply.headers["transfer-encoding"] == nil)
            let date = try #require(HTTPDate(reply.headers["date"] ?? "", now: now))
            #expect((before...now.seconds).contains(date.seconds))
            #expect(HTTPDate(reply.headers["last-modified"] ?? "", now: now) != nil)
            let version = try await server.curl("/archive/\(repository.versionFile)")
            #expect(version.headers["cache-control"] == "public, max-age=31536000, immutable")
        }
    }

    @Test("RFC 9110, 9.3.2: HEAD says the same and sends nothing")
    func head() async throws {
        _ = try repository.writeRandom(1 << 20, to: "archive/large-\(repository.id)")
        try repository.link("large", to: "archive/large-\(repository.id)")
        try await RunningServer.with(repository) { server in
            for path in ["/images.txt", "/large", "/debian-12", "/missing", "/%zz"] {
                let (get, head) = (try await server.curl(path), try await server.curl(path, "--head"))
                #expect(head.status == get.status)
                #expect(
                    head.body.isEmpty || head.text.hasPrefix("HTTP/1.1"), "curl writes the head where the body would go"
                )
                #expect(head.headers.filter { $0.key != "date" } == get.headers.filter { $0.key != "date" })
                #expect(head.exit == 0)
            }
            #expect(try await server.curl("/images.txt", "--head", "--header", "Range: bytes=0-1").status == 200)
        }
    }

    @Test("one file, one tag: RFC 9110, 8.8.3")
    func tags() async throws {
        try repository.link("debian-12", to: "/srv/old/place/archive/\(repository.versionFile)")
        try await RunningServer.with(repository) { server in
            let byName = try await server.curl("/debian-12")
            let byVersion = try await server.curl("/archive/\(repository.versionFile)")
            #expect(byName.text == "version one")
            #expect(byName.headers["etag"] == byVersion.headers["etag"])
            #expect(byName.headers["etag"]?.hasPrefix("\"\(repository.id)-") == true)
            #expect(byName.headers["cache-control"] == "no-cache")
        }
    }

    @Test("ranges: RFC 9110, 14 and 15.3.7")
    func ranges() async throws {
        let data = try repository.writeRandom(1 << 20, to: "random")
        try await RunningServer.with(repository) { server in
            for (range, expected) in [
                ("0-0", 0..<1), ("0-99", 0..<100), ("1000-", 1000..<data.count), ("-1", data.count - 1..<data.count),
                ("-500000", data.count - 500_000..<data.count), ("131071-131072", 131_071..<131_073),
                ("100000-900000", 100_000..<900_001), ("0-99999999", 0..<data.count),
            ] {
                let reply = try await server.curl("/random", "--range", range)
                #expect(reply.status == 206)
                #expect(reply.body == data[expected], "\(range)")
                #expect(
                    reply.headers["content-range"]
                        == "bytes \(expected.lowerBound)-\(expected.upperBound - 1)/\(data.count)")
                #expect(reply.headers["content-length"] == "\(expected.count)")
            }
            for ignored in ["items=0-1", "bytes=5-1"] {
                let reply = try await server.curl("/random", "--header", "Range: \(ignored)")
                #expect(reply.status == 200)
                #expect(reply.body == data)
            }
            let beyond = try await server.curl("/random", "--range", "\(data.count)-")
            #expect(beyond.status == 416)
            #expect(beyond.headers["content-range"] == "bytes */\(data.count)")
        }
    }

    @Test("several ranges: RFC 9110, 14.6 and 15.3.7.2")
    func parts() async throws {
        let data = try repository.writeRandom(1 << 20, to: "random")
        try await RunningServer.with(repository) { server in
            let ranges = [5..<10, 200_000..<400_000, (1 << 20) - 3..<1 << 20]
            let reply = try await server.curl("/random", "--range", "5-9,200000-399999,-3")
            #expect(reply.status == 206)
            let type = try #require(reply.headers["content-type"])
            let boundary = try #require(type.split(separator: "boundary=").last)
            #expect(type == "multipart/byteranges; boundary=\(boundary)")
            #expect(boundary.utf8.count <= 70)
            #expect(reply.headers["content-range"] == nil)
            var expected = Data()
            for range in ranges {
                expected += Data(
                    """
                    \r\n--\(boundary)\r\ncontent-type: application/octet-stream\r
                    content-range: bytes \(range.lowerBound)-\(range.upperBound - 1)/1048576\r\n\r\n
                    """.utf8)
                expected += data[range]
            }
            expected += Data("\r\n--\(boundary)--\r\n".utf8)
            #expect(reply.body == expected)
            #expect(reply.headers["content-length"] == "\(expected.count)")
            let many = (0..<17).map { "\(2 * $0)-\(2 * $0)" }.joined(separator: ",")
            #expect(try await server.curl("/random", "--range", many).status == 200)
        }
    }

    @Test("RFC 9110, 9.3.7: OPTIONS of a file and of the server")
    func options() async throws {
        try await RunningServer.with(repository) { server in
            for arguments in [["--request", "OPTIONS"], ["--request", "OPTIONS", "--request-target", "*"]] {
                let reply = try await server.curl(url: "http://127.0.0.1:\(server.port)/images.txt", arguments)
                #expect(reply.status == 204)
                #expect(reply.headers["allow"] == "GET, HEAD, OPTIONS")
                #expect(reply.headers["content-length"] == nil)
            }
        }
    }

    @Test("conditional requests: RFC 9110, 13 and 15.4.5")
    func conditions() async throws {
        try await RunningServer.with(repository) { server in
            let first = try await server.curl("/debian-12")
            let (tag, modified) = (try #require(first.headers["etag"]), try #require(first.headers["last-modified"]))
            func status(_ headers: String...) async throws -> Int {
                switch headers.count {
                case 1: try await server.curl("/debian-12", "--header", headers[0]).status
                default: try await server.curl("/debian-12", "--header", headers[0], "--header", headers[1]).status
                }
            }
            #expect(try await status("If-None-Match: \"x\", W/\(tag)") == 304)
            #expect(try await status("If-None-Match: \"x\"") == 200)
            #expect(try await status("If-Modified-Since: \(modified)") == 304)
            #expect(try await status("If-Match: \(tag)") == 200)
            #expect(try await status("If-Match: \"x\"") == 412)
            #expect(try await status("If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT") == 412)
            #expect(try await status("If-Range: \(tag)", "Range: bytes=0-1") == 206)
            #expect(try await status("If-Range: \"x\"", "Range: bytes=0-1") == 200)
            #expect(try await status("If-Range: W/\(tag)", "Range: bytes=0-1") == 200)
            #expect(try await status("If-None-Match: \(tag)", "Range: bytes=0-1") == 304)
            let notModified = try await server.curl("/debian-12", "--header", "If-None-Match: \(tag)")
            #expect(notModified.headers["etag"] == tag)
            #expect(notModified.headers["cache-control"] == "no-cache")
            #expect(notModified.headers["content-length"] == nil)
            // A missing file is 404 whatever the conditions (13.2.1).
            #expect(try await server.curl("/missing", "--header", "If-Match: *").status == 404)
        }
    }

    @Test("what is not served")
    func refusals() async throws {
        #expect(mkfifo(repository.path + "/fifo", 0o666) == 0)
        try repository.link("passwd", to: "/etc/passwd")
        try await RunningServer.with(repository) { server in
            for path in [
                "/missing", "/", "/archive", "/archive/", "/.glare/state.json", "/fifo", "/passwd", "//images.txt",
            ] {
                #expect(try await server.curl(path).status == 404, "\(path)")
            }
            for path in [
                "/../etc/passwd", "/x/../../etc/passwd", "/%2e%2e/etc/passwd", "/..%2fetc", "/%", "/%00", "/%ff",
            ] {
                #expect(try await server.curl(path, "--path-as-is").status == 400, "\(path)")
            }
            for method in ["POST", "PUT", "DELETE", "TRACE", "PROPFIND", "get"] {
                let reply = try await server.curl("/images.txt", "--request", method)
                // RFC 9110, 9.1: what HTTP knows is not allowed, what it does not know is not implemented.
                let isKnown = !["PROPFIND", "get"].contains(method)
                #expect(reply.status == (isKnown ? 405 : 501), "\(method)")
                #expect(reply.headers["allow"] == (isKnown ? "GET, HEAD, OPTIONS" : nil))
            }
            #expect(try await server.curl("/.glare/state.json").text == "404 Not Found\n")
        }
    }

    @Test("an index page and an empty file")
    func indexAndEmpty() async throws {
        try repository.write("<p>images</p>", to: "index.html")
        try repository.write("", to: "empty")
        try await RunningServer.with(repository) { server in
            let page = try await server.curl("/?x=1")
            #expect(page.text == "<p>images</p>")
            #expect(page.headers["content-type"] == "text/html; charset=utf-8")
            #expect(page.headers["content-security-policy"] == "frame-ancestors 'none'", "the rest is in the page")
            try repository.write("<p>more</p>", to: "more.html")
            let policy = try await server.curl("/more.html").headers["content-security-policy"] ?? ""
            #expect(policy.hasPrefix("default-src 'none';") && !policy.contains("script-src"))
            #expect(try await server.curl("/images.txt").headers["content-security-policy"] == nil)
            let empty = try await server.curl("/empty")
            #expect(empty.status == 200)
            #expect(empty.headers["content-length"] == "0")
            #expect(try await server.curl("/empty", "--range", "0-").status == 416)
        }
    }

    @Test("holes are sent as zeros, in whole and from beyond 4 GiB")
    func holes() async throws {
        let path = repository.path + "/sparse"
        try repository.write("", to: "sparse")
        #expect(truncate(path, 5 << 30) == 0)
        try await RunningServer.with(repository) { server in
            let reply = try await server.curl("/sparse", "--range", "\(4 << 30)-\((4 << 30) + 999_999)")
            #expect(reply.body == Data(count: 1_000_000))
            #expect(try await server.curl("/sparse", "--head").headers["content-length"] == "\(5 << 30)")
        }
    }

    @Test("several requests on one connection")
    func keepAlive() async throws {
        try await RunningServer.with(repository) { server in
            let address = "http://127.0.0.1:\(server.port)/"
            let result = try await Thread.blocking {
                try run(
                    "curl",
                    ["--silent", "--write-out", "%{http_code} %{num_connects}\n"]
                        + ["images.txt", "missing", "debian-12"].flatMap { [address + $0, "--output", "/dev/null"] })
            }
            #expect(result.stdout == "200 1\n404 0\n200 0\n")
        }
    }
}
