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
    /// The path of the version that the name stands for, and what `qemu-img` calls its format; nil where nobody
    /// knows which it is.
    public let version: (path: String, format: String)?

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

    /// What puts a disk on the version itself; nil where nobody knows which that is.
    func rebase(_ disk: Disk) -> String? {
        version.map {
            "with \(disk.users.isEmpty ? "its VM" : "their VMs") off: qemu-img rebase -u -F \($0.format) -b \(Self.quoted($0.path)) \(Self.quoted(disk.path))"
        }
    }

    /// As a shell takes it for one word.
    private static func quoted(_ path: String) -> String {
        path.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "/._+-".contains($0)) }
            ? path : "'" + path.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
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
        held.holds.survey = try survey ?? .tookTooLong(of: root, archive: archive, state, policy.diskDirectories)
        return held
    }

    /// Seconds after which images are synced all the same.
    private static let longestSurvey: Int64 = 600

    /// Why a name must not move; nil where it may.
    ///
    /// It moves also where not all disks could be looked at: see `docs/decisions/0019-what-uses-a-version.md`.
    func nameInUse(_ image: ImageName, _ place: Workplace) -> SyncError? {
        guard let survey = place.holds.survey, place.state.images[image.text] != nil else { return nil }
        guard let disks = survey.disks(on: image) else {
            if let reason = survey.unseen.first { options.report(.nameMovesUnseen(image, reason: reason)) }
            return nil
        }
        return .nameInUse(NameInUse(image, disks, archive: place.archive, state: place.state))
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
        guard let archive, let id = state.images[image.text]?.id,
            let file = try? archive.file(VersionName(image, id).fileName)
        else {
            version = nil
            return
        }
        let format = (try? DiskImage.recognise(file))?.format.qemuName ?? "raw"
        let place = (try? canonicalPath(archive.path)) ?? archive.path
        version = ("\(place)/\(VersionName(image, id).fileName)", format)
    }
}
