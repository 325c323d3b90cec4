public import GlareModel
import GlareSystem
import GlareTransfer

/// Keeps images' names from moving, and lets them move again.
public struct Pinning: Sendable {
    public var target: String
    public var diskDirectories: [String]
    public var asker: LockAsker

    public init(target: String, diskDirectories: [String], asker: LockAsker) {
        (self.target, self.diskDirectories, self.asker) = (target, diskDirectories, asker)
    }

    /// What became of a pin.
    public struct Result: Sendable {
        public enum Outcome: String, Encodable, Sendable {
            /// The name stands for it already.
            case stays
            /// The name was moved to it.
            case moved
            /// It is not in the cache: the next sync fetches it.
            case wanted
        }

        public let version: VersionName
        public let outcome: Outcome
        /// Why its publisher withdrew the version, if so.
        public let withdrawal: Withdrawal?
        /// What was changed in place and is kept, and what could not be looked at.
        public let events: [SyncEvent]
    }

    /// Pins an image's name to a version that is here, or that the catalogue in the cache lists.
    ///
    /// - Throws: ``SyncError``, `InvalidReference`, `LockHeld`, `SystemError`.
    public func pin(_ reference: ImageReference) throws -> Result {
        let cache = try WritableCache.openForLocalWork(target, as: asker)
        let version = try Cache(path: target).version(reference, alsoListed: true)
        let isShown = cache.snapshot.images[version.image.text]?.id == version.id
        let isHere = try !isShown && cache.hasVerified(version)
        let withdrawal = try Cache(path: target).catalogue()?.withdrawal(of: version)
        if let withdrawal, !isShown, !isHere { throw SyncError.pinWithdrawn(version, withdrawal) }
        let mover = isHere ? try NameMover(cache, version, diskDirectories) : nil
        var list = try PinList.load(from: cache.root)
        list.pins[version.image.text] = version.id
        try cache.save(list)
        let events = try mover?.move() ?? []
        return Result(
            version: version, outcome: isShown ? .stays : isHere ? .moved : .wanted, withdrawal: withdrawal,
            events: events)
    }

    /// Lets an image's name move again.
    ///
    /// - Returns: What it was pinned to; nil where it was not.
    /// - Throws: ``SyncError``, `InvalidReference` for an image that nobody knows, `LockHeld`, `SystemError`.
    public func unpin(_ image: ImageName) throws -> VersionName? {
        let cache = try WritableCache.openForLocalWork(target, as: asker)
        var list = try PinList.load(from: cache.root)
        guard let id = list.pins.removeValue(forKey: image.text) else {
            try requireKnown(image, pins: list)
            return nil
        }
        try cache.save(list)
        return VersionName(image, id)
    }

    private func requireKnown(_ image: ImageName, pins: PinList) throws {
        let cache = try Cache(path: target)
        let named = Set(pins.pins.keys).union(cache.state.images.keys).compactMap { try? ImageName($0) }
        let known = Set(named + cache.versions.map(\.image) + (try cache.catalogue()?.rows ?? []).map(\.name))
        _ = try ImageReference(image).image(among: known.sorted()) { $0 }
    }
}

extension Catalogue {
    /// Why a version was withdrawn, whatever its content is.
    fileprivate func withdrawal(of version: VersionName) -> Withdrawal? {
        withdrawn.first { $0.name == version.image && $0.id == version.id }?.withdrawal
    }
}

extension WritableCache {
    /// Whether a version's file is here, as it was when it was verified; its content is read only where its stamp
    /// does not settle that.
    func hasVerified(_ version: VersionName) throws -> Bool {
        guard let cached = snapshot.versions[version.fileName], let file = try archive.fileIfPresent(version.fileName)
        else { return false }
        let status = try file.status()
        if status.stamp == cached.stamp { return true }
        let found = try PlainContent.read(file, length: status.size).digests.sha256
        guard found == cached.sha256 else { return false }
        try note(version, sha256: found)
        return true
    }
}
