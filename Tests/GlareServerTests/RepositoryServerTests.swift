import Foundation
import GlareTestSupport
import Testing

@testable import GlareServer

/// A server's life: files that change under it, how it ends, why it does not start.
@Suite("Running", .enabled(if: Machine.has("curl")))
struct RepositoryServerTests {
    let repository: ScratchRepository

    init() throws { repository = try ScratchRepository() }

    /// A server that lets a client stand still for as long as a busy machine may need to go on with a test.
    private var patient: ServerConfiguration {
        var configuration = repository.configuration(\.times.idle, .minutes(10))
        configuration.shutdownGrace = .seconds(600)
        return configuration
    }

    @Test("a file that is replaced and removed while it is sent finishes as it began")
    func replaced() async throws {
        let old = try repository.writeRandom(64 << 20, to: "image")
        try await RunningServer.with(repository, patient) { server in
            let answer = try await server.heldAnswer("/image")
            try repository.write("new", to: "image.new")
            #expect(rename(repository.path + "/image.new", repository.path + "/image") == 0)
            #expect(try await server.curl("/image").text == "new")
            #expect(try await answer.content() == old)
        }
    }

    @Test("a file that is shortened while it is sent ends the connection, not with other bytes")
    func shortened() async throws {
        let whole = try repository.writeRandom(64 << 20, to: "image")
        let entries = try await RunningServer.with(repository, patient) { server in
            let answer = try await server.heldAnswer("/image")
            #expect(truncate(repository.path + "/image", 0) == 0)
            let content = try await answer.content()
            #expect(answer.announced == whole.count && content.count < whole.count)
            #expect(content == whole.prefix(content.count))
            #expect(try await server.curl("/images.txt").status == 200)
        }
        let bytes = try #require(entries.first { $0.target == "/image" }).bytesSent
        #expect(bytes > 0 && bytes < whole.count)
    }

    @Test("a slow client makes the server wait, and one that goes away is logged with what it got")
    func abandoned() async throws {
        _ = try repository.writeRandom(64 << 20, to: "image")
        let entries = try await RunningServer.with(repository, patient) { server in
            let answer = try await server.heldAnswer("/image")
            #expect(try await server.curl("/images.txt").status == 200)
            #expect(answer.announced == 64 << 20)
        }
        let entry = try #require(entries.first { $0.target == "/image" })
        #expect(entry.status == 200)
        // What the sockets' buffers hold, and no more.
        #expect(entry.bytesSent > 0 && entry.bytesSent < 32 << 20)
    }

    @Test("a stop lets answers finish, takes no new ones, and ends without error")
    func gracefulStop() async throws {
        let whole = try repository.writeRandom(64 << 20, to: "image")
        let entries = try await RunningServer.with(repository, patient) { server in
            let answer = try await server.heldAnswer("/image")
            server.stop()
            try await eventually { try await server.refusesConnections() }
            #expect(try await answer.content() == whole)
        }
        #expect(entries.first { $0.target == "/image" }?.bytesSent == Int64(whole.count))
    }

    @Test("a stop cuts off what outlasts the grace, and still ends without error")
    func stopAfterGrace() async throws {
        let whole = try repository.writeRandom(64 << 20, to: "image")
        let configuration = repository.configuration(\.shutdownGrace, .milliseconds(500))
        try await RunningServer.with(repository, configuration) { server in
            let answer = try await server.heldAnswer("/image")
            server.stop()
            try await server.ended()
            let content = try await answer.content()
            #expect(content.count < whole.count && content == whole.prefix(content.count))
        }
    }

    @Test("the access log has a line for each request")
    func accessLog() async throws {
        let entries = try await RunningServer.with(repository) { server in
            _ = try await server.curl("/images.txt?x=1", "--user-agent", "test/1", "--referer", "http://here/")
            _ = try await server.curl("/missing", "--user-agent", "test/2")
            _ = try await server.curl("/debian-12", "--head", "--user-agent", "test/3")
            _ = try await server.curl("/debian-12", "--range", "2-4", "--user-agent", "test/4")
        }
        let lines = entries.map { $0.combinedLogLine.replacing(/\[.*?\]/, with: "[]") }
        #expect(
            lines == [
                #"127.0.0.1 - - [] "GET /images.txt?x=1 HTTP/1.1" 200 10 "http://here/" "test/1""#,
                #"127.0.0.1 - - [] "GET /missing HTTP/1.1" 404 14 "-" "test/2""#,
                #"127.0.0.1 - - [] "HEAD /debian-12 HTTP/1.1" 200 - "-" "test/3""#,
                #"127.0.0.1 - - [] "GET /debian-12 HTTP/1.1" 206 3 "-" "test/4""#,
            ])
    }

    @Test("a port that is taken is told")
    func portInUse() async throws {
        try await RunningServer.with(repository) { server in
            let second = ServerConfiguration(
                directory: repository.path, listen: [.network(host: "127.0.0.1", port: server.port)])
            await #expect(throws: ServerError.portInUse(host: "127.0.0.1", port: server.port)) {
                try await start(second)
            }
        }
    }

    @Test("what can't be served is told, with what to do")
    func badConfigurations() async throws {
        let directory = repository.path
        let (missing, file) = (directory + "/missing", directory + "/images.txt")
        func configuration(_ directory: String, _ host: String = "127.0.0.1") -> ServerConfiguration {
            ServerConfiguration(directory: directory, listen: [.network(host: host, port: 0)])
        }
        var noCertificate = configuration(directory)
        noCertificate.certificate = CertificateFiles(certificate: file, key: file)
        var noReaders = configuration(directory)
        noReaders.readers = missing
        let noSocket = ServerConfiguration(directory: directory, listen: [.unix(path: missing + "/socket")])
        let cases: [(ServerConfiguration, ServerError?)] = [
            (configuration(missing), .directoryMissing(missing)),
            (configuration(file), .notADirectory(file)),
            (configuration(directory, "192.0.2.1"), .addressNotHere(host: "192.0.2.1")),
            (configuration(directory, "name.invalid"), .hostUnknown("name.invalid")),
            (noSocket, .cannotUseSocket("unix:\(missing)/socket", reason: "No such file or directory")),
            (noCertificate, nil), (noReaders, nil),
        ]
        for (configuration, expected) in cases {
            let error = await #expect(throws: ServerError.self) { try await start(configuration) }
            if let expected { #expect(error == expected) }
            #expect(error.map { "\($0)".contains(missing) || "\($0)".contains("expected") } == true)
        }
    }

    /// Fails at once, or is stopped as soon as it runs.
    private func start(_ configuration: ServerConfiguration) async throws {
        try await withThrowingTaskGroup { group in
            let (ready, signal) = AsyncStream<Void>.makeStream()
            let (events, continuation) = AsyncStream<ServerEvent>.makeStream()
            group.addTask {
                defer { signal.finish() }
                try await RepositoryServer(
                    configuration: configuration, logger: .silent, accessLog: nil,
                    onReady: { _ in signal.finish() }
                ).run(events, continuation)
            }
            for await _ in ready {}
            group.cancelAll()
            try await group.waitForAll()
        }
    }
}

extension RunningServer {
    /// Whether curl is told that nobody listens (its exit 7).
    fileprivate func refusesConnections() async throws -> Bool {
        let address = "http://127.0.0.1:\(port)/images.txt"
        return try await Thread.blocking { try run("curl", ["--silent", "--max-time", "5", address]).status == 7 }
    }
}
