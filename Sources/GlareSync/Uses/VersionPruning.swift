public import GlareModel
import GlareSystem

/// Which versions of a cache nothing needs any more.
struct VersionPruning {
    let root: Directory
    let archive: Directory
    var state: CacheState
    let policy: RetentionPolicy
    var survey: DiskSurvey
    /// Where several hosts have the cache: why that is known.
    let sharedBy: String?
    /// By the image's name.
    let pins: [String: VersionID]

    /// Looks at all versions.
    ///
    /// - Parameter remove: Takes the file of one away that nothing keeps, while nobody can open it.
    func run(removing remove: (String) throws -> Void = { _ in }) throws -> [PrunedVersion] {
        let newest = newestSuperseded()
        let published = try published()
        return try state.versions.keys.sorted().map { fileName in
            var reasons = try self.reasons(fileName, newest, published)
            if let sharedBy, state.versions[fileName]?.superseded != nil { reasons.append(.shared(sharedBy)) }
            if reasons.isEmpty, let obstacle { reasons = [obstacle] }
            let size = try archive.status(of: fileName)?.allocated ?? 0
            if state.versions[fileName]?.superseded != nil {
                reasons += try whoHasItOpen(fileName, otherwise: reasons.isEmpty ? remove : { _ in })
            }
            return PrunedVersion(
                name: VersionName(fileName: fileName), path: archive.path(of: fileName), fileName: fileName, size: size,
                reasons: reasons)
        }
    }

    /// Writes down since when each version is unused, as far as all could be looked at.
    func note(_ versions: [PrunedVersion], in state: inout CacheState) {
        for version in versions {
            let mayBeUsed = !survey.unseen.isEmpty || version.reasons.contains(where: \.isUse)
            let isSuperseded = state.versions[version.fileName]?.superseded != nil
            let since = state.versions[version.fileName]?.unused ?? .now
            state.versions[version.fileName]?.unused = isSuperseded && !mayBeUsed ? since : nil
        }
    }

    /// Why it stays, whoever has it open.
    private func reasons(_ fileName: String, _ newest: Set<String>, _ published: Set<String>) throws -> [KeepReason] {
        let cached = state.versions[fileName]
        let disks = survey.versions[fileName]
        var reasons: [KeepReason] = []
        if cached?.isSetAside == true {
            reasons.append(.setAside)
        } else if let superseded = cached?.superseded, try !standsUnderItsName(fileName) {
            if cached?.isFound == true, !published.contains(fileName) { reasons.append(.found) }
            if let name = VersionName(fileName: fileName), pins[name.image.text] == name.id { reasons.append(.pinned) }
            if newest.contains(fileName) { reasons.append(.newest(of: policy.keepVersions)) }
            if sharedBy == nil, let recent = recent(superseded, unused: disks == nil ? cached?.unused ?? .now : nil) {
                reasons.append(recent)
            }
        } else {
            reasons.append(.current)
        }
        if let disks { reasons.append(.disks(disks.sorted())) }
        if !reasons.contains(where: \.isCurrent), let image = VersionName(fileName: fileName)?.image.text,
            let onName = survey.names[image]
        {
            reasons.append(.name(onName.sorted()))
        }
        if let missing = survey.missing[fileName] { reasons.append(.missing(missing)) }
        return reasons
    }

    /// - Parameter unused: Nil for one that is in use now, which says so itself.
    private func recent(_ superseded: FileTime, unused: FileTime?) -> KeepReason? {
        let left = { (since: FileTime) in since.seconds + keepUnused - FileTime.now.seconds }
        let longest = max(left(superseded), unused.map(left) ?? 0)
        guard longest > 0 else { return nil }
        return .recent(daysLeft: (longest + 86399) / 86400, wasUsed: left(superseded) <= 0, empty: emptyThatCounts)
    }

    /// Also where the state has lost that.
    private func standsUnderItsName(_ fileName: String) throws -> Bool {
        guard let image = VersionName(fileName: fileName)?.image.text, let shown = try root.status(of: image)?.stamp,
            let file = try archive.status(of: fileName)?.stamp
        else { return false }
        return shown.isSameFile(as: file)
    }

    /// Of the versions that were found again after the state was lost, those that sync may remove as any other: of
    /// images whose names it knows again, and which the publisher lists, so that they are not somebody's own.
    private func published() throws -> Set<String> {
        guard state.versions.contains(where: { $0.value.isFound == true }) else { return [] }
        let cache = try Cache(path: root.path)
        let images = try cache.catalogue()?.images.filter { state.images[$0.name.text] != nil } ?? []
        return Set(
            try images.flatMap { image in
                try cache.record(of: image)?.versions.map { VersionName(image.name, $0.id).fileName } ?? []
            })
    }

    /// Why nothing may be removed at all.
    private var obstacle: KeepReason? {
        sharedBy.map { .shared($0) } ?? survey.unseen.first.map { .unseen($0) }
    }

    private func whoHasItOpen(
        _ fileName: String, otherwise remove: (String) throws -> Void
    ) throws -> [KeepReason] {
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

    /// The empty directory that makes it longer.
    private var emptyThatCounts: String? { keepUnused > policy.keepUnused ? survey.empty.first : nil }

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

extension WritableCache {
    /// Removes versions that nothing uses, as far as the policy lets them go.
    ///
    /// - Parameter seen: What an earlier look at the disks saw; nil where there was none.
    /// - Returns: How many superseded versions are left, and what they take on disk, in bytes.
    func removeUnused(
        _ policy: RetentionPolicy, as asker: LockAsker, seen: DiskSurvey?, report: (SyncEvent) -> Void
    ) throws -> (count: Int, size: Int64) {
        let superseded = snapshot.versions.filter { $0.value.superseded != nil }.keys
        if let reason = seen?.givenUp {
            // Whoever looks again, with the cache's lock in hand, would hang as well.
            report(.usesUnknown(reason: reason))
        } else if !superseded.isEmpty {
            try removeSuperseded(policy, as: asker, seen: seen, report: report)
        }
        let left = try superseded.compactMap { try archive.status(of: $0) }
        return (left.count, left.reduce(0) { $0 + $1.allocated })
    }

    private func removeSuperseded(
        _ policy: RetentionPolicy, as asker: LockAsker, seen: DiskSurvey?, report: (SyncEvent) -> Void
    ) throws {
        var isToldOnce = false
        // A sync has more to do than to wait for a disk that is being made, with the cache's lock in its hand.
        let hasty = LockAsker(holder: asker.holder, lockWait: 0, onWait: { _ in })
        let versions: [PrunedVersion]
        do {
            versions = try prune(policy, as: hasty, seen: seen)
        } catch is LockHeld {
            return report(.removalPutOff(path: root.path))
        }
        for version in versions {
            switch version.reasons.first {
            case nil: report(.versionRemoved(path: version.path))
            case .disks, .name, .missing, .found, .open: report(.versionUsed(path: version.path, version.reasons))
            case .unclear: report(.versionKept(path: version.path, reason: "\(version.reasons[0])"))
            case .unseen(let reason):
                if !isToldOnce { report(.usesUnknown(reason: reason)) }
                isToldOnce = true
            case .current, .pinned, .newest, .setAside, .recent, .shared: continue
            }
        }
        // Whatever else keeps them.
        if let reason = policy.sharing.reason(of: root) { report(.cacheIsShared(path: root.path, reason: reason)) }
    }

    /// Removes what nothing keeps.
    ///
    /// - Parameter seen: What an earlier look at the disks saw; nil where there was none.
    func prune(_ policy: RetentionPolicy, as asker: LockAsker, seen: DiskSurvey? = nil) throws -> [PrunedVersion] {
        // Directories may be large, and nobody who makes a disk shall wait for that where nothing would go.
        let survey = try seen ?? surveyed(policy)
        let records = try UseRecords.make(in: privateDirectory, of: root)
        let claim = try records.claim(by: asker)
        defer { withExtendedLifetime(claim) {} }
        try PlantedLinks.removeAll(from: records.directory)
        var pruning = try VersionPruning(
            root: root, archive: archive, state: snapshot, policy: policy, survey: survey,
            sharedBy: policy.sharing.reason(of: root), pins: PinList.load(from: root).pins)
        try records.addDisks(to: &pruning.survey, keepMissing: policy.keepMissing, updatingWith: scratch)
        let first = try pruning.run()
        try update { pruning.note(first, in: &$0) }
        guard first.contains(where: \.reasons.isEmpty) else { return first }
        // A disk that was moved while others were looked at was in neither place: what two looks both did not see,
        // the second one while nobody makes a disk, is not there.
        pruning.survey.add(try surveyed(policy))
        try records.addDisks(to: &pruning.survey, keepMissing: policy.keepMissing)
        return try remove(by: pruning)
    }

    private func surveyed(_ policy: RetentionPolicy) throws -> DiskSurvey {
        var survey = try DiskSurvey(of: root, archive: archive, snapshot)
        survey.look(in: policy.diskDirectories)
        return survey
    }

    private func remove(by pruning: VersionPruning) throws -> [PrunedVersion] {
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
    /// In the archive.
    let fileName: String
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
        let survey = try DiskSurvey(
            of: root, archive: archive, cache.state, in: policy.diskDirectories, keepMissing: policy.keepMissing)
        return try VersionPruning(
            root: root, archive: archive, state: cache.state, policy: policy, survey: survey,
            sharedBy: policy.sharing.reason(of: root), pins: PinList.load(from: root).pins
        ).run()
    }
}
