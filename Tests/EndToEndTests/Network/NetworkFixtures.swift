import Foundation
import GlareTestSupport
import Testing

/// An authority that no machine trusts, and what it signs; files in PEM.
struct PrivateAuthority {
    private let scratch: Scratch
    var certificate: String { scratch.path("ca.pem") }

    struct Signed {
        let certificate: String
        let key: String
    }

    init() throws {
        scratch = try Scratch()
        try openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=Test CA",
            "-days", "2", "-keyout", scratch.path("ca.key"), "-out", certificate)
    }

    /// - Parameters:
    ///   - host: `IP:127.0.0.1` or `DNS:name`.
    ///   - days: Negative for one that is out of date.
    func sign(_ name: String, host: String = "IP:127.0.0.1", days: Int = 1) throws -> Signed {
        let signed = Signed(certificate: scratch.path("\(name).pem"), key: scratch.path("\(name).key"))
        let request = scratch.path("\(name).csr")
        try openssl(
            "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=\(name)",
            "-keyout", signed.key, "-out", request)
        let extensions = try scratch.file("\(name).ext", "subjectAltName=\(host)\n")
        try openssl(
            "x509", "-req", "-in", request, "-CA", certificate, "-CAkey", scratch.path("ca.key"), "-CAcreateserial",
            "-days", "\(days)", "-extfile", extensions, "-out", signed.certificate)
        return signed
    }

    private func openssl(_ arguments: String...) throws { try mustRun("openssl", arguments) }
}

extension Nginx {
    /// With TLS.
    convenience init(serving root: String, as signed: PrivateAuthority.Signed, directives: String = "") throws {
        try self.init(
            serving: root, options: "ssl http2",
            directives: "ssl_certificate \(signed.certificate); ssl_certificate_key \(signed.key); \(directives)")
    }
}

/// tinyproxy on a port of its own.
final class TinyProxy {
    /// `127.0.0.1:PORT`.
    let authority: String
    private let scratch: Scratch
    private let process: RunningProcess

    /// - Parameter user: `name password`, if it is to ask for them.
    init(user: String? = nil) throws {
        let port = try freePort()
        scratch = try Scratch()
        authority = "127.0.0.1:\(port)"
        try scratch.file(
            "tinyproxy.conf",
            """
            Port \(port)
            Listen 127.0.0.1
            Timeout 60
            MaxClients 50
            LogFile "\(scratch.path("log"))"
            LogLevel Connect
            \(user.map { "BasicAuth \($0)" } ?? "")
            """)
        process = try RunningProcess("tinyproxy", ["-d", "-c", scratch.path("tinyproxy.conf")])
        let started = process
        let isUp = started.waits { (try? run("curl", ["-s", "-o", "/dev/null", "http://\(authority)/"]).status) == 0 }
        try #require(isUp, "tinyproxy did not start: \(started.stderr)\(started.stdout)")
    }

    deinit { stop(process) }

    /// What clients asked of it: `GET http://…` and `CONNECT …`.
    var requests: [String] {
        let log = (try? String(contentsOfFile: scratch.path("log"), encoding: .utf8)) ?? ""
        return log.split(separator: "\n").compactMap { line in
            line.range(of: "Request (file descriptor").map { String(line[$0.upperBound...]) }
        }.filter { !$0.contains("GET / ") }
    }
}

extension SyncFixture {
    /// Whether a text stands anywhere in the cache's own files.
    func cacheHolds(_ text: String) throws -> Bool { try run("grep", ["-rqF", text, target]).status == 0 }

    /// All that a run said.
    static func said(_ result: RunResult) -> String { result.stdout + result.stderr }
}
