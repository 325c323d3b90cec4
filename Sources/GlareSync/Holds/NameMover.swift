import GlareModel
import GlareSystem
import GlareTransfer

/// Moves an image's name to a version that is in the archive, with the care that sync takes.
struct NameMover {
    private let cache: WritableCache
    private let version: VersionName
    private let survey: DiskSurvey
    /// What stands under the name.
    private let local: LocalImage

    /// - Throws: ``SyncError`` where the name must not move, or what stands under it is not sync's.
    init(_ cache: WritableCache, _ version: VersionName, _ diskDirectories: [String]) throws {
        (self.cache, self.version) = (cache, version)
        let image = version.image
        local = try LocalImage.inspect(
            image, in: cache.root, state: cache.snapshot, known: Self.known(image, cache), activities: Activities())
        if case .foreign = local { throw SyncError.notOurs(path: cache.root.path(of: image.text)) }
        survey = try DiskSurvey(of: cache.root, archive: cache.archive, cache.snapshot, in: diskDirectories)
        if let disks = survey.disks(on: image) {
            throw SyncError.nameInUse(NameInUse(image, disks, archive: cache.archive, state: cache.snapshot))
        }
    }

    private static func known(_ image: ImageName, _ cache: WritableCache) throws -> KnownContents {
        let here = try Cache(path: cache.root.path)
        let row = try here.catalogue()?.rows.first { $0.name == image }
        guard let record = try row.flatMap({ try here.record(of: $0) }) else {
            return KnownContents(image, changelog: nil, state: cache.snapshot)
        }
        return KnownContents(image, record: record, state: cache.snapshot)
    }

    /// - Returns: What there is to tell of it.
    func move() throws -> [SyncEvent] {
        let image = version.image
        var events: [SyncEvent] = []
        switch local {
        case .known(let id, let digests, let stamp):
            try cache.adopt(VersionName(image, id), sha256: digests.sha256, seen: stamp, validators: nil)
        case .changed(let was, let digests, let stamp):
            let kept = try cache.setAside(image, was: was, digests: digests, seen: stamp)
            events.append(.image(image, .setAside(path: cache.archive.path(of: kept.fileName))))
        case .absent, .verified, .foreign: break
        }
        if let reason = survey.unseen.first { events.append(.nameMovesUnseen(image, reason: reason)) }
        try cache.noteMove(of: image, after: survey)
        try cache.show(version, validators: nil)
        return events
    }
}
