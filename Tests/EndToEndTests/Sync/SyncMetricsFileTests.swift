import Foundation
import GlareTestSupport
import Testing

/// `sync --metrics-file`, as a monitor sees it.
@Suite struct SyncMetricsFileTests {
    private let host: SyncFixture
    private let file: String

    init() throws {
        host = try SyncFixture(offersTransfer: true)
        file = try host.scratch.directory("textfiles") + "/glare.prom"
    }

    /// The value of a metric, by its name without `glare_sync_`, and its labels but for the cache's.
    private func value(_ name: String, _ labels: String = "") throws -> Double? {
        let start = "glare_sync_\(name){target=\"\(host.target)\"\(labels)} "
        let line = try String(contentsOfFile: file, encoding: .utf8).components(separatedBy: "\n").first {
            $0.hasPrefix(start)
        }
        return line.flatMap { Double($0.dropFirst(start.count)) }
    }

    private func way(_ way: String) throws -> Double { try value("fetched_bytes_total", ",way=\"\(way)\"") ?? -1 }
    private func images(_ outcome: String) throws -> Double? { try value("images", ",outcome=\"\(outcome)\"") }

    @Test func countsOverRunsAndTellsOfTheLast() throws {
        let start = Date().timeIntervalSince1970
        try host.publish(seed: 1)
        try host.publish("other", seed: 2)
        try host.mustSync(host.fileServer, "--metrics-file", file)
        #expect(try images("updated") == 2 && images("failed") == 0)
        #expect(try value("last_exit_status") == 0)
        #expect(try value("last_success_timestamp_seconds") ?? 0 >= start.rounded(.down))
        #expect(try value("last_success_timestamp_seconds") == value("last_run_timestamp_seconds"))
        #expect(try value("last_duration_seconds") ?? 0 > 0)
        let before = try way("frames") + way("plain")
        #expect(before >= 131_072)
        #expect(try way("delta") == 0 && way("other") > 0)

        try host.mustSync(host.fileServer, "--metrics-file", file)
        #expect(try images("current") == 2 && images("updated") == 0)
        #expect(try value("runs_total", ",result=\"success\"") == 2 && value("images_updated_total") == 2)
        #expect(try way("frames") + way("plain") == before)
        #expect(MetricsText(try String(contentsOfFile: file, encoding: .utf8)).faults == [])
        #expect(try mustRun("stat", ["-c", "%a", file]) == "644\n")
        #expect(try FileManager.default.contentsOfDirectory(atPath: host.scratch.path("textfiles")) == ["glare.prom"])
    }

    @Test func aDeltaIsCountedAsOne() throws {
        let transfer = try TransferFixture()
        try transfer.publish(TextDisk())
        let arguments = ["sync", "-s", transfer.host.fileServer, "-t", transfer.host.target, "--metrics-file", file]
        try #require(transfer.host.publisher.glare(arguments).status == 0)
        try transfer.publish(TextDisk().changed(2, seed: 5))
        try #require(transfer.host.publisher.glare(arguments).status == 0)
        let text = try String(contentsOfFile: file, encoding: .utf8)
        #expect(text.contains(/way="delta"} [1-9]/) && text.contains(/way="frames"} [1-9]/))
    }

    @Test("a failure is counted as well, and keeps the time of the last success", arguments: Failure.allCases)
    private func failed(_ failure: Failure) throws {
        let first = try host.publish(seed: 1)
        try host.mustSync(host.fileServer, "--metrics-file", file)
        let success = try value("last_success_timestamp_seconds")
        let result: RunResult
        switch failure {
        case .image:
            let second = try host.publish(seed: 2)
            for name in try host.publisher.names(in: "transfer") {
                try FileManager.default.removeItem(atPath: host.publisher.path("transfer/\(name)"))
            }
            try FileManager.default.removeItem(atPath: host.publisher.path(second.path))
            result = try host.sync(host.fileServer, "--retries", "0", "--metrics-file", file)
        case .server:
            result = try host.sync("http://127.0.0.1:\(freePort())", "--retries", "0", "--metrics-file", file)
        case .trust:
            result = try host.sync(
                host.fileServer, "--trusted-key", "RWTpOluCjZxKiQzUiGzEwXRj5OPV8Q1MnXDQJoZiCcTLW8rrkzb8Tvn9",
                "--metrics-file", file)
        case .setting:
            result = try host.sync(host.fileServer, "--metrics-file", file, environment: ["GLARE_JOBS": "none"])
        }
        #expect(result.status == failure.status, "\(result.stderr)")
        #expect(try value("last_exit_status") == Double(failure.status))
        #expect(try value("runs_total", ",result=\"failure\"") == 1)
        #expect(try value("runs_total", ",result=\"success\"") == 1)
        #expect(try value("images_failed_total") == (failure == .image ? 1 : 0))
        #expect(try value("last_success_timestamp_seconds") == success)
        #expect(try host.digest() == first.sha256)
    }

    private enum Failure: CaseIterable {
        case image, server, trust, setting
        var status: Int32 {
            switch self {
            case .image, .server: 69
            case .trust: 76
            case .setting: 78
            }
        }
    }

    @Test func aDryRunAndOneThatFindsTheCacheBusyWriteNothing() throws {
        try host.publish(seed: 1)
        try host.mustSync(host.fileServer, "--dry-run", "--metrics-file", file)
        #expect(!FileManager.default.fileExists(atPath: file))
        try host.mustSync(host.fileServer)
        let holder = try RunningProcess("flock", ["--no-fork", host.path(".glare/lock"), "sleep", "60"])
        try #require(
            holder.waits(until: { (try? run("flock", ["-n", host.path(".glare/lock"), "true"]).status) == 1 }))
        try host.mustSync(host.fileServer, "--metrics-file", file)
        #expect(!FileManager.default.fileExists(atPath: file))
    }

    @Test func whatCanNotBeWrittenIsToldAndKeepsNoImageFromItsHost() throws {
        let version = try host.publish(seed: 1)
        let result = try host.mustSync(
            host.fileServer, environment: ["GLARE_METRICS_FILE": host.scratch.path("missing/glare.prom")])
        #expect(result.stderr.contains("missing") && result.stderr.contains("glare: "))
        #expect(try host.digest() == version.sha256)
        try FileManager.default.createDirectory(atPath: file, withIntermediateDirectories: true)
        #expect(try host.mustSync(host.fileServer, "--metrics-file", file).stderr.contains(file))
    }

    /// A collector that looks at any moment has a whole file.
    @Test func isReplacedInOneStep() throws {
        try host.publish(seed: 1)
        try host.mustSync(host.fileServer, "--metrics-file", file)
        let last = try host.scratch.file("last", "")
        try FileManager.default.removeItem(atPath: last)
        try mustRun("ln", [file, last])
        let text = try String(contentsOfFile: file, encoding: .utf8)
        try host.mustSync(host.fileServer, "--metrics-file", file)
        #expect(try String(contentsOfFile: last, encoding: .utf8) == text)
        #expect(try String(contentsOfFile: file, encoding: .utf8) != text)
    }
}
