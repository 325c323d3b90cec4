import FoundationEssentials
import GlareModel
import GlareRepository

/// What `set-current` tells.
struct SetCurrentReport: Encodable {
    let name: ImageName
    let version, previous: VersionID
    let outcome: Outcome
    /// What a host without anything fetches, in bytes.
    let framesSize: Int64
    let deltas: [AddImageReport.Delta]
    let unfinishedDeltas: Int

    enum Outcome: String, Encodable {
        case current
        case alreadyCurrent = "already-current"
    }

    enum CodingKeys: String, CodingKey {
        case name, version, previous, outcome, deltas
        case framesSize = "frames_size"
        case unfinishedDeltas = "unfinished_deltas"
    }

    init(_ result: SetCurrentResult) {
        (name, version, previous) = (result.version.image, result.version.id, result.previous)
        outcome = result.version.id == result.previous ? .alreadyCurrent : .current
        framesSize = result.transfer.framesSize
        deltas = result.transfer.deltas.map { AddImageReport.Delta(base: $0.base, size: $0.content.size) }
        unfinishedDeltas = result.transfer.unfinishedDeltas
    }

    func tell(_ output: Output) throws {
        switch outcome {
        case .alreadyCurrent: output.result("\(name): version \(version) is current already; nothing was changed")
        case .current:
            output.result("\(name): version \(version) is current, after \(previous)")
            let cost = AddImageReport.cost(framesSize: framesSize, deltas: deltas)
            output.result("\(name): hosts that have it fetch nothing, others \(cost)")
        }
        AddImageReport.warn(of: unfinishedDeltas, name, output)
        try output.json(self)
    }
}

/// What `withdraw`, `protect`, `unprotect` and `annotate` tell: the version as it is said to be now.
struct MarksReport: Encodable {
    let name: ImageName
    let version: VersionID
    let current: Bool
    let changed: Bool
    let protected: Bool
    let withdrawn: Withdrawal?
    let properties: ImageProperties

    init(_ marked: MarkedVersion) {
        (name, version) = (marked.version.image, marked.version.id)
        (current, changed) = (marked.isCurrent, marked.isChanged)
        protected = marked.marks.isProtected == true
        withdrawn = marked.marks.withdrawn
        properties = marked.marks.properties ?? ImageProperties()
    }

    func tell(_ output: Output, _ text: String) throws {
        output.result("\(name): version \(version): \(text)\(changed ? "" : "; nothing was changed")")
        try output.json(self)
    }
}

/// What `remove` tells.
struct RemoveReport: Encodable {
    let name: ImageName
    /// Whether the name went too.
    let wholeImage: Bool
    let versions: [AddImageReport.Version]
    /// Bytes that are free now.
    let freed: Int64
    let dryRun: Bool

    private let result: RemovalResult

    enum CodingKeys: String, CodingKey {
        case name, versions, freed
        case wholeImage = "whole_image"
        case dryRun = "dry_run"
    }

    init(_ result: RemovalResult, dryRun: Bool) {
        self.result = result
        (name, wholeImage, freed, self.dryRun) = (result.image, result.isWholeImage, result.freed, dryRun)
        versions = result.versions.map(AddImageReport.Version.init)
    }

    func tell(_ output: Output, grace: Int64) throws {
        let verb = dryRun ? "would leave" : "left"
        for version in result.versions {
            output.result(
                "\(name): version \(version.name.id) \(verb) the catalogue; \(AddImageReport.removal(of: version.dataSize, grace))"
            )
        }
        if wholeImage {
            output.result(
                "\(name): \(dryRun ? "would be" : "is") gone from the repository; hosts keep theirs until `glare sync --delete`"
            )
        }
        try output.json(self)
    }
}

/// What `prune` tells.
struct PruneReport: Encodable {
    struct Version: Encodable {
        let name: ImageName
        let id: VersionID
        let dataSize: Int64
        let modified: Date

        enum CodingKeys: String, CodingKey {
            case name, id, modified
            case dataSize = "data_size"
        }
    }

    let retired: [Version]
    let unreferenced: [String]
    let removedFiles: Int
    let freed: Int64
    let waitingFiles: Int
    let waiting: Int64
    let dryRun: Bool

    enum CodingKeys: String, CodingKey {
        case retired, unreferenced, freed, waiting
        case removedFiles = "removed_files"
        case waitingFiles = "waiting_files"
        case dryRun = "dry_run"
    }

    init(_ result: PruneResult, dryRun: Bool) {
        retired = result.retired.map {
            Version(name: $0.name.image, id: $0.name.id, dataSize: $0.dataSize, modified: $0.modified)
        }
        unreferenced = result.unreferenced
        (removedFiles, freed) = (result.removedFiles, result.freed)
        (waitingFiles, waiting) = (result.waitingFiles, result.waiting)
        self.dryRun = dryRun
    }

    func tell(_ output: Output, grace: Int64) throws {
        let would = dryRun ? "would leave" : "left"
        for version in retired {
            output.result(
                "\(version.name): version \(version.id), which became current \(Readable.age(of: version.modified)), \(would) the catalogue: \(Readable.size(version.dataSize))"
            )
        }
        for path in unreferenced { output.result("\(path): nothing refers to it; it \(dryRun ? "would go" : "goes")") }
        output.result(
            "\(Readable.size(freed)) \(dryRun ? "would be" : "are") freed now, of \(Readable.count(removedFiles, "file"))"
        )
        if waitingFiles > 0 {
            output.result(
                "\(Readable.size(waiting)) of \(Readable.count(waitingFiles, "file")) go with the first command that writes when they have been out of the catalogue for \(Readable.span(grace))"
            )
        }
        try output.json(self)
    }
}
