import GlareDiskImage
import GlareModel
import GlareSystem
import SystemPackage

/// Disks of VMs on this host, and which files of a cache they are made on: read from their headers, through
/// whole chains of backing files.
struct DiskSurvey {
    /// Disks by the version that they are made on: its file's name in the archive.
    private(set) var versions: [String: [String]] = [:]
    /// Disks by the image's name that they are made on, which moves with the next update.
    private(set) var names: [String: [String]] = [:]
    /// What could not be looked at, and why: it may be made on any version.
    private(set) var unseen: [String] = []
    /// Whether a directory of disks has nothing in it: it may be one whose filesystem is not mounted.
    private(set) var foundNothing = false

    private let root: FileStamp
    private let archive: FileStamp?
    /// Names of the archive's files, by inode: whoever finds one by another name finds it.
    private let files: [UInt64: String]

    /// As QEMU would give up as well.
    private static let longestChain = 64
    private static let deepest = 8

    init(of cache: Directory, archive: Directory?) throws {
        root = try cache.status().stamp
        self.archive = try archive?.status().stamp
        var files: [UInt64: String] = [:]
        for name in try archive?.names() ?? [] {
            if let stamp = try archive?.status(of: name)?.stamp { files[stamp.inode] = name }
        }
        self.files = files
    }

    /// Of all disks in these directories, and of those that are recorded.
    init(of cache: Directory, archive: Directory?, in directories: [String]) throws {
        try self.init(of: cache, archive: archive)
        look(in: directories)
        try UseRecords.existing(in: cache)?.addDisks(to: &self)
    }

    // MARK: Looking

    /// Looks at all files in these directories and in what is below them; symlinks to files are followed, those
    /// to directories are not.
    mutating func look(in directories: [String]) {
        for path in directories {
            do {
                let directory = try Directory.open(path)
                if try directory.names().isEmpty { foundNothing = true }
                look(in: directory, depth: 0)
            } catch {
                unseen.append("\(error)")
            }
        }
    }

    private mutating func look(in directory: Directory, depth: Int) {
        do {
            // Images have no backing files: sync does not install such.
            let stamp = try directory.status().stamp
            if stamp.isSameFile(as: root) { return }
            for name in try directory.names() {
                guard let status = try directory.status(of: name) else { continue }
                let path = directory.path(of: name)
                switch status.kind {
                case .directory where depth < Self.deepest: look(in: try directory.directory(name), depth: depth + 1)
                case .directory: unseen.append("\(path): is too deep below a directory of disks to be looked at")
                case .regular, .symbolicLink: if let problem = look(at: path) { unseen.append(problem) }
                case .other: continue
                }
            }
        } catch {
            unseen.append("\(error)")
        }
    }

    /// Notes what a disk is made on.
    ///
    /// - Returns: Why that is not known, where it is not.
    mutating func look(at disk: String) -> String? {
        var path = disk
        for _ in 0..<Self.longestChain {
            do {
                let file = try File.open(path)
                guard try file.status().kind == .regular, let text = try DiskImage.backingFile(of: file) else {
                    return nil
                }
                switch BackingName(text, of: path) {
                case .elsewhere: return nil
                case .unclear:
                    return "\(path): names its backing file in a way that is not known here: \(text.quotedForDisplay)"
                case .path(let next):
                    if note(disk, madeOn: next) { return nil }
                    path = next
                }
            } catch let error as SystemError where error.code == .noSuchFileOrDirectory {
                return nil
            } catch {
                return "\(error)"
            }
        }
        return "\(disk): has a chain of more than \(Self.longestChain) backing files"
    }

    /// - Returns: Whether the path leads to a file of the cache.
    private mutating func note(_ disk: String, madeOn path: String) -> Bool {
        let (directory, name) = splitPath(path)
        // A file that is gone is still named by its place.
        let place = (try? canonicalPath(path)) ?? (try? canonicalPath(directory)).map { $0 + "/" + name } ?? path
        let (parent, last) = splitPath(place)
        if let stamp = try? Directory.open(parent).status().stamp {
            if stamp.isSameFile(as: root) {
                names[last, default: []].appendOnce(disk)
                return true
            }
            if let archive, stamp.isSameFile(as: archive) {
                versions[last, default: []].appendOnce(disk)
                return true
            }
        }
        guard let stamp = try? File.open(place).status().stamp, stamp.device == root.device,
            let file = files[stamp.inode]
        else { return false }
        versions[file, default: []].appendOnce(disk)
        return true
    }

    /// Notes a disk of which nothing but a record tells what it is made on.
    mutating func note(_ disk: String, madeOnVersion fileName: String) {
        versions[fileName, default: []].appendOnce(disk)
    }
}

extension [String] {
    fileprivate mutating func appendOnce(_ text: String) {
        if !contains(text) { append(text) }
    }
}
