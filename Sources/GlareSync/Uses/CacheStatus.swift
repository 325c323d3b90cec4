public import FoundationEssentials
public import GlareModel
import GlareSystem
import Synchronization

/// How a cache stands: against its repository, and to those who use it.
public struct CacheStatus: Sendable {
    public enum Condition: String, Encodable, Sendable {
        case current
        /// Another version can be had.
        case behind
        /// What sync placed under its name is not there as it was; the next sync mends that.
        case damaged
        /// It stays where it is, because somebody wants it so.
        case pinned
        /// The repository does not offer it any more.
        case gone
        /// Its publisher withdrew its current version: no sync installs it.
        case withdrawn
        case trouble
        /// The repository could not be looked at.
        case unknown
    }

    public struct Image: Sendable {
        public let name: ImageName
        public var condition: Condition
        public var cached: VersionID?
        /// When the version here became current.
        public var modified: Date?
        public var available: VersionID?
        /// Bytes and requests that an update would cost.
        public var update: (bytes: Int64, requests: Int64)?
        /// What is wrong, or what keeps it.
        public var message: String?
        /// What uses which of its versions.
        public var uses: [(version: VersionID, reasons: [KeepReason])]
    }

    public let images: [Image]
    /// Why the repository could not be looked at.
    public let trouble: (any Error)?
    /// Words of ``SyncOptions/only`` that match no image.
    public let unmatched: [String]
    /// What could not be looked at for uses.
    public let unseen: [String]

    /// The worst of it, for monitoring.
    public var condition: Condition {
        if trouble != nil || images.contains(where: { $0.condition == .trouble }) { return .trouble }
        return images.contains { [.behind, .damaged].contains($0.condition) } ? .behind : .current
    }

    /// Looks at the cache and at the repository, and changes neither. Of what happens only the choice among the images
    /// is reported: the rest is in the result.
    ///
    /// - Throws: ``SyncError/noCache(path:)`` and what is wrong with the cache; what is wrong with the
    ///   repository is in the result.
    public static func look(_ options: SyncOptions) async throws -> CacheStatus {
        var options = options
        let damaged = Mutex<[ImageName: DamagedName]>([:])
        options.dryRun = true
        options.report = { [report = options.report] event in
            switch event {
            case .damaged(let name, let damage): damaged.withLock { $0[name] = damage }
            case .matchesNothing, .nothingWanted: report(event)
            default: break
            }
        }
        let target = options.target
        let cache = try await FileThreads.run { try Cache(path: target) }
        let root = try cache.requireRoot()
        var report: SyncReport?
        var trouble: (any Error)?
        do {
            report = try await Sync(options).run()
        } catch {
            trouble = error
        }
        let (found, directories) = (report?.images ?? [], options.retention.diskDirectories)
        let (only, offered, damages) = (options.only, report?.offered, damaged.withLock { $0 })
        let withdrawn = try report?.withdrawn ?? cache.catalogue()?.withdrawn ?? []
        let (images, unseen) = try await FileThreads.run {
            let archive = try? root.directory(RepositoryLayout.archive)
            let survey = try DiskSurvey(of: root, archive: archive, cache.state, in: directories)
            let known = Dictionary(found.map { ($0.name, $0.outcome) }) { first, _ in first }
            // Where the repository was looked at, what it has and is not in the answer was not asked about.
            let here = cache.imagesHere.filter { only.mayMatch($0) && offered?.contains($0) != true }
            let names = Set(known.keys).union(here)
            return (
                try names.sorted().map { name in
                    var image = try Image(name, known[name], cache, archive: archive, survey)
                    let isHere = cache.state.images[name.text] != nil
                    if known[name] == nil, offered != nil, !isHere { image.tellGone(cache) }
                    if let damage = damages[name] { image.tell(damage) }
                    image.tell(withdrawn, cache.state)
                    return image
                }, survey.unseen
            )
        }
        return CacheStatus(images: images, trouble: trouble, unmatched: report?.unmatched ?? [], unseen: unseen)
    }
}

extension CacheStatus.Image {
    /// - Parameter outcome: What a sync would do; nil where that is not known.
    fileprivate init(
        _ name: ImageName, _ outcome: ImageOutcome?, _ cache: Cache, archive: Directory?, _ survey: DiskSurvey
    ) throws {
        var cached = cache.state.images[name.text]?.id
        switch outcome {
        // The state may have been lost, and the content is known; or somebody put a version there that sync knows.
        case .adopted(let id), .wouldUpdate(.some(let id), _, _): cached = id
        default: break
        }
        self.init(
            name: name, condition: .current, cached: cached,
            modified: (cached.map { VersionName(name, $0).fileName }).flatMap { cache.state.versions[$0] }.map {
                Date(timeIntervalSince1970: TimeInterval($0.stamp.modified.seconds))
            }, uses: try Self.uses(of: name, cache, archive: archive, survey))
        switch outcome {
        case .current(let id), .adopted(let id): available = id
        case .pinned(_, let id): (condition, available) = (.pinned, id)
        case .wouldUpdate(_, let id, let plan):
            (condition, available, update) = (.behind, id, (plan.bytes, plan.requests))
        case .gone: condition = .gone
        case .withdrawn: condition = .withdrawn
        case .failed, .leftAlone, .setAside: condition = .trouble
        case .updated: break
        case nil: condition = .unknown
        }
        if let outcome, [.trouble, .gone, .withdrawn].contains(condition) { message = "\(outcome)" }
    }

    /// Tells of an image that only versions are left of: those that something uses, or did a short time ago.
    fileprivate mutating func tellGone(_ cache: Cache) {
        condition = .gone
        let left = cache.versions.filter { $0.image == name }.map(\.id.description)
        message = "gone from the repository, and its name from here; still here: \(left.joined(separator: ", "))"
    }

    /// Tells that what sync placed is not as it was; where no sync would mend that, beside what keeps it.
    fileprivate mutating func tell(_ damage: DamagedName) {
        guard condition == .behind else {
            message = [damage.description, message].compactMap { $0 }.joined(separator: "; ")
            return
        }
        (condition, message) = (.damaged, "\(damage); \(damage.mend(with: available))")
    }

    /// Tells of the version here that its publisher withdrew it, where it is not the current one.
    fileprivate mutating func tell(_ withdrawn: [Catalogue.WithdrawnVersion], _ state: CacheState) {
        guard condition != .withdrawn, message == nil, let cached else { return }
        let digest = state.versions[VersionName(name, cached).fileName]?.sha256
        guard let version = withdrawn.first(where: { $0.name == name && $0.id == cached && $0.sha256 == digest })
        else { return }
        message = "version \(cached) was withdrawn by its publisher: \(version.withdrawal.reason.safeForDisplay)"
    }

    private static func uses(
        of image: ImageName, _ cache: Cache, archive: Directory?, _ survey: DiskSurvey
    ) throws -> [(version: VersionID, reasons: [KeepReason])] {
        let onName = survey.names[image.text] ?? []
        return try cache.versions.filter { $0.image == image }.compactMap { version in
            var disks = survey.versions[version.fileName] ?? []
            if cache.state.images[image.text]?.id == version.id { disks += onName }
            var reasons: [KeepReason] = disks.isEmpty ? [] : [.disks(disks.sorted())]
            if let file = try? archive?.file(version.fileName) {
                try file.withOpenReason { reason in
                    if let reason, case .open = reason { reasons.append(reason) }
                }
            }
            return reasons.isEmpty ? nil : (version.id, reasons)
        }
    }
}

extension Cache {
    /// Images that have their name here, and those that only versions are left of.
    fileprivate var imagesHere: Set<ImageName> {
        Set(state.images.keys.compactMap { try? ImageName($0) } + versions.map(\.image))
    }
}
