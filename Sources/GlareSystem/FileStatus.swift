import CGlareSystem
import Glibc
import SystemPackage

/// A file's time: seconds since 1970 and nanoseconds, as the filesystem keeps it.
public struct FileTime: Hashable, Comparable, Sendable {
    public var seconds: Int64
    public var nanoseconds: Int64

    public init(seconds: Int64, nanoseconds: Int64 = 0) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    /// The system's clock.
    public static var now: FileTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return FileTime(time)
    }

    init(_ time: timespec) {
        self.init(seconds: Int64(time.tv_sec), nanoseconds: Int64(time.tv_nsec))
    }

    public static func < (left: FileTime, right: FileTime) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }
}

extension FileTime: Codable {
    /// One string, `SECONDS.NANOSECONDS`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        let fields = text.split(separator: ".", omittingEmptySubsequences: false)
        let numbers = fields.compactMap { Int64($0) }
        guard fields.count == 2, numbers.count == 2 else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a file time: \(text)")
        }
        self.init(seconds: numbers[0], nanoseconds: numbers[1])
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode("\(seconds).\(nanoseconds)")
    }
}

/// What the system tells of a file, without opening it.
public struct FileStatus: Sendable {
    public enum Kind: Sendable { case regular, directory, symbolicLink, other }

    public let kind: Kind
    /// Set of what is ``Kind/other``: a disk, or a part of one.
    public let isBlockDevice: Bool
    public let size: Int64
    /// Bytes that the file takes on disk.
    public let allocated: Int64
    public let modified: FileTime
    /// Permission bits, with setuid, setgid and sticky.
    public let mode: UInt32
    public let owner: UInt32
    public let group: UInt32
    public let linkCount: UInt64
    public let stamp: FileStamp

    /// Of what a path leads to, through symlinks.
    ///
    /// - Throws: `SystemError`.
    public init(ofFileAt path: String) throws {
        var status = stat()
        try systemCall("examine", path) { fstatat(AT_FDCWD, path, &status, 0) }
        self.init(status)
    }

    init(_ status: stat) {
        kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .regular
            case S_IFDIR: .directory
            case S_IFLNK: .symbolicLink
            default: .other
            }
        isBlockDevice = status.st_mode & S_IFMT == S_IFBLK
        size = Int64(status.st_size)
        allocated = Int64(status.st_blocks) * 512
        modified = FileTime(status.st_mtim)
        mode = status.st_mode & 0o7777
        owner = status.st_uid
        group = status.st_gid
        linkCount = UInt64(status.st_nlink)
        stamp = FileStamp(
            device: UInt64(status.st_dev), inode: UInt64(status.st_ino), size: size,
            modified: modified, changed: FileTime(status.st_ctim))
    }
}

/// What tells that a file is the one that was looked at before, and was not touched since.
///
/// The time of change (`ctime`) can't be set by a program, so a write is seen even where the
/// modification time was put back.
public struct FileStamp: Hashable, Sendable, Codable {
    public let device: UInt64
    public let inode: UInt64
    public let size: Int64
    public let modified: FileTime
    public let changed: FileTime

    public init(device: UInt64, inode: UInt64, size: Int64, modified: FileTime, changed: FileTime) {
        self.device = device
        self.inode = inode
        self.size = size
        self.modified = modified
        self.changed = changed
    }

    /// Whether size and modification time are the same: what a link or a change of mode leaves alone.
    public func hasContentTimes(of other: FileStamp) -> Bool { size == other.size && modified == other.modified }

    /// Whether both stamps are of one file, whatever was done to it in between.
    public func isSameFile(as other: FileStamp) -> Bool { device == other.device && inode == other.inode }

    /// One string, `DEVICE:INODE:SIZE:SECONDS.NANOSECONDS:SECONDS.NANOSECONDS`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        let fields = text.split(separator: ":", omittingEmptySubsequences: false)
        let numbers = fields.flatMap { $0.split(separator: ".", omittingEmptySubsequences: false) }.compactMap {
            Int64($0)
        }
        guard fields.count == 5,
            fields.map({ $0.split(separator: ".", omittingEmptySubsequences: false).count }) == [1, 1, 1, 2, 2],
            numbers.count == 7, numbers[0] >= 0, numbers[1] >= 0
        else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a file stamp: \(text)")
        }
        self.init(
            device: UInt64(numbers[0]), inode: UInt64(numbers[1]), size: numbers[2],
            modified: FileTime(seconds: numbers[3], nanoseconds: numbers[4]),
            changed: FileTime(seconds: numbers[5], nanoseconds: numbers[6]))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(
            "\(device):\(inode):\(size):\(modified.seconds).\(modified.nanoseconds):\(changed.seconds).\(changed.nanoseconds)"
        )
    }
}
