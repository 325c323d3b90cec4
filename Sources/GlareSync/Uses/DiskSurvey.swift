import GlareDiskImage
import GlareModel
import GlareSystem
import SystemPackage

/// Disks of VMs on this host, and which files of a cache they are made on: read from their headers, through
/// whole chains of backing files.
struct DiskSurvey {
    /// Disks by the version that they are made on, themselves or through others: its file's name in the archive.
    private(set) var versions: [String: [String]] = [:]
    /// By the image's name, which moves with the next update, the disks whose own header names it.
    private(set) var names: [String: [String]] = [:]
    /// Of those disks, the ones that are made on them.
    private(set) var users: [String: [String]] = [:]
    /// Recorded disks that are not there now, by the version that they were made on.
    private(set) var missing: [String: [MissingDisk]] = [:]
    /// What could not be looked at, and why: it may be made on any version.
    private(set) var unseen: [String] = []
    /// Why looking was given up before all was seen.
    private(set) var givenUp: String?
    /// Directories of disks without anything in them: they may be those whose filesystem is not mounted.
    private(set) var empty: [String] = []

    /// Whether somebody named directories of disks.
    private var hasLooked = false
    private var places = DiskPlaces([])

    private let cache: CacheFiles
    /// What ``unseen`` has: disks are looked at more than once.
    private var told: Set<String> = []
    /// How often something could not be looked at.
    private var failures = 0

    /// As QEMU would give up as well.
    private static let longestChain = 64

    init(of cache: Directory, archive: Directory?, _ state: CacheState) throws {
        self.cache = try CacheFiles(of: cache, archive: archive, state)
    }

    /// Of all disks in these directories, and of those that are recorded.
    ///
    /// - Parameters:
    ///   - directories: As DISK_DIRS has them; see ``DiskPlaces``.
    ///   - keepMissing: Seconds for which a recorded disk that is not there holds its version.
    init(
        of cache: Directory, archive: Directory?, _ state: CacheState, in directories: [String],
        keepMissing: Int64 = RetentionPolicy.blindKeepUnused
    ) throws {
        try self.init(of: cache, archive: archive, state)
        look(in: directories)
        try UseRecords.existing(in: cache)?.addDisks(to: &self, keepMissing: keepMissing)
    }

    var foundNothing: Bool { !empty.isEmpty }

    /// Whether no disk can have been out of sight, as far as those know who named the directories.
    var sawAll: Bool { hasLooked && unseen.isEmpty && empty.isEmpty }

    // MARK: Looking

    /// Looks at all disks in these directories and in what is below them.
    mutating func look(in directories: [String]) {
        places = DiskPlaces(directories)
        hasLooked = hasLooked || !places.directories.isEmpty
        var search = DiskSearch(places, isOwn: cache.isOwn)
        search.run { look(at: $0) }
        for reason in search.unseen { note(unseen: reason) }
        empty += search.empty
    }

    /// Notes what a disk is made on.
    ///
    /// - Returns: Whether that is known now; else ``unseen`` has it, or it is left out.
    @discardableResult
    mutating func look(at disk: String) -> Bool {
        guard !places.leavesOut(disk: disk) else { return false }
        let before = failures
        var filesLeft = Self.longestChain
        follow(disk, of: disk, &filesLeft)
        return failures == before
    }

    /// - Parameter top: The disk whose chain this file is in.
    private mutating func follow(_ path: String, of top: String, _ filesLeft: inout Int) {
        guard filesLeft > 0 else {
            return note(unseen: "\(top): has a chain of more than \(Self.longestChain) backing files")
        }
        filesLeft -= 1
        do {
            // Other devices may do something when they are opened, and so may files of /proc, which claim to be empty.
            let status = try FileStatus(ofFileAt: path)
            guard status.kind == .regular && status.size > 0 || status.isBlockDevice else { return }
            switch try DiskImage.backing(of: File.open(path)) {
            case .none: return
            case .unclear(let reason): note(unseen: "\(path): \(reason)")
            case .named(let name): follow(name, in: path, of: top, &filesLeft)
            }
        } catch let error as SystemError where error.code == .noSuchFileOrDirectory && path == top {
            // Gone since it was found. One that was moved meanwhile is seen by who looks again.
        } catch {
            note(unseen: path == top ? "\(error)" : "\(top): is made on a file that can't be looked at: \(error)")
        }
    }

    private mutating func follow(_ name: String, in path: String, of top: String, _ filesLeft: inout Int) {
        let own = (try? canonicalPath(path)) ?? path
        switch BackingName(name, of: path) {
        case .elsewhere: return
        case .unclear:
            note(unseen: "\(path): names its backing file in a way that is not known here: \(name.quotedForDisplay)")
        case .path(var next):
            // By a symlink a relative name leads elsewhere than by the file's own path, and people use both.
            if case .path(let other) = BackingName(name, of: own), other != next {
                if (try? FileStatus(ofFileAt: next)) == nil {
                    next = other
                } else if (try? FileStatus(ofFileAt: other)) != nil {
                    go(to: other, from: own, of: top, &filesLeft)
                }
            }
            go(to: next, from: own, of: top, &filesLeft)
        }
    }

    private mutating func go(to path: String, from disk: String, of top: String, _ filesLeft: inout Int) {
        switch cache.place(of: path) {
        case .version(let file): versions[file, default: []].appendOnce(top)
        case .name(let image):
            names[image, default: []].appendOnce(disk)
            if top != disk, (try? canonicalPath(top)) != disk { users[disk, default: []].appendOnce(top) }
        case nil: follow(path, of: top, &filesLeft)
        }
    }

    // MARK: What others know

    /// Notes a disk of which nothing but a record tells what it is made on.
    mutating func note(_ disk: String, madeOnVersion fileName: String) {
        versions[fileName, default: []].appendOnce(disk)
    }

    mutating func note(_ disk: MissingDisk, madeOnVersion fileName: String) {
        guard missing[fileName]?.contains(where: { $0.path == disk.path }) != true else { return }
        missing[fileName, default: []].append(disk)
    }

    /// Notes that nobody can tell what there is to see.
    mutating func giveUp(_ reason: String) {
        note(unseen: reason)
        givenUp = reason
    }

    mutating func note(unseen reason: String) {
        failures += 1
        // Names in it may be what a guest wrote.
        let reason = reason.safeForDisplay
        if told.insert(reason).inserted { unseen.append(reason) }
    }

    /// Adds what another survey of the same cache saw.
    mutating func add(_ other: DiskSurvey) {
        let union = { (one: [String], two: [String]) in one + two.filter { !one.contains($0) } }
        versions.merge(other.versions, uniquingKeysWith: union)
        names.merge(other.names, uniquingKeysWith: union)
        users.merge(other.users, uniquingKeysWith: union)
        for (fileName, disks) in other.missing {
            for disk in disks { note(disk, madeOnVersion: fileName) }
        }
        for reason in other.unseen { note(unseen: reason) }
        empty = union(empty, other.empty)
    }
}

extension [String] {
    fileprivate mutating func appendOnce(_ text: String) {
        if !contains(text) { append(text) }
    }
}
