import FoundationEssentials
import GlareModel
import GlareSync
import GlareSystem
import SystemPackage

/// What `sync` leaves for node_exporter's textfile collector: the last run, and counts over all runs.
///
/// The file itself is the memory of the counts. Where it is lost, or is not ours, they begin at 0, which
/// Prometheus takes for a restart. Source of the format: Prometheus, "Exposition formats", text-based.
struct SyncMetrics: Equatable {
    /// Bytes by way, and `other` for catalogues, records, and what came to nothing.
    static let ways = ["delta", "frames", "plain", "other"]
    static let outcomes = ["current", "updated", "failed", "other"]
    /// What is beyond was not counted, and sums of it would overflow.
    private static let counts: ClosedRange<Int64> = 0...1 << 62

    /// The cache: several on one host are told apart by it.
    let target: String
    /// Seconds since 1970; 0 for never.
    private(set) var lastRun: Int64 = 0
    private(set) var lastSuccess: Int64 = 0
    private(set) var exitStatus: Int32 = 0
    /// Seconds.
    private(set) var duration: Double = 0
    /// At the last run that came so far as to look at them.
    private(set) var images: [String: Int64] = [:]
    private(set) var successes: Int64 = 0
    private(set) var failures: Int64 = 0
    private(set) var fetched: [String: Int64] = [:]
    private(set) var updatedImages: Int64 = 0
    private(set) var failedImages: Int64 = 0

    init(target: String) { self.target = target }

    /// What a run ended with.
    struct Run {
        let end: Date
        let duration: Duration
        let status: Int32
        /// Nil for one that did not come so far.
        let report: SyncReport?
    }

    mutating func add(_ run: Run) {
        lastRun = Int64(run.end.timeIntervalSince1970)
        duration = Readable.milliseconds(run.duration)
        exitStatus = run.status
        if run.status == 0 {
            lastSuccess = lastRun
            successes += 1
        } else {
            failures += 1
        }
        if let report = run.report { add(report) }
    }

    private mutating func add(_ report: SyncReport) {
        images = [:]
        var other = report.fetched
        for (_, outcome) in report.images {
            switch outcome {
            case .current: images["current", default: 0] += 1
            case .updated(_, _, let way, let bytes):
                images["updated", default: 0] += 1
                updatedImages += 1
                if Self.ways.contains(way.rawValue) { fetched[way.rawValue, default: 0] += bytes }
                other -= bytes
            case .failed:
                images["failed", default: 0] += 1
                failedImages += 1
            case .adopted, .pinned, .wouldUpdate, .leftAlone, .setAside, .withdrawn, .gone:
                images["other", default: 0] += 1
            }
        }
        fetched["other", default: 0] += max(0, other)
    }
}

// MARK: The text

extension SyncMetrics {
    var text: String {
        [
            family("last_run_timestamp_seconds", "gauge", "When the last sync ended.", ["": "\(lastRun)"]),
            family(
                "last_success_timestamp_seconds", "gauge",
                "When a sync last ended with every wanted image current; 0 for never.", ["": "\(lastSuccess)"]),
            family("last_exit_status", "gauge", "What the last sync ended with, 0 for success.", ["": "\(exitStatus)"]),
            family("last_duration_seconds", "gauge", "How long the last sync took.", ["": "\(duration)"]),
            family(
                "images", "gauge", "Images at the last sync, by what became of them.",
                Self.samples(images, "outcome", Self.outcomes)),
            family(
                "runs_total", "counter", "Syncs by how they ended.",
                Self.samples(["success": successes, "failure": failures], "result", ["success", "failure"])),
            family(
                "fetched_bytes_total", "counter",
                "Bytes that were fetched, by the way they came; other: catalogues, and what came to nothing.",
                Self.samples(fetched, "way", Self.ways)),
            family("images_updated_total", "counter", "Images that were brought up to date.", ["": "\(updatedImages)"]),
            family("images_failed_total", "counter", "Images that could not be brought.", ["": "\(failedImages)"]),
        ].joined()
    }

    private static func samples(_ values: [String: Int64], _ label: String, _ keys: [String]) -> [String: String] {
        Dictionary(uniqueKeysWithValues: keys.map { (",\(label)=\"\($0)\"", "\(values[$0] ?? 0)") })
    }

    /// - Parameter samples: By their labels, but for the cache's.
    private func family(_ name: String, _ type: String, _ help: String, _ samples: [String: String]) -> String {
        let lines = samples.sorted { $0.key < $1.key }.map { labels, value in
            "glare_sync_\(name){target=\"\(Self.escaped(target))\"\(labels)} \(value)\n"
        }
        return "# HELP glare_sync_\(name) \(help)\n# TYPE glare_sync_\(name) \(type)\n\(lines.joined())"
    }

    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }

    /// What an earlier run left, as far as it is ours: of this cache.
    init(target: String, continuing text: String) {
        self.init(target: target)
        func value(_ name: String, _ labels: String = "") -> Int64 {
            let start = "glare_sync_\(name){target=\"\(Self.escaped(target))\"\(labels)} "
            let line = text.split(separator: "\n").first { $0.hasPrefix(start) }
            let number = line.flatMap { Int64($0.dropFirst(start.count)) } ?? 0
            return Self.counts.contains(number) ? number : 0
        }
        lastSuccess = value("last_success_timestamp_seconds")
        for outcome in Self.outcomes { images[outcome] = value("images", ",outcome=\"\(outcome)\"") }
        successes = value("runs_total", ",result=\"success\"")
        failures = value("runs_total", ",result=\"failure\"")
        for way in Self.ways { fetched[way] = value("fetched_bytes_total", ",way=\"\(way)\"") }
        updatedImages = value("images_updated_total")
        failedImages = value("images_failed_total")
    }
}

/// Where the metrics of a cache go.
struct SyncMetricsFile {
    /// Absolute.
    let path: String
    let target: String

    /// 64 KiB: what is larger is not ours.
    private static let sizeLimit = 64 << 10

    /// Adds a run. Where that fails it is told, and the sync goes by what it did.
    ///
    /// - Parameter report: Nil for a run that did not come so far.
    func record(_ report: SyncReport?, in duration: Duration, _ status: ExitStatus, _ output: Output) {
        do {
            try replace(
                SyncMetrics.Run(end: Date(), duration: duration, status: status.rawValue, report: report))
        } catch {
            output.warn("the metrics are not written: \(error)")
        }
    }

    /// Throws what would keep a sync from writing it.
    func requireWritable() throws {
        let (directory, name) = try place()
        try directory.requireWritable()
        if try directory.status(of: name)?.kind == .directory {
            throw SystemError("write to", path, code: .isDirectory)
        }
    }

    private func place() throws -> (Directory, name: String) {
        let parts = path.split(separator: "/").map(String.init)
        guard let name = parts.last else {
            throw SystemError("write to", path, code: .isDirectory)
        }
        return (try Directory.open("/" + parts.dropLast().joined(separator: "/")), name)
    }

    /// In one step: whoever reads the file has the one before or this.
    private func replace(_ run: SyncMetrics.Run) throws {
        let (directory, name) = try place()
        let before = (try? directory.fileIfPresent(name)?.readAll(limit: Self.sizeLimit)) ?? []
        var metrics = SyncMetrics(target: target, continuing: String(decoding: before, as: UTF8.self))
        metrics.add(run)
        // Readable for the exporter, which is another user.
        try directory.publish(
            Array(metrics.text.utf8), as: name, attributes: FileAttributes(mode: 0o644, owner: .ofThisProcess),
            scratch: directory)
    }
}
