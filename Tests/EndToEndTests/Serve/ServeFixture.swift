import Foundation
import GlareTestSupport
import Testing

/// `glare serve` of a repository, on a port of its own, while the object lives.
final class ServeFixture: Sendable {
    let process: RunningProcess
    /// The first that it told, without a slash at the end.
    let address: String

    init(_ repository: String, _ options: [String] = [], environment: [String: String] = [:]) throws {
        let listen = options.contains("--listen") ? [] : ["--listen", "127.0.0.1:0"]
        let process = try RunningProcess(
            GlareBinary.path, ["serve", "-d", repository] + listen + options,
            environment: GlareBinary.environment(environment))
        try #require(process.waits { process.stderr.contains(" at ") || !process.isRunning })
        let told = process.stderr.components(separatedBy: " at ").dropFirst().first ?? ""
        let address = told.prefix { !$0.isNewline && $0 != "," }
        try #require(!address.isEmpty, "\(process.stderr)")
        self.process = process
        self.address = String(address.hasSuffix("/") ? address.dropLast() : address)
    }

    /// Where the metrics are, without a slash at the end.
    var admin: String {
        (process.stderr.components(separatedBy: "Metrics at ").last ?? "")
            .trimmingCharacters(in: .whitespacesAndNewlines).replacing(/\/$/, with: "")
    }

    /// Ends it as the service manager does; answers its status.
    func end() -> Int32 {
        process.signal(SIGTERM)
        return process.wait()
    }
}
