import Glibc
import Synchronization
import SystemPackage

/// What a published file looks like to others.
public struct FileAttributes: Sendable {
    public var mode: UInt32
    public var owner: Ownership
    /// Nil leaves the time of the last write.
    public var modified: FileTime?

    public init(mode: UInt32, owner: Ownership, modified: FileTime? = nil) {
        self.mode = mode
        self.owner = owner
        self.modified = modified
    }
}

/// A file that nobody sees until it is whole and on disk: the one way in which Glare makes a file
/// visible.
///
/// It is written under a name of its own, and ``publish(to:as:attributes:size:replacing:)`` moves it
/// into place. While it lives it holds a lock on itself, by which ``removeAbandoned(in:)`` tells the
/// leftovers of a crash from the work of a neighbour. Not published, it is removed, unless it was made
/// to be resumed.
public final class TemporaryFile {
    public let file: File
    private let directory: Directory
    private let name: String
    private let isResumable: Bool
    private var isGone = false { didSet { Self.live.withLock { $0.directories[name] = nil } } }
    /// Whether it stands under the name that it was published as; whether durably, what `publish` threw tells.
    public private(set) var isPublished = false

    /// Those that nobody resumes, for the end by a signal.
    private struct Live {
        /// By name, which is unique.
        var directories: [String: Directory] = [:]
        var isEnding = false
    }

    private static let live = Mutex(Live())

    /// Makes the file in `directory`, which must be on the filesystem where it will be published.
    ///
    /// - Parameter neighbour: Where it is made among files of others, the name that it will have: hidden, its own
    ///   begins with that, and what is left of others that were made for it goes.
    public init(in directory: Directory, beside neighbour: String? = nil) throws {
        self.directory = directory
        let prefix = neighbour.map(Self.hiddenPrefix(of:)) ?? ""
        if neighbour != nil { try Self.removeAbandoned(in: directory, prefix: prefix) }
        while true {
            let name = prefix + Self.uniqueName()
            let file = try Self.newLiveFile(name, in: directory)
            // A neighbour that cleans up may have taken it for a leftover before it was locked: it is about
            // to remove it, or has.
            do {
                if try file.attemptLock(), try file.status().linkCount > 0 {
                    (self.file, self.name, isResumable) = (file, name, false)
                    return
                }
            } catch {
                try? directory.remove(name)
                Self.live.withLock { $0.directories[name] = nil }
                throw error
            }
            Self.live.withLock { $0.directories[name] = nil }
        }
    }

    /// In one step to whoever removes the live ones: no file is there that they don't know.
    private static func newLiveFile(_ name: String, in directory: Directory) throws -> File {
        let file = try live.withLock { live -> File? in
            guard !live.isEnding else { return nil }
            // For the group as well: after a crash another member must be able to tell that it is abandoned.
            let file = try directory.newFile(name, mode: 0o660)
            live.directories[name] = directory
            return file
        }
        if let file { return file }
        waitForTheEnd()
    }

    /// Opens the file `name` in `directory` as it was left, or makes it; it stays there until it is
    /// published or ``discard()`` is called.
    public init(resuming name: String, in directory: Directory) throws {
        self.directory = directory
        self.name = name
        isResumable = true
        file = try Self.leftover(name, in: directory) ?? directory.newFile(name, mode: 0o660)
    }

    /// What is there to go on with; nil, and the name free, where nothing is.
    private static func leftover(_ name: String, in directory: Directory) throws -> File? {
        guard let status = try directory.status(of: name) else { return nil }
        // A link, or a second name of another file, leads to what must not be written to.
        if status.kind == .regular, status.linkCount == 1 {
            do {
                return try directory.fileForUpdate(name, mode: 0o660)
            } catch let error as SystemError where error.code == .permissionDenied {
                // A publish that was cut off had made it read-only already.
            }
        }
        try directory.remove(name)
        return nil
    }

    /// Removes the file: what is in it is of no use.
    public func discard() throws {
        try directory.remove(name)
        isGone = true
    }

    static func uniqueName() -> String {
        "\(getpid()).\(String(UInt64.random(in: .min ... .max), radix: 16))"
    }

    /// Not all of a long name, so that the whole fits the 255 bytes that a filesystem takes.
    private static func hiddenPrefix(of name: String) -> String {
        ".\(String(decoding: name.utf8.prefix(200), as: UTF8.self))."
    }

    /// Whether it is the name of one that is made among files of others.
    public static func isHidden(_ name: String) -> Bool {
        guard name.hasPrefix("."), let last = name.lastIndex(of: "."),
            let before = name[..<last].lastIndex(of: "."), before > name.startIndex
        else { return false }
        return isUniqueName(name[name.index(after: before)...])
    }

    /// Whether it is a name that ``uniqueName()`` could have given.
    private static func isUniqueName(_ name: some StringProtocol) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 2 && Int32(parts[0]) != nil && UInt64(parts[1], radix: 16) != nil
    }

    deinit {
        guard !isGone && !isResumable else { return }
        try? directory.remove(name)
        Self.live.withLock { $0.directories[name] = nil }
    }

    /// Removes what this process has not published yet, for its end: whoever wants to make another waits
    /// for that.
    static func removeLive() {
        live.withLock { live in
            live.isEnding = true
            for (name, directory) in live.directories { try? directory.remove(name) }
        }
    }

    /// Checks the length, sets owner, mode and time, waits for the disk, and moves the file to `newName`.
    ///
    /// The order is what makes it hold through a power cut: with the file's fsync alone a publish was
    /// lost in 8 of 8 forced shutdowns, with the directory's alone it was torn in 8 of 8, with both
    /// neither. The directory that it leaves is not synced: nobody depends on a temporary name.
    ///
    /// - Parameters:
    ///   - size: The length that the file must have, in bytes.
    ///   - replacing: False where the name must be free; then `fileExists` is thrown if it is not.
    public func publish(
        to target: Directory, as newName: String, attributes: FileAttributes, size: Int64, replacing: Bool = true
    ) throws {
        let found = try file.status().size
        guard found == size else {
            throw SystemError(
                "publish \(found) bytes, where \(size) were expected, as", target.path(of: newName), code: .ioError)
        }
        try file.apply(attributes)
        try file.sync()
        // A duplicate keeps the lock while the descriptor that was written through is closed.
        let lockHolder = dup(file.descriptor)
        defer { _ = Glibc.close(lockHolder) }
        try file.close()
        if replacing {
            try directory.rename(name, to: target, as: newName)
        } else {
            try directory.renameToNew(name, to: target, as: newName)
        }
        (isGone, isPublished) = (true, true)
        try target.sync()
    }

    /// Removes temporary files whose process is gone, and symlinks that were on their way. Call it with
    /// the directory's lock held, under which alone symlinks are made.
    public static func removeAbandoned(in directory: Directory) throws {
        for name in try directory.names() {
            switch try directory.status(of: name)?.kind {
            case .regular:
                guard let file = try? directory.file(name), try file.attemptLock() else { continue }
                try directory.remove(name)
            case .symbolicLink:
                try directory.remove(name)
            default:
                continue
            }
        }
    }

    /// Removes what is left of files whose process is gone and whose names have `prefix`, from a directory that is
    /// not Glare's own.
    private static func removeAbandoned(in directory: Directory, prefix: String) throws {
        for name in try directory.names() where name.hasPrefix(prefix) && isUniqueName(name.dropFirst(prefix.count)) {
            guard try directory.status(of: name)?.kind == .regular, let file = try? directory.file(name),
                (try? file.attemptLock()) == true
            else { continue }
            try directory.remove(name)
        }
    }

    /// Names of the same, of a day ago and older, left where they are. A younger one is not tried: its maker may
    /// be about to lock it.
    public static func abandoned(in directory: Directory) throws -> [String] {
        let dayAgo = FileTime.now.seconds - 86400
        return try directory.names().filter { name in
            guard let status = try directory.status(of: name), status.modified.seconds < dayAgo else { return false }
            guard status.kind == .regular else { return status.kind == .symbolicLink }
            guard let file = try? directory.file(name) else { return false }
            return flock(file.descriptor, LOCK_EX | LOCK_NB) == 0
        }
    }
}

extension File {
    /// Sets owner, mode and time, in the order in which none undoes another.
    public func apply(_ attributes: FileAttributes) throws {
        try attributes.owner.apply(to: self)
        try setMode(attributes.mode)
        if let modified = attributes.modified { try setModified(modified) }
    }
}

extension Directory {
    /// Publishes a small file whose bytes are at hand, by way of a temporary file in `scratch`.
    public func publish(_ bytes: [UInt8], as name: String, attributes: FileAttributes, scratch: Directory) throws {
        let temporary = try TemporaryFile(in: scratch)
        try temporary.file.write(bytes)
        try temporary.publish(to: self, as: name, attributes: attributes, size: Int64(bytes.count))
    }

    /// Points the symlink `name` at `destination` in one step.
    public func publishSymbolicLink(
        _ name: String, to destination: String, owner: Ownership, scratch: Directory
    ) throws {
        let temporary = TemporaryFile.uniqueName()
        try scratch.createSymbolicLink(temporary, to: destination)
        do {
            try owner.apply(toLink: temporary, in: scratch)
            try scratch.rename(temporary, to: self, as: name)
        } catch {
            try? scratch.remove(temporary)
            throw error
        }
        try sync()
    }
}
