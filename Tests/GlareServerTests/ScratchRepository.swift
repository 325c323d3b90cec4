import Foundation
import GlareTestSupport

@testable import GlareServer

/// A repository of one image, as a publisher leaves it, that goes away with the test.
struct ScratchRepository: Sendable {
    let id = "0123456789abcdef0123456789abcdef"
    var versionFile: String { "debian-12-\(id)" }
    let path: String
    private let scratch: Scratch

    init() throws {
        scratch = try Scratch()
        path = scratch.path("repository")
        for directory in ["archive", ".glare"] {
            try FileManager.default.createDirectory(atPath: path + "/" + directory, withIntermediateDirectories: true)
        }
        try write("debian-12\n", to: "images.txt")
        try write("secret", to: ".glare/state.json")
        try write("version one", to: "archive/\(versionFile)")
        try link("debian-12", to: "archive/\(versionFile)")
    }

    /// Of a file beside the repository.
    func scratchPath(_ name: String) -> String { scratch.path(name) }

    func write(_ content: String, to name: String) throws {
        try Data(content.utf8).write(to: URL(fileURLWithPath: path + "/" + name))
    }

    /// Writes so many random bytes.
    func writeRandom(_ count: Int, to name: String) throws -> Data {
        let source = try FileHandle(forReadingFrom: URL(fileURLWithPath: "/dev/urandom"))
        defer { try? source.close() }
        let data = try source.read(upToCount: count) ?? Data()
        try data.write(to: URL(fileURLWithPath: path + "/" + name))
        return data
    }

    /// Replaces what was there.
    func link(_ name: String, to target: String) throws {
        try? FileManager.default.removeItem(atPath: path + "/" + name)
        try FileManager.default.createSymbolicLink(atPath: path + "/" + name, withDestinationPath: target)
    }
}

extension Thread {
    /// Runs blocking work on a thread of its own: the two threads of a small machine's cooperative
    /// pool are what the server under test runs on.
    static func blocking<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Swift.Result(catching: work)) }
        }
    }
}

extension ScratchRepository {
    /// A server of it, on a free port.
    var configuration: ServerConfiguration {
        ServerConfiguration(directory: path, listen: [.network(host: "127.0.0.1", port: 0)])
    }

    /// The same, but for one thing.
    func configuration<Value>(_ what: WritableKeyPath<ServerConfiguration, Value>, _ value: Value)
        -> ServerConfiguration
    {
        var changed = configuration
        changed[keyPath: what] = value
        return changed
    }

    /// Makes another certificate for 127.0.0.1, in place of the last.
    func makeCertificate() throws -> CertificateFiles {
        let files = CertificateFiles(certificate: scratchPath("cert.pem"), key: scratchPath("key.pem"))
        try mustRun(
            "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", files.key,
                "-out", files.certificate,
            ])
        return files
    }
}
