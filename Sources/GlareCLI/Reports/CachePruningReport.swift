import GlareModel
import GlareSync

/// What `prune` tells of a cache.
struct CachePruningReport: Encodable {
    let target: String
    let dryRun: Bool
    let versions: [Version]
    /// Bytes on disk of what went, or would.
    let removedSize: Int64

    struct Version: Encodable {
        let image: ImageName?
        let version: VersionID?
        let path: String
        /// Bytes on disk.
        let size: Int64
        /// `kept`, `removed`, or in a dry run `would-be-removed`.
        let outcome: String
        let reasons: [Reason]
    }

    struct Reason: Encodable {
        let reason, message: String
    }

    enum CodingKeys: String, CodingKey {
        case target, versions
        case dryRun = "dry_run"
        case removedSize = "removed_size"
    }

    init(_ versions: [PrunedVersion], of pruning: CachePruning, dryRun: Bool) {
        target = pruning.target
        self.dryRun = dryRun
        let outcome = dryRun ? "would-be-removed" : "removed"
        self.versions = versions.map { version in
            Version(
                image: version.name?.image, version: version.name?.id, path: version.path, size: version.size,
                outcome: version.reasons.isEmpty ? outcome : "kept",
                reasons: version.reasons.map { Reason(reason: $0.word, message: $0.description) })
        }
        removedSize = versions.reduce(0) { $0 + ($1.reasons.isEmpty ? $1.size : 0) }
    }

    func tell(_ output: Output) throws {
        try output.json(self)
        for version in versions {
            let reasons = version.reasons.map(\.message).joined(separator: "; ")
            output.result(
                "\(version.path): \(version.reasons.isEmpty ? gone(version) : "kept: \(reasons)")")
        }
        let count = versions.filter(\.reasons.isEmpty).count
        output.result(
            "\(Readable.count(count, "version")) \(dryRun ? "would be removed" : "removed"), \(Readable.size(removedSize)) on disk; \(versions.count - count) kept"
        )
    }

    private func gone(_ version: Version) -> String { "\(dryRun ? "would be removed" : "removed"): nothing uses it" }
}
