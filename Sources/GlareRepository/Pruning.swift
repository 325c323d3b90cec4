import FoundationEssentials
public import GlareModel
import GlareSystem

/// What is to go.
public struct PruneRequest: Sendable {
    /// Images whose versions are looked at; none: all.
    public var images: [ImageName]
    /// Versions of each image that stay, the newest first; nil: by age alone.
    public var keep: Int?
    /// Only versions that have not been current for so many seconds, or more; nil: by number alone.
    public var olderThan: Int64?
    public var dryRun: Bool

    public init(images: [ImageName], keep: Int?, olderThan: Int64?, dryRun: Bool) {
        (self.images, self.keep, self.olderThan, self.dryRun) = (images, keep, olderThan, dryRun)
    }
}

public struct PruneResult: Sendable {
    /// Versions that leave the catalogue.
    public let retired: [RetiredVersion]
    /// Files that nothing referred to: path in the repository.
    public let unreferenced: [String]
    /// Files that are gone now, and bytes that they took on disk.
    public let removedFiles: Int
    public let freed: Int64
    /// The same of those that wait for the end of their grace time.
    public let waitingFiles: Int
    public let waiting: Int64
}

extension Repository {
    /// Takes versions out of the catalogue, and after the grace time removes them, what hosts fetched of them, and
    /// whatever else in the repository's own directories nothing refers to.
    ///
    /// - Throws: `InvalidReference`, `SystemError`.
    public func prune(_ request: PruneRequest) throws -> PruneResult {
        let (known, state) = try survey()
        if request.dryRun {
            let holdings = Holdings(files: known.versions, links: try links(), state: state)
            let pruning = try Pruning(request, holdings, state, listed: listed(publishedCatalogue()), now: .now)
            return try wouldPrune(pruning, known, state)
        }
        let (pruning, change) = try completed(known: known) { change in
            let pruning = try Pruning(
                request, change.holdings, change.state, listed: listed(change.last), now: change.now)
            for path in pruning.paths { change.retire(path) }
            try change.refresh()
            return pruning
        }
        let waiting = try change.state.retired.keys.compactMap(bytesFreed)
        return PruneResult(
            retired: pruning.versions.map(RetiredVersion.init), unreferenced: pruning.unreferenced,
            removedFiles: change.freed.count, freed: change.freed.values.reduce(0, +), waitingFiles: waiting.count,
            waiting: waiting.reduce(0, +))
    }

    /// The versions that hosts can see.
    private func listed(_ last: Catalogue?) throws -> Set<VersionName> {
        let records = try last.map(records) ?? []
        return Set((last?.rows ?? []).map(\.version))
            .union(records.flatMap { record in record.versions.map { VersionName(record.name, $0.id) } })
    }

    /// What ``prune(_:)`` would tell.
    private func wouldPrune(_ pruning: Pruning, _ known: Survey, _ state: RepositoryState) throws -> PruneResult {
        let now = FileTime.now.seconds
        let grace = Double(options.grace)
        let due = state.retired.filter { Double(now) - $0.value.timeIntervalSince1970 >= grace }
        let gone = Set(pruning.versions.map(\.name))
        let transfers = known.transfers.keys.filter { fileName in
            TransferName(fileName: fileName).map { gone.contains($0.version) } ?? false
        }.map { "\(RepositoryLayout.transfer)/\($0)" }
        let leaving = Set(pruning.paths + transfers + state.retired.keys)
        let removed = options.grace == 0 ? leaving : Set(due.keys)
        let removedSizes = try removed.compactMap(bytesFreed)
        let waiting = try leaving.subtracting(removed).compactMap(bytesFreed)
        return PruneResult(
            retired: pruning.versions.map(RetiredVersion.init), unreferenced: pruning.unreferenced,
            removedFiles: removedSizes.count, freed: removedSizes.reduce(0, +), waitingFiles: waiting.count,
            waiting: waiting.reduce(0, +))
    }
}

/// What of a repository is to go.
private struct Pruning {
    /// Oldest first, image by image.
    let versions: [HeldVersion]
    /// Files in the archive that no symlink leads to, not by way of their image either.
    let unreferenced: [String]

    var paths: [String] { versions.map { RepositoryLayout.path(of: $0.name) } + unreferenced }

    /// - Parameter listed: What the last catalogue has: a loss takes none of it.
    init(
        _ request: PruneRequest, _ holdings: Holdings, _ state: RepositoryState, listed: Set<VersionName>,
        now: FileTime
    ) throws {
        let named = try request.images.map { try holdings.image(ImageReference($0)) }
        let images = request.images.isEmpty ? holdings.images : named
        versions = images.flatMap { image -> [HeldVersion] in
            guard request.keep != nil || request.olderThan != nil else { return [] }
            return image.beyond(request.keep ?? 1).reversed().filter {
                now.seconds - image.lastCurrent($0).seconds >= request.olderThan ?? .min
            }
        }
        let held = Set(holdings.images.flatMap(\.versions).map(\.name))
        // A current version that is torn is its image's still: `rebuild-index` tells of it.
        let damaged = Set(holdings.notListed.compactMap(\.image))
        let loose = state.files.keys.compactMap(VersionName.init(fileName:)).filter {
            !held.contains($0) && !damaged.contains($0.image) && state.retired[RepositoryLayout.path(of: $0)] == nil
        }
        // The catalogue that this publishes would not have them any more, and the next run would take them.
        let lost = Set(loose.filter(listed.contains).map(\.image))
            .filter { holdings.image($0) == nil && state.leaving?[$0.text] == nil }
        guard !request.images.isEmpty || lost.isEmpty else { throw RepositoryError.linksLost(lost.sorted()) }
        unreferenced =
            request.images.isEmpty
            ? loose.filter { !listed.contains($0) }.map(RepositoryLayout.path(of:)).sorted() : []
    }
}

extension HeldImage {
    /// When a version stopped being the current one: when the next newer one became it.
    fileprivate func lastCurrent(_ version: HeldVersion) -> FileTime {
        let newer = versions.prefix { $0.name != version.name }
        return newer.last?.modified ?? version.modified
    }
}
