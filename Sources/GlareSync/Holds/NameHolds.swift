import FoundationEssentials
import GlareDiskImage
public import GlareModel
import GlareSystem

/// What keeps the names of a cache from moving on: looked up once, before anything is synced.
struct NameHolds: Sendable {
    /// Of the disks of VMs; nil where nobody looked.
    var survey: DiskSurvey?
    /// By name, the version that it shall stand for.
    var pins: [String: VersionID] = [:]
    /// Of pinned images, the catalogue's rows.
    var published: [ImageName: Catalogue.Image] = [:]
    /// Of those, the ones whose current version was withdrawn.
    var suspended: Set<ImageName> = []
}

/// Disks that are made on an image's name, and would break if that moved.
public struct NameInUse: Sendable, CustomStringConvertible {
    /// A disk whose own header names the image.
    public struct Disk: Sendable {
        public let path: String
        /// Those that are made on it, and work again when it does.
        public let users: [String]
    }

    public let image: ImageName
    public let disks: [Disk]
    /// The path of the version that the name stands for, and what `qemu-img` calls its format; nil where the disks
    /// may be made on another.
    public let version: (path: String, format: String)?
    /// Those that they may be made on, where that is not known.
    public let candidates: [String]

    public var description: String {
        let what =
            "\(image): is not moved, because \(disks.count == 1 ? "a disk is" : "disks are") made on its name and would break:"
        return ([what] + disks.map { "    \($0.path)\(users(of: $0))\(mend($0))" } + [Self.advice]).joined(
            separator: "\n")
    }

    private static let advice =
        "    (the guest of a raw disk can write such a header: if that is it, leave the disk out with !PATH in DISK_DIRS)"

    /// What stands behind a disk's path.
    func users(of disk: Disk) -> String {
        disk.users.isEmpty ? "" : ", and on that \(disk.users.joined(separator: ", "))"
    }

    private func mend(_ disk: Disk) -> String { rebase(disk).map { "\n        \($0)" } ?? "" }

    /// What puts a disk on the version itself; nil where nothing is known of that.
    func rebase(_ disk: Disk) -> String? {
        let off = "with \(disk.users.isEmpty ? "its VM" : "their VMs") off"
        if let version {
            return
                "\(off): qemu-img rebase -u -F \(version.format) -b \(version.path.quotedForShell) \(disk.path.quotedForShell)"
        }
        guard !candidates.isEmpty else { return nil }
        return
            "its name has moved while not all disks could be looked at, so find out which VERSION the disk was made on: \(candidates.joined(separator: ", ")); on another it is destroyed. Then, \(off): qemu-img rebase -u -F FORMAT -b VERSION \(disk.path.quotedForShell)"
    }
}

extension Sync {
    /// The same place with what keeps its names.
    func knowingHolds(of place: Workplace) async throws -> Workplace {
        guard let root = place.root else { return place }
        var held = place
        held.holds.pins = try await FileThreads.run { try PinList.load(from: root).pins }
        let (archive, state, policy) = (place.archive, place.state, options.retention)
        let survey = try await FileThreads.run(atMost: Self.longestSurvey) {
            try DiskSurvey(
                of: root, archive: archive, state, in: policy.diskDirectories, keepMissing: policy.keepMissing)
        }
        let seen = try survey ?? .tookTooLong(of: root, archive: archive, state, policy.diskDirectories)
        held.holds.survey = seen
        if let cache = place.cache { try await FileThreads.run { try cache.forgetMoves(after: seen) } }
        return held
    }

    /// Seconds after which images are synced all the same.
    private static let longestSurvey: Int64 = 600

    /// Why a name must not move; nil where it may.
    ///
    /// It moves also where not all disks could be looked at: see `docs/decisions/0019-what-uses-a-version.md`.
    ///
    /// - Throws: `SystemError`.
    func nameInUse(_ image: ImageName, _ place: Workplace) throws -> SyncError? {
        guard let survey = place.holds.survey, place.state.images[image.text] != nil else { return nil }
        guard let disks = survey.disks(on: image) else {
            if let reason = survey.unseen.first { options.report(.nameMovesUnseen(image, reason: reason)) }
            try place.cache?.noteMove(of: image, after: survey)
            return nil
        }
        return .nameInUse(NameInUse(image, disks, archive: place.archive, state: place.state))
    }
}

extension WritableCache {
    /// Writes down, before a name moves, that a disk on it may be out of sight.
    func noteMove(of image: ImageName, after survey: DiskSurvey) throws {
        guard !survey.sawAll else { return }
        try update { $0.movedUnseen = Set(($0.movedUnseen ?? []) + [image.text]).sorted() }
    }

    /// Where all disks were looked at, and none is on a name, it does not matter how that moved.
    func forgetMoves(after survey: DiskSurvey) throws {
        guard survey.sawAll else { return }
        try update { state in
            let left = state.movedUnseen?.filter { survey.names[$0] != nil || state.images[$0] == nil } ?? []
            state.movedUnseen = left.isEmpty ? nil : left
        }
    }
}

extension DiskSurvey {
    /// What is known where the directories hang.
    fileprivate static func tookTooLong(
        of cache: Directory, archive: Directory?, _ state: CacheState, _ directories: [String]
    ) throws -> DiskSurvey {
        var survey = try DiskSurvey(of: cache, archive: archive, state)
        let places = directories.isEmpty ? "recorded disks" : directories.joined(separator: ", ")
        survey.giveUp("\(places): looking at the disks there takes too long: a filesystem may hang")
        return survey
    }

    /// Nil where none is.
    func disks(on image: ImageName) -> [NameInUse.Disk]? {
        names[image.text]?.sorted().map { NameInUse.Disk(path: $0, users: (users[$0] ?? []).sorted()) }
    }
}

extension NameInUse {
    init(_ image: ImageName, _ disks: [Disk], archive: Directory?, state: CacheState) {
        (self.image, self.disks) = (image, disks)
        let place = archive.map { (try? canonicalPath($0.path)) ?? $0.path } ?? ""
        guard state.movedUnseen?.contains(image.text) != true else {
            version = nil
            candidates = archive == nil ? [] : Self.versions(of: image, state).map { place + "/" + $0 }
            return
        }
        candidates = []
        guard let archive, let id = state.images[image.text]?.id,
            let file = try? archive.file(VersionName(image, id).fileName)
        else {
            version = nil
            return
        }
        let format = (try? DiskImage.recognise(file))?.format.qemuName ?? "raw"
        version = ("\(place)/\(VersionName(image, id).fileName)", format)
    }

    /// Newest first, with until when the name stood for each.
    private static func versions(of image: ImageName, _ state: CacheState) -> [String] {
        let own = state.versions.filter { VersionName(fileName: $0.key)?.image == image }
        let sorted = own.sorted {
            ($0.value.superseded?.seconds ?? .max, $0.key) > ($1.value.superseded?.seconds ?? .max, $1.key)
        }
        return sorted.map { fileName, cached in
            guard let seconds = cached.superseded?.seconds else { return "\(fileName) (now)" }
            return "\(fileName) (until \(Date(timeIntervalSince1970: TimeInterval(seconds)).formatted(.iso8601)))"
        }
    }
}
