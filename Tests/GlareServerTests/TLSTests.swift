import Foundation
import GlareTestSupport
import Testing

@testable import GlareServer

@Suite("TLS", .enabled(if: Machine.has("curl") && Machine.has("openssl")))
struct TLSTests {
    let repository: ScratchRepository
    let files: CertificateFiles

    init() throws {
        repository = try ScratchRepository()
        files = try repository.makeCertificate()
    }

    @Test("the same files, large ones and ranges as well, over https")
    func serves() async throws {
        let data = try repository.writeRandom(5 << 20, to: "large")
        let configuration = repository.configuration(\.certificate, files)
        let entries = try await RunningServer.with(repository, configuration) { server in
            #expect(server.addresses.files.first?.hasPrefix("https://127.0.0.1:") == true)
            let address = "https://127.0.0.1:\(server.port)"
            let trust = ["--cacert", files.certificate]
            #expect(try await server.curl(url: address + "/images.txt", trust).text == "debian-12\n")
            #expect(try await server.curl(url: address + "/large", trust).body == data)
            let part = try await server.curl(url: address + "/large", trust + ["--range", "1000000-4000000"])
            #expect(part.body == data[1_000_000...4_000_000])
            #expect(try await server.curl(url: address + "/large", trust + ["--tls-max", "1.1"]).exit == 35)
            // Plain HTTP to it is no request, and harms nobody.
            #expect(try await server.curl("/images.txt").status == 0)
            #expect(try await server.curl(url: address + "/images.txt", trust).status == 200)
        }
        #expect(entries.first { $0.target == "/large" }?.bytesSent == Int64(data.count))
    }

    @Test("a certificate that is renewed is shown after a reload; one that can't be read changes nothing")
    func reload() async throws {
        try await RunningServer.with(repository, repository.configuration(\.certificate, files)) { server in
            let address = "https://127.0.0.1:\(server.port)/images.txt"
            let first = try Data(contentsOf: URL(fileURLWithPath: files.certificate))
            let old = repository.scratchPath("old.pem")
            try first.write(to: URL(fileURLWithPath: old))
            _ = try repository.makeCertificate()
            #expect(try await server.curl(url: address, ["--cacert", old]).status == 200, "not before it is asked to")
            server.reload()
            try await eventually { try await server.curl(url: address, ["--cacert", files.certificate]).status == 200 }
            #expect(try await server.curl(url: address, ["--cacert", old]).exit == 60)
            let kept = repository.scratchPath("kept.pem")
            try FileManager.default.copyItem(atPath: files.certificate, toPath: kept)
            try "broken".write(toFile: files.certificate, atomically: true, encoding: .utf8)
            server.reload()
            #expect(try await server.curl(url: address, ["--cacert", kept]).status == 200)
        }
    }

    @Test("a stop cuts off who outlasts the grace, over TLS as well")
    func cutOff() async throws {
        let size = 64 << 20
        _ = try repository.writeRandom(size, to: "large")
        let body = repository.scratchPath("body")
        var configuration = repository.configuration(\.certificate, files)
        configuration.shutdownGrace = .milliseconds(500)
        let entries = try await RunningServer.with(repository, configuration) { server in
            // It would take 18 hours.
            let client = try RunningProcess(
                "curl",
                [
                    "--silent", "--cacert", files.certificate, "--limit-rate", "1K", "--output", body,
                    "https://127.0.0.1:\(server.port)/large",
                ])
            try await eventually { try Data(contentsOf: URL(fileURLWithPath: body)).isEmpty == false }
            server.stop()
            try await server.ended()
            client.signal(SIGKILL)
        }
        let bytes = try #require(entries.first { $0.target == "/large" }).bytesSent
        #expect(bytes > 0 && bytes < size)
    }

    @Test("a key that is not the certificate's is told before anything is served")
    func otherKey() async throws {
        let key = try String(contentsOfFile: files.key, encoding: .utf8)
        _ = try repository.makeCertificate()
        try key.write(toFile: files.key, atomically: true, encoding: .utf8)
        await #expect(throws: ServerError.self) {
            try await RunningServer.with(repository, repository.configuration(\.certificate, files)) { _ in }
        }
    }
}
