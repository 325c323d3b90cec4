import Foundation
import GlareTestSupport
import Testing

@testable import GlareServer

@Suite("Where it listens", .enabled(if: Machine.has("curl")))
struct ListenerTests {
    let repository: ScratchRepository

    init() throws { repository = try ScratchRepository() }

    @Test(
        "how addresses are written",
        arguments: [
            ("127.0.0.1:80", ListenAddress.network(host: "127.0.0.1", port: 80)),
            ("[::1]:8080", .network(host: "::1", port: 8080)), (":80", .network(host: "::", port: 80)),
            ("images.example.net:0", .network(host: "images.example.net", port: 0)),
            ("unix:/run/glare/serve", .unix(path: "/run/glare/serve")),
        ])
    func addresses(text: String, expected: ListenAddress) {
        #expect(ListenAddress(text) == expected)
    }

    @Test(
        "how they are not",
        arguments: [
            "", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:+1", "::1:80", "unix:",
            "unix:run",
            "unix:/" + String(repeating: "a", count: 107),
        ])
    func badAddresses(text: String) {
        #expect(ListenAddress(text) == nil)
    }

    @Test("several at once, a Unix socket among them")
    func several() async throws {
        let socket = repository.scratchPath("socket")
        let listen: [ListenAddress] = [
            .network(host: "127.0.0.1", port: 0), .network(host: "127.0.0.1", port: 0), .unix(path: socket),
        ]
        let entries = try await RunningServer.with(repository, repository.configuration(\.listen, listen)) { server in
            #expect(server.addresses.files.count == 3)
            #expect(server.addresses.files.last == "unix:\(socket)")
            for address in server.addresses.files.prefix(2) {
                #expect(try await server.curl(url: address + "images.txt").text == "debian-12\n")
            }
            let reply = try await server.curl(url: "http://here/images.txt", ["--unix-socket", socket])
            #expect(reply.text == "debian-12\n")
        }
        #expect(entries.map(\.remoteAddress) == ["127.0.0.1", "127.0.0.1", nil])
        #expect(!FileManager.default.fileExists(atPath: socket))
    }

    @Test("the socket of a server that was killed is no obstacle, any other file is")
    func oldSocket() async throws {
        let path = repository.scratchPath("socket")
        let configuration = repository.configuration(\.listen, [.unix(path: path)])
        // Without a listener, as a server leaves it that was killed.
        close(try UnixSocket.listen(at: path, backlog: 1).descriptor)
        try await RunningServer.with(repository, configuration) { server in
            let reply = try await server.curl(url: "http://here/images.txt", ["--unix-socket", path])
            #expect(reply.status == 200)
        }
        try "mine".write(toFile: path, atomically: true, encoding: .utf8)
        await #expect(throws: ServerError.notASocket(path)) {
            try await RunningServer.with(repository, configuration) { _ in }
        }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "mine")
    }

    @Test("the socket of a server that is there stays its own")
    func liveSocket() async throws {
        let path = repository.scratchPath("socket")
        let configuration = repository.configuration(\.listen, [.unix(path: path)])
        try await RunningServer.with(repository, configuration) { server in
            await #expect(throws: ServerError.socketInUse(path)) {
                try await RunningServer.with(repository, configuration) { _ in }
            }
            let reply = try await server.curl(url: "http://here/images.txt", ["--unix-socket", path])
            #expect(reply.status == 200)
        }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test("a server that ends leaves alone what another has put in the place of its socket")
    func othersSocket() async throws {
        let path = repository.scratchPath("socket")
        let configuration = repository.configuration(\.listen, [.unix(path: path)])
        var other: UnixSocket?
        try await RunningServer.with(repository, configuration) { _ in
            try #require(unlink(path) == 0)
            other = try UnixSocket.listen(at: path, backlog: 1)
        }
        #expect(FileManager.default.fileExists(atPath: path))
        let socket = try #require(other)
        socket.remove()
        close(socket.descriptor)
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test("a server that can't listen everywhere leaves no socket behind")
    func oneOfTwo() async throws {
        let (path, missing) = (repository.scratchPath("socket"), repository.scratchPath("missing/socket"))
        let configuration = repository.configuration(\.listen, [.unix(path: path), .unix(path: missing)])
        await #expect(throws: ServerError.self) { try await RunningServer.with(repository, configuration) { _ in } }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test("what was handed over and takes no connections is told")
    func notListening() async throws {
        let file = open(repository.path + "/images.txt", O_RDONLY)
        let idle = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        let datagrams = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        for descriptor in [file, idle, datagrams] {
            try #require(descriptor >= 0)
            let configuration = repository.configuration(\.listen, [.inherited(descriptor: descriptor)])
            await #expect(throws: ServerError.notListening(descriptor)) {
                try await RunningServer.with(repository, configuration) { _ in }
            }
            close(descriptor)
        }
    }

    @Test("sd_listen_fds(3): sockets that the service manager opened, and only for this process")
    func inheritedSockets() {
        let environment = ["LISTEN_PID": "7", "LISTEN_FDS": "3", "LISTEN_FDNAMES": "web:admin:more"]
        let found = InheritedSockets.find(in: environment, processID: 7)
        #expect(found.files == [.inherited(descriptor: 3), .inherited(descriptor: 5)])
        #expect(found.admin == .inherited(descriptor: 4))
        #expect(InheritedSockets.find(in: environment, processID: 8).files.isEmpty)
        #expect(InheritedSockets.find(in: [:], processID: 7).files.isEmpty)
        for count in ["", "x", "0", "-1", "99999999999"] {
            #expect(InheritedSockets.find(in: ["LISTEN_PID": "7", "LISTEN_FDS": count], processID: 7).files.isEmpty)
        }
        let unnamed = InheritedSockets.find(in: ["LISTEN_PID": "7", "LISTEN_FDS": "1"], processID: 7)
        #expect(unnamed.files == [.inherited(descriptor: 3)] && unnamed.admin == nil)
    }
}
