import FoundationEssentials
import GlareModel
import GlareRepository

/// What `add-image` tells: lines for people, one object for programs.
struct AddImageReport: Encodable {
    let name: ImageName
    let version: VersionID
    let outcome: Outcome
    let sha256: SHA256Digest
    let size, dataSize, virtualSize: Int64
    let diskFormat: String
    /// What a host without anything fetches, in bytes.
    let framesSize: Int64
    let deltas: [Delta]
    /// Those that `rebuild-index` has to make.
    let unfinishedDeltas: Int
    /// Taken out of the catalogue by this publish.
    let retired: [Version]
    /// Kept although the limit is lower.
    let beyondLimit: [Version]
    let seconds: Double

    private let result: AddResult
    private let time: Duration
    private let grace: Int64

    enum Outcome: String, Encodable {
        case published
        case currentAgain = "current-again"
        case alreadyCurrent = "already-current"
    }

    struct Version: Encodable {
        let id: VersionID
        let dataSize: Int64
        let modified: Date

        init(_ version: RetiredVersion) {
            (id, dataSize, modified) = (version.name.id, version.dataSize, version.modified)
        }

        enum CodingKeys: String, CodingKey {
            case id, modified
            case dataSize = "data_size"
        }
    }

    struct Delta: Encodable {
        /// SHA-256 of the version that it starts from.
        let base: SHA256Digest
        let size: Int64
    }

    enum CodingKeys: String, CodingKey {
        case name, version, outcome, sha256, size, retired, seconds, deltas
        case framesSize = "frames_size"
        case unfinishedDeltas = "unfinished_deltas"
        case dataSize = "data_size"
        case virtualSize = "virtual_size"
        case diskFormat = "disk_format"
        case beyondLimit = "beyond_limit"
    }

    init(_ result: AddResult, in time: Duration, grace: Int64) {
        (self.result, self.time, self.grace) = (result, time, grace)
        (name, version) = (result.version.image, result.version.id)
        outcome =
            switch result.outcome {
            case .published: .published
            case .currentAgain: .currentAgain
            case .alreadyCurrent: .alreadyCurrent
            }
        sha256 = result.digests.sha256
        (size, dataSize, virtualSize) = (result.size, result.dataSize, result.virtualSize)
        diskFormat = result.diskFormat
        framesSize = result.framesSize ?? result.dataSize
        deltas = result.deltas.map { Delta(base: $0.base, size: $0.content.size) }
        unfinishedDeltas = result.unfinishedDeltas
        retired = result.retired.map(Version.init)
        beyondLimit = result.beyondLimit.map(Version.init)
        seconds = Readable.milliseconds(time)
    }

    func tell(_ output: Output) throws {
        output.result("\(name): \(what)")
        if outcome != .alreadyCurrent {
            output.result("\(name): hosts fetch \(Self.cost(framesSize: framesSize, deltas: deltas))")
        }
        Self.warn(of: unfinishedDeltas, name, output)
        output.detail("SHA-256 \(sha256)")
        for version in result.retired { output.result(Self.line(version, grace: grace)) }
        try output.json(self)
    }

    private var what: String {
        let facts = "\(Readable.size(size)), \(Readable.size(dataSize)) of data, \(diskFormat)"
        return switch outcome {
        case .published: "published version \(version) (\(facts)) in \(Readable.seconds(time))"
        case .currentAgain: "version \(version) was retained, and is current again"
        case .alreadyCurrent: "version \(version) is current already; nothing was changed"
        }
    }

    static func warn(of unfinishedDeltas: Int, _ name: ImageName, _ output: Output) {
        guard unfinishedDeltas > 0 else { return }
        output.warn(
            "\(name): \(Readable.count(unfinishedDeltas, "delta")) could not be made in time; `glare rebuild-index` makes them"
        )
    }

    /// What a version costs the hosts.
    static func cost(framesSize: Int64, deltas: [Delta]) -> String {
        let whole = "\(Readable.size(framesSize)) for all of it"
        guard let least = deltas.map(\.size).min(), let most = deltas.map(\.size).max() else { return whole }
        let sizes = least == most ? Readable.size(least) : "\(Readable.size(least)) to \(Readable.size(most))"
        return "\(sizes) by delta from \(Readable.count(deltas.count, "version")), \(whole)"
    }

    static func line(_ version: RetiredVersion, grace: Int64) -> String {
        "\(version.name.image): version \(version.name.id) is beyond the limit; \(removal(of: version.dataSize, grace))"
    }

    static func removal(of bytes: Int64, _ grace: Int64) -> String {
        let when =
            grace == 0
            ? "now"
            : "by the next command that writes after \(Readable.span(grace)), when no host downloads it any more"
        return "\(Readable.size(bytes)) are freed \(when)"
    }
}
