import GlareDiskImage
public import GlareModel
import GlareSystem

/// What keeps the names of a cache from moving on: looked up once, before anything is synced.
struct NameHolds: Sendable {
    /// Disks by the image's name that they are made on.
    var disks: [String: [String]] = [:]
    /// By name, the version that it shall stand for.
    var pins: [String: VersionID] = [:]
    /// Of pinned images, the catalogue's rows.
    var published: [ImageName: Catalogue.Image] = [:]
}

/// Disks that are made on an image's name, and would break if that moved.
public struct NameInUse: Sendable, CustomStringConvertible {
    public let image: ImageName
    public let disks: [String]
    /// The path of the version that the name stands for, and what `qemu-img` calls its format; nil where nobody
    /// knows which it is.
    public let version: (path: String, format: String)?

    public var description: String {
        let what =
            "\(image): is not moved, because \(disks.count == 1 ? "a disk is" : "disks are") made on its name and would break:"
        return ([what] + disks.map { "    \($0)\(mend($0))" }).joined(separator: "\n")
    }

    private func mend(_ disk: String) -> String {
        version.map {
            "\n        with its VM off: qemu-img rebase -u -F \($0.format) -b \(Self.quoted($0.path)) \(Self.quoted(disk))"
        } ?? ""
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
        let directories = options.retention.diskDirectories
        return try await FileThreads.run {
            var held = place
            guard let root = place.root else { return held }
            held.holds.pins = try PinList.load(from: root).pins
            if !directories.isEmpty {
                held.holds.disks = try DiskSurvey(of: root, archive: place.archive, in: directories).names
            }
            return held
        }
    }

    /// Why a name must not move; nil where it may.
    func nameInUse(_ image: ImageName, _ place: Workplace) -> SyncError? {
        guard let root = place.root, let disks = place.holds.disks[image.text] else { return nil }
        return .nameInUse(NameInUse(image, disks, root: root, archive: place.archive, state: place.state))
    }
}

extension NameInUse {
    init(_ image: ImageName, _ disks: [String], root: Directory, archive: Directory?, state: CacheState) {
        self.image = image
        self.disks = disks.sorted()
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
