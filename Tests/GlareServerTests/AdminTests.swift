import Foundation
import GlareSystem
import GlareTestSupport
import Testing

@testable import GlareServer

@Suite("Metrics", .enabled(if: Machine.has("curl")))
struct AdminTests {
    let repository: ScratchRepository

    init() throws { repository = try ScratchRepository() }

    private func withAdmin(_ body: (RunningServer, String) async throws -> Void) async throws {
        let configuration = repository.configuration(\.adminListen, .network(host: "127.0.0.1", port: 0))
        try await RunningServer.with(repository, configuration) { server in
            try await body(server, try #require(server.addresses.admin))
        }
    }

    /// The samples, by name and labels.
    private func samples(_ text: String) -> [String: Double] {
        text.split(separator: "\n").filter { !$0.hasPrefix("#") }.reduce(into: [:]) { samples, line in
            let fields = line.split(separator: " ")
            samples[String(fields[0])] = Double(fields[1])
        }
    }

    @Test("what was served, and what there is")
    func metrics() async throws {
        try repository.write("other\n", to: "archive/other-\(repository.id)")
        let data = try repository.writeRandom(3 << 20, to: "large")
        try await withAdmin { server, admin in
            _ = try await server.curl("/images.txt")
            _ = try await server.curl("/large")
            _ = try await server.curl("/missing")
            _ = try await server.exchange("nonsense\r\n\r\n")
            let reply = try await server.curl(url: admin + "metrics")
            #expect(reply.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
            let samples = samples(reply.text)
            #expect(samples["glare_http_requests_total{class=\"2xx\"}"] == 2)
            #expect(samples["glare_http_requests_total{class=\"4xx\"}"] == 2)
            #expect(samples["glare_http_requests_total{class=\"5xx\"}"] == 0)
            let errors = "404 Not Found\n400 Bad Request\n".utf8.count
            #expect(samples["glare_http_sent_bytes_total"] == Double(10 + data.count + errors))
            #expect(samples["glare_http_request_duration_seconds_count"] == 4)
            #expect(samples["glare_http_request_duration_seconds_bucket{le=\"+Inf\"}"] == 4)
            #expect(samples["glare_http_refused_connections_total"] == 0)
            #expect(samples["glare_images"] == 1)
            #expect(samples["glare_versions"] == 2)
            #expect(samples["glare_stored_bytes"] ?? 0 > 0)
            let publish = try #require(samples["glare_last_publish_timestamp_seconds"])
            #expect(abs(publish - Date().timeIntervalSince1970) < 3600)
            #expect(MetricsText(reply.text).faults == [])
            #expect(try MetricsText.promtool(reply.text) == "")
            #expect(reply.text.split(separator: "\n").filter { $0.hasPrefix("# HELP ") }.count == 9)
        }
    }

    @Test("a connection that is open is counted, and one of the admin is not")
    func connections() async throws {
        try await withAdmin { server, admin in
            let connection = try RawConnection(port: server.port)
            try connection.send("GET /images.txt HTTP/1.1\r\nHost: x\r\n\r\n")
            _ = try connection.receive { $0.hasSuffix("debian-12\n") }
            #expect(samples(try await server.curl(url: admin + "metrics").text)["glare_http_connections"] == 1)
            _ = connection
        }
    }

    @Test("only there, and nothing else is there")
    func apart() async throws {
        try await withAdmin { server, admin in
            for path in ["/metrics", "/healthz"] {
                let reply = try await server.curl(path)
                #expect(reply.status == 404)
            }
            #expect(try await server.curl(url: admin + "images.txt").status == 404)
            #expect(try await server.curl(url: admin + "metrics", ["--request", "POST"]).status == 405)
            #expect(try await server.curl(url: admin + "healthz").text == "ok\n")
            #expect(try await server.curl(url: admin + "healthz", ["--head"]).status == 200)
        }
    }

    @Test("an original's repository has images and no catalogue; with one, its time is the last publish's")
    func stock() throws {
        var stock = try Stock(of: .open(repository.path))
        #expect((stock.images, stock.versions) == (1, 1))
        try repository.write(
            #"{"format":1,"repository":"0123456789abcdef0123456789abcdef","serial":1,"created":"2026-01-02T03:04:05Z","images":[]}"#,
            to: "images.json")
        stock = try Stock(of: .open(repository.path))
        #expect(stock.images == 0)
        #expect(stock.lastPublish == 1_767_323_045)
    }

    @Test("what the directory's path leads to is served, also when that is another one")
    func anotherDirectory() async throws {
        let (path, other) = (repository.path, repository.scratchPath("other"))
        var configuration = repository.configuration(\.adminListen, .network(host: "127.0.0.1", port: 0))
        configuration.times.look = .milliseconds(20)
        try await RunningServer.with(repository, configuration) { server in
            let health = try #require(server.addresses.admin) + "healthz"
            #expect(try await server.curl(url: health).status == 200)
            try FileManager.default.moveItem(atPath: path, toPath: other)
            #expect(try await server.curl(url: health).status == 503)
            #expect(try await server.curl("/images.txt").text == "debian-12\n")
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            try repository.write("restored\n", to: "images.txt")
            #expect(try await server.curl(url: health).status == 200)
            try await eventually { try await server.curl("/images.txt").text == "restored\n" }
        }
    }
}
