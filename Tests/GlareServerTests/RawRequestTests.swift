import Foundation
import GlareTestSupport
import NIOCore
import Testing

@testable import GlareServer

/// What comes over a socket when nobody tidies the request up.
@Suite("Raw connections") struct RawRequestTests {
    let repository: ScratchRepository

    init() throws { repository = try ScratchRepository() }

    @Test("what can't be understood is answered with its status, and ends the connection")
    func refusals() async throws {
        let cases = [
            ("GET / HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
            ("GET /%2e%2e/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 400),
            ("GET /a\u{0}b HTTP/1.1\r\nHost: x\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: x\r\n a\r\n\r\n", 400), ("GET / HTTP/1.1\nHost: x\n\n", 400),
            ("GET / HTTP/1.1\r\nHost: x\rX: y\r\n\r\n", 400), ("\u{16}\u{3}\u{1}\u{2}\u{0}", 400),
            ("GET /\(String(repeating: "a", count: 9000)) HTTP/1.1\r\nHost: x\r\n\r\n", 414),
            ("GET / HTTP/1.1\r\nHost: x\r\nX: \(String(repeating: "a", count: 40_000))\r\n\r\n", 431),
            ("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", 413),
            ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 413),
            ("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc", 400),
            ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        ]
        try await RunningServer.with(repository) { server in
            for (request, status) in cases {
                let reply = try await server.exchange(request)
                #expect(reply.hasPrefix("HTTP/1.1 \(status) "), "\(request.prefix(60)): \(reply.prefix(60))")
                #expect(reply.contains("\r\nconnection: close\r\n"))
                #expect(reply.components(separatedBy: "HTTP/1.1 ").count == 2, "nothing after it is answered")
            }
        }
    }

    @Test("a body that is refused is no request, whatever is in it")
    func smuggled() async throws {
        try await RunningServer.with(repository) { server in
            let inner = "GET /images.txt HTTP/1.1\r\nHost: x\r\n\r\n"
            let reply = try await server.exchange(
                "GET /missing HTTP/1.1\r\nHost: x\r\nContent-Length: \(inner.utf8.count)\r\n\r\n\(inner)")
            #expect(reply.hasPrefix("HTTP/1.1 413 ") && !reply.contains("debian-12"))
        }
    }

    @Test("RFC 9112, 9.3.2: requests that come at once are answered one after another, in order")
    func pipelined() async throws {
        _ = try repository.writeRandom(256 << 10, to: "large")
        let entries = try await RunningServer.with(repository) { server in
            let requests = ["/images.txt", "/large", "/missing", "/debian-12"].map {
                "GET \($0) HTTP/1.1\r\nHost: x\r\n\r\n"
            }
            let all = String(repeating: requests.joined(), count: 20)
            let reply = try await server.exchange(all + "HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            #expect(reply.utf8.count > 20 * (256 << 10))
        }
        let expected =
            Array(repeating: ["/images.txt", "/large", "/missing", "/debian-12"], count: 20).joined() + ["/"]
        #expect(entries.map(\.target) == Array(expected))
        #expect(entries.filter { $0.target == "/large" }.allSatisfy { $0.bytesSent == 256 << 10 })
    }

    @Test(
        "RFC 9110, 9.3.2: HEAD gets no content, also where it is refused",
        arguments: [
            ("HEAD / HTTP/1.1\r\n\r\n", 400), ("HEAD / HTTP/1.1\r\nHost: a b\r\nUser-Agent: x\r\n\r\n", 400),
            ("HEAD / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", 413),
            ("HEAD /\(String(repeating: "a", count: 9000)) HTTP/1.1\r\nHost: x\r\n\r\n", 414),
            ("HEAD / HTTP/1.1\r\nX: \(String(repeating: "a", count: 40_000))\r\n\r\n", 431),
            ("HEAD / HTTP/2.0\r\nHost: x\r\n\r\n", 505),
        ])
    func refusedHead(request: String, status: Int) async throws {
        let entries = try await RunningServer.with(repository) { server in
            let reply = try await server.exchange(request)
            #expect(reply.hasPrefix("HTTP/1.1 \(status) ") && reply.hasSuffix("\r\n\r\n"), "\(reply)")
        }
        // Who looks after the server sees what was refused.
        #expect(entries.map(\.method) == ["HEAD"] && entries.map(\.status) == [status])
        #expect(entries.allSatisfy { $0.target.hasPrefix("/") })
        #expect(entries.first?.userAgent == (request.contains("User-Agent") ? "x" : nil))
    }

    @Test("a client that has said all it will still gets its answers")
    func halfClosed() async throws {
        _ = try repository.writeRandom(1 << 20, to: "large")
        try await RunningServer.with(repository) { server in
            let port = server.port
            let reply = try await Thread.blocking {
                let connection = try RawConnection(port: port)
                try connection.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\nGET /images.txt HTTP/1.1\r\nHost: x\r\n\r\n")
                connection.finish()
                return try connection.receive()
            }
            #expect(reply.utf8.count > 1 << 20 && reply.hasSuffix("debian-12\n"))
        }
    }

    @Test("one that takes them slowly gets them all as well")
    func halfClosedAndSlow() async throws {
        _ = try repository.writeRandom(16 << 10, to: "piece")
        try await RunningServer.with(repository) { server in
            let port = server.port
            let answers = { @Sendable (count: Int) in
                let connection = try RawConnection(port: port, receiveBuffer: 4096)
                try connection.send(String(repeating: "GET /piece HTTP/1.1\r\nHost: x\r\n\r\n", count: count))
                connection.finish()
                return try connection.receiveBytes { _ in
                    usleep(100)
                    return false
                }
            }
            let (one, all) = try await Thread.blocking { (try answers(1).count, try answers(400).count) }
            // The server has more to send than the connection takes, to the end.
            #expect(one > 16 << 10 && all == 400 * one)
        }
    }

    @Test("RFC 9112, 9.3: HTTP/1.0 ends with its answer, unless it asks for more")
    func oldVersion() async throws {
        try await RunningServer.with(repository) { server in
            let once = try await server.exchange("GET /images.txt HTTP/1.0\r\n\r\n")
            #expect(once.hasPrefix("HTTP/1.1 200 OK\r\n") && once.contains("\r\nconnection: close\r\n"))
            let twice = try await server.exchange(
                "GET /images.txt HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /images.txt HTTP/1.0\r\n\r\n")
            #expect(twice.components(separatedBy: "HTTP/1.1 200 OK").count == 3)
            #expect(twice.contains("\r\nconnection: keep-alive\r\n"))
        }
    }

    // MARK: Time

    @Test("a head that does not come to its end is told so, and the connection ends")
    func lateHead() async throws {
        try await RunningServer.with(repository, repository.configuration(\.times.head, .milliseconds(300))) { server in
            let reply = try await server.exchange("GET / HTTP/1.1\r\n")
            #expect(reply.hasPrefix("HTTP/1.1 408 "))
            #expect(try await server.exchange("") == "", "who says nothing is told nothing")
        }
    }

    @Test("a connection that asks nothing more ends")
    func idle() async throws {
        try await RunningServer.with(repository, repository.configuration(\.times.idle, .milliseconds(300))) { server in
            let reply = try await server.exchange("GET /images.txt HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(reply.hasSuffix("debian-12\n"))
        }
    }

    @Test("a client that takes nothing of a large answer, or of many small ones, loses the connection")
    func takesNothing() async throws {
        _ = try repository.writeRandom(64 << 20, to: "large")
        try await RunningServer.with(repository, repository.configuration(\.times.idle, .milliseconds(300))) { server in
            let port = server.port
            for path in ["/large", "/images.txt"] {
                let connection = try RawConnection(port: port)
                let request = "GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n"
                // The kernel's buffers hold some megabytes.
                let requests = String(repeating: request, count: path == "/large" ? 1 : 100)
                try await eventually {
                    do {
                        for _ in 0..<1000 { try connection.send(requests) }
                        return false
                    } catch { return true }
                }
            }
            #expect(try await server.curl("/images.txt").status == 200)
        }
    }

    @Test("a client that takes an answer slowly, but steadily, gets all of it")
    func takesSlowly() async throws {
        // The system's buffer takes half of it, and asks for more when a third of that is free.
        let bytes = try repository.writeRandom(8 << 20, to: "large")
        try await RunningServer.with(repository, repository.configuration(\.times.idle, .seconds(1))) { server in
            let port = server.port
            let received = try await Thread.blocking {
                let connection = try RawConnection(port: port, receiveBuffer: 64 << 10)
                try connection.send("GET /large HTTP/1.0\r\n\r\n")
                return try connection.receiveBytes {
                    usleep($0.count < 2 << 20 || $0.count > 6 << 20 ? 100_000 : 1000)
                    return false
                }
            }
            #expect(received.suffix(bytes.count) == bytes, "\(received.count)")
        }
    }

    @Test("many that send a byte now and then hold up nobody, and are gone after the time-out")
    func slowMany() async throws {
        try await RunningServer.with(repository, repository.configuration(\.times.head, .seconds(2))) { server in
            let port = server.port
            let slow = try (0..<300).map { _ in try RawConnection(port: port) }
            let sending = Task.detached {
                for byte in "GET / HTTP/1.1\r\nX: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".map(String.init) {
                    for connection in slow { try? connection.send(byte) }
                    try await Task.sleep(for: .milliseconds(100))
                }
            }
            #expect(try await server.curl("/images.txt").status == 200)
            for connection in slow {
                let reply = try await Thread.blocking { try connection.receive() }
                #expect(reply.isEmpty || reply.hasPrefix("HTTP/1.1 408 "))
            }
            sending.cancel()
            _ = await sending.result
        }
    }

    // MARK: Numbers

    @Test("connections beyond the limit are turned away, and there is room when one goes")
    func tooMany() async throws {
        try await RunningServer.with(repository, repository.configuration(\.maximumConnections, 2)) { server in
            let port = server.port
            func ask() throws -> RawConnection {
                let connection = try RawConnection(port: port)
                try connection.send("GET /images.txt HTTP/1.1\r\nHost: x\r\n\r\n")
                _ = try connection.receive { $0.hasSuffix("debian-12\n") }
                return connection
            }
            var kept = [try ask(), try ask()]
            let third = try RawConnection(port: port)
            let reply = try third.receive()
            #expect(reply.hasPrefix("HTTP/1.1 503 ") && reply.contains("\r\nretry-after: "))
            kept.removeAll()
            try await eventually {
                _ = try ask()
                return true
            }
        }
    }

    @Test("so are those of one address, where that has a limit")
    func tooManyOfOne() async throws {
        try await RunningServer.with(repository, repository.configuration(\.maximumConnectionsPerAddress, 1)) {
            server in
            let first = try RawConnection(port: server.port)
            try first.send("GET /images.txt HTTP/1.1\r\nHost: x\r\n\r\n")
            _ = try first.receive { $0.hasSuffix("debian-12\n") }
            #expect(try RawConnection(port: server.port).receive().hasPrefix("HTTP/1.1 503 "))
            _ = first
        }
    }
}
