import GlareModel
import GlareSystem
import SystemPackage

/// Finds what may be a disk in directories and below them: regular files and block devices, also those that symlinks
/// lead to. None is opened here.
struct DiskSearch {
    let places: DiskPlaces
    /// Names in a directory that are none of a VM's disks.
    let isOwn: (_ directory: FileStamp, _ name: String) -> Bool

    /// What could not be looked at, and why.
    private(set) var unseen: [String] = []
    /// Directories without anything in them, but for those that Glare made.
    private(set) var empty: [String] = []

    private static let deepest = 16
    private static let mostNames = 1_000_000

    private struct Place {
        let path: String
        let depth: Int
        /// Whether Glare made it for itself, of whichever cache or repository: no filesystem is mounted there.
        let isGlares: Bool
    }

    private var waiting: [Place] = []
    private var entered: Set<[UInt64]> = []
    private var namesLeft = mostNames

    init(_ places: DiskPlaces, isOwn: @escaping (FileStamp, String) -> Bool) {
        (self.places, self.isOwn) = (places, isOwn)
        waiting = places.directories.map { Place(path: $0, depth: 0, isGlares: false) }
    }

    /// Nearest first, so that a directory that is found in several ways is not too deep by one of them.
    mutating func run(_ found: (String) -> Void) {
        var next = 0
        while next < waiting.count, namesLeft > 0 {
            let place = waiting[next]
            next += 1
            do {
                try look(in: Directory.open(place.path), place, found)
            } catch let error as SystemError where error.code == .noSuchFileOrDirectory && place.depth > 0 {
                // Gone since it was found.
            } catch {
                unseen.append("\(error)")
            }
        }
        if namesLeft == 0 {
            unseen.append("\(places.directories.joined(separator: ", ")): more than \(Self.mostNames) names are there")
        }
    }

    private mutating func look(in directory: Directory, _ place: Place, _ found: (String) -> Void) throws {
        let stamp = try directory.status().stamp
        // Symlinks may go in a circle.
        guard entered.insert([stamp.device, stamp.inode]).inserted else { return }
        let names = try directory.names()
        if names.isEmpty && !place.isGlares { empty.append(directory.path) }
        for name in names where !isOwn(stamp, name) && !TemporaryFile.isHidden(name) {
            guard namesLeft > 0 else { return }
            namesLeft -= 1
            let path = directory.path(of: name)
            if places.leavesOut(path) { continue }
            do {
                try look(at: name, in: directory, place, found)
            } catch {
                unseen.append("\(error)")
            }
        }
    }

    private mutating func look(
        at name: String, in directory: Directory, _ place: Place, _ found: (String) -> Void
    ) throws {
        let path = directory.path(of: name)
        // What stands for bytes that are no text does not lead back to the file.
        guard !name.unicodeScalars.contains("\u{FFFD}") else {
            return unseen.append("\(path): can't be looked at, because its name is not UTF-8")
        }
        guard var status = try directory.status(of: name) else { return }
        // A symlink leads out of what is Glare's.
        let isGlares = (place.isGlares || name == RepositoryLayout.privateDirectory) && status.kind == .directory
        // Where it leads to nothing, that may be on a filesystem which is not mounted.
        if status.kind == .symbolicLink { status = try FileStatus(ofFileAt: path) }
        switch status.kind {
        // Of the filesystem, and nobody's but root's.
        case .directory where name == "lost+found": return
        case .directory where place.depth < Self.deepest:
            waiting.append(Place(path: path, depth: place.depth + 1, isGlares: isGlares))
        case .directory: unseen.append("\(path): is too deep below a directory of disks to be looked at")
        case .regular: found(path)
        case .other where status.isBlockDevice: found(path)
        case .other, .symbolicLink: return
        }
    }
}
