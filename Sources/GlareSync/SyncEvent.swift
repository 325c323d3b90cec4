public import GlareModel

/// What happens during a sync.
public enum SyncEvent: Sendable, CustomStringConvertible {
    case image(ImageName, ImageOutcome)
    /// What a server offers. Serial: the catalogue's; nil from a repository of the original.
    case offered(address: String, images: Int, serial: Int64?)
    /// In a dry run: what sync placed under a name is not there as it was.
    case damaged(ImageName, DamagedName)
    case planned(ImageName, TransferPlan)
    /// What was planned turned out wrong: an image comes another way.
    case wayLeft(ImageName, TransferPlan.Kind, next: TransferPlan.Kind, reason: String)
    /// A version in the cache is not what it was when it was verified; nothing is taken from it.
    case wrongVersion(path: String)
    /// For another sync, which has the cache.
    case waiting(holder: String)
    case retrying(reason: String, wait: Duration)
    /// A server was left for the next one.
    case mirrorLeft(reason: String)
    case badName(InvalidName)
    /// A word of ``SyncOptions/only``. Near: what may have been meant.
    case matchesNothing(String, near: String?, address: String)
    /// Each of those words matches an image, and no image all that must.
    case nothingWanted(address: String)
    case withdrawnVersionHere(path: String, Withdrawal)
    /// The publisher should sign again.
    case signatureEnds(address: String, at: String)
    case downloadDirectoryUnusable(path: String)
    case versionKept(path: String, reason: String)
    /// One that would have gone, did nothing use it.
    case versionUsed(path: String, [KeepReason])
    case versionRemoved(path: String)
    /// No version was removed, for somebody is making a disk of one; the next sync looks again.
    case removalPutOff(path: String)
    /// What could not be looked at, so that nothing may be removed.
    case usesUnknown(reason: String)
    /// A name moves, though a disk that could not be looked at may be made on it.
    case nameMovesUnseen(ImageName, reason: String)
    /// Nothing is removed, because other hosts may use it.
    case cacheIsShared(path: String, reason: String)

    public var description: String {
        switch self {
        case .image(let name, let outcome): "\(name): \(outcome)"
        case .offered(let address, let images, let serial):
            "\(address): \(images) image\(images == 1 ? "" : "s")\(serial.map { ", catalogue \($0)" } ?? ", by name: no catalogue")"
        case .damaged(let name, let damage): "\(name): \(damage)"
        case .planned(let name, let plan): "\(name): \(plan)"
        case .wayLeft(let name, let way, let next, let reason):
            "\(name): not by \(way): \(reason); by \(next) instead"
        case .wrongVersion(let path):
            "\(path): is not what it was when it was verified; nothing is taken from it"
        case .waiting(let holder): "waiting for \(holder)"
        case .retrying(let reason, let wait):
            "\(reason); next attempt in \(wait.formattedSeconds)"
        case .mirrorLeft(let reason): "\(reason); going on with the next server"
        case .badName(let name): "the server lists a name that is passed over: \(name)"
        case .matchesNothing(let word, let near, let address):
            "\(address): no image \(word.contains("=") ? "has" : "is called") \(word.quotedForDisplay); \(near.map { "did you mean \($0)? " } ?? "")`glare list` tells which there are"
        case .nothingWanted(let address):
            "\(address): no image is wanted: each pattern of ONLY matches one, and none has a name and all properties that are asked for; `glare list` tells what each has"
        case .withdrawnVersionHere(let path, let withdrawal):
            "\(path) was withdrawn by its publisher: \(withdrawal.reason.safeForDisplay); make no new disks from it"
        case .signatureEnds(let address, let date):
            "\(address): the signature of its catalogue ends at \(date), and nothing is installed after that: the publisher has to run `glare sign`"
        case .downloadDirectoryUnusable(let path):
            "\(path) is on another filesystem than the cache and is not used: downloads go to the cache's own .glare/partial"
        case .versionKept(let path, let reason): "\(path) is kept: \(reason)"
        case .versionUsed(let path, let reasons):
            "\(path) is kept: \(reasons.map(\.description).joined(separator: "; "))"
        case .versionRemoved(let path): "\(path) was not used any more and is removed"
        case .removalPutOff(let path):
            "\(path): a disk is being made of a version; what nothing uses is removed by the next sync"
        case .usesUnknown(let reason):
            "\(reason); until that is known, no version is removed (what is no VM's disk is left out with !PATH in DISK_DIRS)"
        case .nameMovesUnseen(let image, let reason):
            "\(image): its name moves, and whether a disk is made on it is not known: \(reason)"
        case .cacheIsShared(let path, let reason):
            "\(path): \(reason): no version is removed, for other hosts may use it"
        }
    }
}

/// What became of one image.
public enum ImageOutcome: Sendable, CustomStringConvertible {
    case current(VersionID)
    /// A file that was there has a content that the repository knows.
    case adopted(VersionID)
    case updated(from: VersionID?, to: VersionID, by: TransferPlan.Kind, fetched: Int64)
    case wouldUpdate(from: VersionID?, to: VersionID?, TransferPlan)
    case leftAlone(reason: String)
    /// What was placed was changed by somebody: set aside in the archive.
    case setAside(path: String)
    /// Its current version was withdrawn: nothing is installed, and what is here stays.
    case withdrawn(Catalogue.WithdrawnVersion, keeping: VersionID?)
    /// Its name stands for the version that it is pinned to, and not for the one that is current; nil where that
    /// is not known.
    case pinned(VersionID, available: VersionID?)
    /// The repository does not offer it any more.
    case gone(Removal)
    case failed(any Error)

    public enum Removal: Sendable { case kept, foreign, pinned, wouldBeRemoved, removed }

    public var description: String {
        switch self {
        case .current: "current"
        case .adopted(let id): "adopted as version \(id)"
        case .updated(let old, let new, let way, let fetched):
            "\(old == nil ? "new" : "updated"), version \(new), by \(way), \(fetched) bytes fetched"
        case .wouldUpdate(let old, let new, let plan):
            "would be \(old == nil ? "new" : "updated")\(new.map { ", version \($0)" } ?? ""), \(plan)"
        case .leftAlone(let reason): "left alone: \(reason)"
        case .setAside(let path): "was changed since it was placed; the changed file is kept as \(path)"
        case .withdrawn(let version, let here):
            "version \(version.id) was withdrawn by its publisher: \(version.withdrawal.reason.safeForDisplay); \(Self.whatStays(version.id, here))"
        case .pinned(let id, let available):
            "pinned to version \(id)\(available.map { "; version \($0) is current" } ?? "")"
        case .gone(.kept): "gone from the repository, kept (--delete removes it)"
        case .gone(.foreign): "gone from the repository, kept: sync did not place what stands there now"
        case .gone(.pinned): "gone from the repository, kept: it is pinned (`glare unpin` lets it go)"
        case .gone(.wouldBeRemoved): "would be removed: it is gone from the repository"
        case .gone(.removed): "gone from the repository, removed"
        case .failed(let error): "\(error)"
        }
    }

    private static func whatStays(_ withdrawn: VersionID, _ here: VersionID?) -> String {
        guard let here else { return "it is not installed" }
        return here == withdrawn ? "it stays here until another one is current" : "version \(here) stays here"
    }
}

extension Duration {
    var formattedSeconds: String {
        let tenths = (components.seconds * 10) + components.attoseconds / 100_000_000_000_000_000
        return "\(tenths / 10).\(tenths % 10) s"
    }
}
