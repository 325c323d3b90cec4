public import GlareModel
import GlareSystem

/// Which versions of a cache nothing needs any more.
struct VersionPruning {
    let archive: Directory
    let state: CacheState
    let policy: RetentionPolicy
    let survey: DiskSurvey
    /// Where several hosts have the cache: why that is known.
    let sharedBy: String?

    /// Looks at all versions.
    ///
    /// - Parameter remove: Takes the file of one away that nothing keeps, while nobody can open it.
    func run(removing remove: (String) throws -> Void) throws -> [PrunedVersion] {
        let newest = newestSuperseded()
        return try state.versions.keys.sorted().map { fileName in
            var reasons = self.reasons(fileName, newest)
            if reasons.isEmpty, let obstacle { reasons = [obstacle] }
            let size = try archive.status(of: fileName)?.allocated ?? 0
            if reasons.isEmpty { reasons = try removeIfClosed(fileName, remove) }
            return PrunedVersion(
                name: VersionName(fileName: fileName), path: archive.path(of: fileName), size: size, reasons: reasons)
        }
    }

    /// Why it stays, whoever has it open.
    private func reasons(_ fileName: String, _ newest: Set<String>) -> [KeepReason] {
        let cached = state.versions[fileName]
        var reasons: [KeepReason] = []
        if cached?.isSetAside == true {
            reasons.append(.setAside)
        } else if let superseded = cached?.superseded {
            if newest.contains(fileName) { reasons.append(.newest(of: policy.keepVersions)) }
            let left = superseded.seconds + keepUnused - FileTime.now.seconds
            if left > 0 { reasons.append(.recent(daysLeft: (left + 86399) / 86400)) }
        } else {
            reasons.append(.current)
        }
        if let disks = survey.versions[fileName] { reasons.append(.disks(disks.sorted())) }
        return reasons
    }

    /// Why nothing may be removed at all.
    private var obstacle: KeepReason? {
        sharedBy.map { .shared($0) } ?? survey.unseen.first.map { .unseen($0) }
    }

    private func removeIfClosed(_ fileName: String, _ remove: (String) throws -> Void) throws -> [KeepReason] {
        let file: File
        do {
            guard let opened = try archive.fileIfPresent(fileName) else {
                try remove(fileName)
                return []
            }
            file = opened
        } catch let error as SystemError {
            return [.unclear("\(error)")]
        }
        return try file.withOpenReason { reason in
            if let reason { return [reason] }
            try remove(fileName)
            return []
        }
    }

    /// A directory of disks that is empty tells as little as none.
    private var keepUnused: Int64 {
        survey.foundNothing ? max(policy.keepUnused, RetentionPolicy.blindKeepUnused) : policy.keepUnused
    }

    /// Of each image that still has its name, those that stay in any case: so a rollback costs nothing.
    private func newestSuperseded() -> Set<String> {
        let superseded = state.versions.compactMap { fileName, cached in
            cached.superseded.map { (fileName: fileName, since: $0, made: cached.stamp.modified) }
        }
        var counts: [String: Int] = [:]
        return Set(
            superseded.sorted { ($0.since, $0.made) > ($1.since, $1.made) }.compactMap { version in
                guard let image = VersionName(fileName: version.fileName)?.image.text, state.images[image] != nil,
                    state.versions[version.fileName]?.isSetAside != true
                else { return nil }
                counts[image, default: 0] += 1
                return counts[image, default: 0] <= policy.keepVersions ? version.fileName : nil
            })
    }
}

extension RetentionPolicy {
    /// Why the cache in this directory is taken for one of several hosts; nil where it is ours alone.
    func sharing(of cache: Directory) throws -> String? {
        switch sharing {
        case .no: nil
        case .yes: "several hosts have it (SHARED_CACHE)"
        case .auto: try cache.sharedFilesystem().map { "it is on \($0)" }
        }
    }
}

extension WritableCache {
    /// Removes versions that nothing uses, as far as the policy lets them go.
    ///
    /// - Returns: How many superseded versions are left, and what they take on disk, in bytes.
    func removeUnused(
        _ policy: RetentionPolicy, as asker: LockAsker, report: (SyncEvent) -> Void
    ) throws -> (count: Int, size: Int64) {
        let superseded = snapshot.versions.filter { $0.value.superseded != nil }.keys
        if !superseded.isEmpty { try removeSuperseded(policy, as: asker, report: report) }
        let left = try superseded.compactMap { try archive.status(of: $0) }
        return (left.count, left.reduce(0) { $0 + $1.allocated })
    }

    private func removeSuperseded(_ policy: RetentionPolicy, as asker: LockAsker, report: (SyncEvent) -> Void) throws {
        var isToldOnce = false
        for version in try prune(policy, as: asker) {
            switch version.reasons.first {
            case nil: report(.versionRemoved(path: version.path))
            case .disks: report(.versionUsed(path: version.path, version.reasons))
            case .open, .unclear: report(.versionKept(path: version.path, reason: "\(version.reasons[0])"))
            case .unseen(let reason):
                if !isToldOnce { report(.usesUnknown(reason: reason)) }
                isToldOnce = true
            case .shared(let reason):
                if !isToldOnce { report(.cacheIsShared(path: root.path, reason: reason)) }
                isToldOnce = true
            case .current, .newest, .setAside, .recent: continue
            }
        }
    }

    /// Removes what nothing keeps.
    func prune(_ policy: RetentionPolicy, as asker: LockAsker) throws -> [PrunedVersion] {
        // Directories may be large, and nobody who makes a disk shall wait for that; what comes meanwhile
        // has a record.
        var survey = try DiskSurvey(of: root, archive: archive)
        survey.look(in: policy.diskDirectories)
        let records = try UseRecords.make(in: privateDirectory, of: root)
        let claim = try records.claim(by: asker)
        defer { withExtendedLifetime(claim) {} }
        try PlantedLinks.removeAll(from: records.directory)
        try records.addDisks(to: &survey, cleaningWith: scratch)
        let pruning = VersionPruning(
            archive: archive, state: snapshot, policy: policy, survey: survey, sharedBy: try policy.sharing(of: root))
        var removed: [String] = []
        let versions = try pruning.run { fileName in
            try archive.remove(fileName)
            removed.append(fileName)
        }
        if !removed.isEmpty {
            try archive.sync()
            try update { state in for fileName in removed { state.versions[fileName] = nil } }
            try manifests.removeAll(except: Set(snapshot.versions.values.map(\.sha256)))
        }
        return versions
    }
}

/// A version of a cache that was looked at.
public struct PrunedVersion: Sendable {
    /// Nil for a file whose name is no version's.
    public let name: VersionName?
    public let path: String
    /// What it takes on disk, in bytes.
    public let size: Int64
    /// Why it stays; empty where it went, or would.
    public let reasons: [KeepReason]
}

/// Removes versions that nothing uses from a cache, or tells what keeps them.
public struct CachePruning: Sendable {
    public var target: String
    public var policy: RetentionPolicy
    public var asker: LockAsker

    public init(target: String, policy: RetentionPolicy, asker: LockAsker) {
        (self.target, self.policy, self.asker) = (target, policy, asker)
    }

    /// - Returns: All versions, sorted by their files' names.
    /// - Throws: ``SyncError``, `SystemError`.
    public func run() throws -> [PrunedVersion] {
        try WritableCache.openForLocalWork(target, as: asker).prune(policy, as: asker)
    }

    /// What ``run()`` would do; it needs no lock and changes nothing.
    public func dryRun() throws -> [PrunedVersion] {
        let cache = try Cache(path: target)
        let root = try cache.requireRoot()
        guard try root.status(of: RepositoryLayout.archive) != nil else { return [] }
        let archive = try root.directory(RepositoryLayout.archive)
        let pruning = VersionPruning(
            archive: archive, state: cache.state, policy: policy,
            survey: try DiskSurvey(of: root, archive: archive, in: policy.diskDirectories),
            sharedBy: try policy.sharing(of: root))
        return try pruning.run { _ in }
    }
}
