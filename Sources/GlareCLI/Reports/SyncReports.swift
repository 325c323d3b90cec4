import FoundationEssentials
import GlareModel
import GlareSync

extension Output {
    /// What was done goes to standard output, what is wrong to standard error; what is as it was is told
    /// to those who want to know all.
    func tell(_ event: SyncEvent) {
        switch event {
        case .image(let name, let outcome): tell(name, outcome)
        case .offered, .versionUsed, .removalPutOff: detail("\(event)")
        case .planned(let name, let plan): detail("\(name): \(Self.words(plan))")
        case .waiting: note("\(event)…")
        // What succeeds in the end is no news to those who want to know of failures alone.
        case .retrying, .mirrorLeft: if verbosity != .quiet { warn("\(event)") }
        case .wayLeft, .wrongVersion, .badName, .downloadDirectoryUnusable, .versionKept,
            .signatureEnds, .matchesNothing, .nothingWanted, .withdrawnVersionHere, .damaged:
            warn("\(event)")
        case .usesUnknown, .nameMovesUnseen: warn("\(event)")
        case .versionRemoved, .cacheIsShared: result("\(event)")
        }
    }

    private func tell(_ name: ImageName, _ outcome: ImageOutcome) {
        switch outcome {
        case .current(let id): detail("\(name): current, version \(id)")
        case .updated(let old, let id, let way, let bytes):
            let how =
                switch way {
                case .archive: "from the archive"
                case .delta: "\(Readable.size(bytes)) fetched, by delta"
                case .frames, .plain: "\(Readable.size(bytes)) fetched"
                }
            result("\(name): \(old == nil ? "new" : "updated"), version \(id), \(how)")
        case .wouldUpdate(let old, let id, let plan):
            let version = id.map { ", version \($0)" } ?? ""
            result("\(name): would be \(old == nil ? "new" : "updated")\(version), \(Self.words(plan))")
        case .adopted, .pinned, .gone(.removed), .gone(.wouldBeRemoved): result("\(name): \(outcome)")
        case .leftAlone, .setAside, .withdrawn, .gone(.kept), .gone(.foreign), .gone(.pinned):
            warn("\(name): \(outcome)")
        case .failed: Console.fail("\(name): \(outcome)")
        }
    }
}

extension Output {
    /// A step of the plan.
    fileprivate static func words(_ plan: TransferPlan) -> String {
        let way =
            switch plan.way {
            case .archive: "from the archive"
            case .delta(let base): "by delta from \(base)"
            case .frames: plan.reused > 0 ? "by frames, \(Readable.size(plan.reused)) of it here already" : "by frames"
            case .plain: "as a whole file"
            }
        return "\(way): \(Readable.size(plan.bytes)) to fetch in \(Readable.count(Int(plan.requests), "request"))"
    }
}

/// What `sync` tells at its end.
struct SyncSummary: Encodable {
    let target: String
    let servers: [String]
    let dryRun: Bool
    /// Who has the cache, if another sync does; then nothing was done.
    let busy: String?
    let images: [Image]
    /// Bytes and requests over the network.
    let fetched, requests: Int64
    /// Length of the images that changed, in bytes.
    let changedSize: Int64
    /// Nil where nobody looked, as in a dry run.
    let olderVersions: Int?
    let olderSize: Int64?
    let seconds: Double
    /// In a dry run, what the images would cost together.
    let planned: Cost?
    /// Whether a trusted key signed what was synced.
    let signed: Bool
    /// Why the catalogue was refused.
    let distrust: String?
    /// Versions here that their publisher withdrew.
    let withdrawn: [Withdrawn]

    struct Cost: Encodable {
        let bytes, requests: Int64
    }

    struct Withdrawn: Encodable {
        let name: ImageName
        let version: VersionID
        let since: Date
        let reason: String
    }

    /// Patterns of ONLY that match no image.
    let unmatched: [String]

    /// What kept it from going on after the images.
    let unfinished: String?

    private let changed, failed: Int
    private let isUnsignedNews: Bool
    private let time: Duration

    struct Image: Encodable {
        let name: ImageName
        let outcome: String
        var version: VersionID?
        var previous: VersionID?
        /// Bytes, or in a dry run those that would be.
        var fetched: Int64?
        /// `archive`, `delta`, `frames` or `plain`.
        var way: String?
        /// In a dry run: the version that a delta starts from, requests, and bytes that versions here have.
        var base: String?
        var requests, reused: Int64?
        /// Why, where the outcome does not say it.
        var message: String?
    }

    enum CodingKeys: String, CodingKey {
        case target, servers, busy, images, fetched, requests, seconds, planned, signed, withdrawn, unmatched
        case unfinished
        case distrust = "not_trusted"
        case dryRun = "dry_run"
        case changedSize = "changed_size"
        case olderVersions = "older_versions"
        case olderSize = "older_size"
    }

    init(_ report: SyncReport, of options: SyncOptions, in time: Duration) {
        target = options.target
        servers = options.servers.map(redacted)
        dryRun = options.dryRun
        busy = report.busy
        images = report.images.map { Image($0.name, $0.outcome) }
        (fetched, requests) = (report.fetched, report.requests)
        changedSize = report.changedSize
        (olderVersions, olderSize) = (report.olderVersions, report.olderSize)
        seconds = Readable.milliseconds(time)
        changed = report.images.filter { $0.outcome.isChange }.count
        failed = report.images.filter { if case .failed = $0.outcome { true } else { false } }.count
        unfinished = report.unfinished.map { "\($0)" }
        distrust = report.distrust?.word
        unmatched = report.unmatched
        (signed, isUnsignedNews) = (report.isSigned, report.isUnsignedNews)
        withdrawn = report.withdrawn.map {
            Withdrawn(name: $0.name, version: $0.id, since: $0.withdrawal.since, reason: $0.withdrawal.reason)
        }
        planned = options.dryRun ? Cost(of: report) : nil
        self.time = time
    }

    /// What was fetched, against what changed.
    private var share: String { changedSize > 0 ? " for \(Readable.size(changedSize)) of images" : "" }

    func tellPrograms(_ output: Output) throws { try output.json(self) }

    func tell(_ output: Output) throws {
        try tellPrograms(output)
        if let busy { return output.note("\(target) is being synced by \(busy); nothing to do here") }
        let requests = Readable.count(Int(self.requests), "request")
        let counts = "\(Readable.count(images.count, "image")), \(changed) \(dryRun ? "to change" : "changed")"
        let cost =
            planned.map {
                ": \(Readable.size($0.bytes)) to fetch in \(Readable.count(Int($0.requests), "request"))"
            } ?? ""
        output.result(
            "\(counts)\(failed > 0 ? ", \(failed) failed" : "")\(cost); \(Readable.size(fetched)) fetched\(share) in \(requests), \(Readable.seconds(time))"
        )
        if isUnsignedNews && !output.isJSON {
            output.note(
                "Nothing proves that these images are the publisher's: no TRUSTED_KEY is set. `man glare-keygen` tells of signatures."
            )
        }
        if let olderVersions, let olderSize, olderVersions > 0 {
            output.result(
                "\(Readable.count(olderVersions, "older version")) in the archive, \(Readable.size(olderSize)) on disk")
        }
        if let unfinished { Console.fail(unfinished) }
    }
}

extension SyncSummary.Cost {
    fileprivate init(of report: SyncReport) {
        let plans = report.images.compactMap { if case .wouldUpdate(_, _, let plan) = $0.outcome { plan } else { nil } }
        bytes = plans.reduce(0) { $0 + $1.bytes }
        requests = plans.reduce(0) { $0 + $1.requests }
    }
}

extension SyncSummary.Image {
    fileprivate init(_ name: ImageName, _ outcome: ImageOutcome) {
        self.init(name: name, outcome: outcome.word)
        switch outcome {
        case .current(let id), .adopted(let id): version = id
        case .updated(let old, let new, let way, let bytes):
            (previous, version, fetched, self.way) = (old, new, bytes, way.rawValue)
        case .wouldUpdate(let old, let new, let plan):
            (previous, version, fetched, way) = (old, new, plan.bytes, plan.kind.rawValue)
            (base, requests, reused) = (plan.base?.fileName, plan.requests, plan.reused)
        case .withdrawn(_, let here): (version, message) = (here, "\(outcome)")
        case .pinned(let id, _): (version, message) = (id, "\(outcome)")
        case .leftAlone, .setAside, .gone, .failed: message = "\(outcome)"
        }
    }
}

extension ImageOutcome {
    /// What programs get.
    fileprivate var word: String {
        switch self {
        case .current: "current"
        case .adopted: "adopted"
        case .updated(nil, _, _, _): "new"
        case .updated: "updated"
        case .wouldUpdate(nil, _, _): "would-be-new"
        case .wouldUpdate: "would-be-updated"
        case .leftAlone: "left-alone"
        case .setAside: "set-aside"
        case .withdrawn: "withdrawn"
        case .pinned: "pinned"
        case .gone(.kept), .gone(.foreign), .gone(.pinned): "gone-kept"
        case .gone(.wouldBeRemoved): "would-be-removed"
        case .gone(.removed): "removed"
        case .failed: "failed"
        }
    }

    fileprivate var isChange: Bool {
        switch self {
        case .updated, .wouldUpdate, .adopted, .gone(.removed), .gone(.wouldBeRemoved): true
        case .current, .pinned, .leftAlone, .setAside, .withdrawn, .gone(.kept), .gone(.foreign), .gone(.pinned),
            .failed:
            false
        }
    }
}
