import Foundation
import GlareModel
import GlareSync
import GlareTestSupport
import Testing

@testable import GlareCLI

@Suite("sync's metrics: counts go on, and the text is Prometheus's")
struct SyncMetricsTests {
    private static let id = VersionID(SHA256Digest(of: [1]))

    private func run(
        _ outcomes: [ImageOutcome]?, status: Int32 = 0, at seconds: TimeInterval = 1_767_323_045.9, fetched: Int64 = 0
    ) throws -> SyncMetrics.Run {
        var report = SyncReport()
        report.images = try (outcomes ?? []).enumerated().map { (try ImageName("disk-\($0)"), $1) }
        report.fetched = fetched
        return SyncMetrics.Run(
            end: Date(timeIntervalSince1970: seconds), duration: .milliseconds(1234), status: status,
            report: outcomes == nil ? nil : report)
    }

    private func updated(_ way: TransferPlan.Kind, _ bytes: Int64) -> ImageOutcome {
        .updated(from: nil, to: Self.id, by: way, fetched: bytes)
    }

    @Test("what each kind of image counts as, and bytes by the way that they came")
    func counts() throws {
        var metrics = SyncMetrics(target: "/cache")
        metrics.add(
            try run(
                [
                    updated(.delta, 40), updated(.frames, 200), updated(.frames, 1), updated(.plain, 4000),
                    updated(.archive, 0), .current(Self.id), .adopted(Self.id), .leftAlone(reason: "x"),
                    .failed(CancellationError()),
                ], status: 69, fetched: 4300))
        for line in [
            #"glare_sync_last_run_timestamp_seconds{target="/cache"} 1767323045"#,
            #"glare_sync_last_success_timestamp_seconds{target="/cache"} 0"#,
            #"glare_sync_last_exit_status{target="/cache"} 69"#,
            #"glare_sync_last_duration_seconds{target="/cache"} 1.234"#,
            #"glare_sync_images{target="/cache",outcome="current"} 1"#,
            #"glare_sync_images{target="/cache",outcome="updated"} 5"#,
            #"glare_sync_images{target="/cache",outcome="failed"} 1"#,
            #"glare_sync_images{target="/cache",outcome="other"} 2"#,
            #"glare_sync_runs_total{target="/cache",result="failure"} 1"#,
            #"glare_sync_runs_total{target="/cache",result="success"} 0"#,
            #"glare_sync_fetched_bytes_total{target="/cache",way="delta"} 40"#,
            #"glare_sync_fetched_bytes_total{target="/cache",way="frames"} 201"#,
            #"glare_sync_fetched_bytes_total{target="/cache",way="plain"} 4000"#,
            #"glare_sync_fetched_bytes_total{target="/cache",way="other"} 59"#,
            #"glare_sync_images_updated_total{target="/cache"} 5"#,
            #"glare_sync_images_failed_total{target="/cache"} 1"#,
        ] { #expect(metrics.text.contains(line + "\n"), "\(line)") }
    }

    /// With a cache whose name has all that must be escaped.
    private func someText() throws -> String {
        var metrics = SyncMetrics(target: "/a \"b\"\\\nc")
        metrics.add(try run([updated(.delta, 40), .current(Self.id)], fetched: 50))
        return metrics.text
    }

    @Test("the text is Prometheus'")
    func format() throws {
        #expect(MetricsText(try someText()).faults == [])
        #expect(try MetricsText.promtool(try someText()) == "")
        #expect(MetricsText(SyncMetrics(target: "/cache").text).faults == [])
    }

    @Test("a run goes on from the text of the one before; one that failed keeps the time of the last success")
    func continued() throws {
        var first = SyncMetrics(target: "/a \"b\"\\\nc")
        first.add(try run([updated(.delta, 40)], fetched: 50))
        #expect(first.text.contains(#"{target="/a \"b\"\\\nc"} 1767323045"#))
        var second = SyncMetrics(target: first.target, continuing: first.text)
        second.add(try run(nil, status: 76, at: 1_767_323_100))
        var third = SyncMetrics(target: first.target, continuing: second.text)
        #expect(third.lastSuccess == 1_767_323_045 && third.failures == 1 && third.successes == 1)
        #expect(third.images["updated"] == 1, "a run that saw no image says nothing of them")
        third.add(try run([updated(.delta, 2), .current(Self.id)], fetched: 2))
        #expect(third.fetched["delta"] == 42 && third.fetched["other"] == 10)
        #expect(third.updatedImages == 2 && third.images == ["updated": 1, "current": 1])
    }

    @Test(
        "what is not ours, or of another cache, counts for nothing",
        arguments: [
            "", "no metrics", "glare_sync_images_updated_total{target=\"/other\"} 5\n",
            "glare_sync_images_updated_total{target=\"/cache\"} -5\n",
            "glare_sync_images_updated_total{target=\"/cache\"} 99999999999999999999\n",
            "glare_sync_images_updated_total{target=\"/cache\"} \(Int64.max)\n",
            "glare_sync_images_updated_total 5\n",
        ])
    func foreign(text: String) throws {
        #expect(SyncMetrics(target: "/cache", continuing: text).updatedImages == 0)
    }
}
