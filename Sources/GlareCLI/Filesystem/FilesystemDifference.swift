import GlareDiskImage
import GlareModel
import GlareRepository
import GlareSystem

/// Which files of a filesystem came, went and changed from one version to another.
struct FilesystemDifference: Encodable {
    /// The partition's number; nil for a disk without a partition table.
    let partition: Int?
    /// Paths, sorted.
    let added, removed, changed: [String]

    /// The ext filesystems that both disks have, in the same partitions.
    ///
    /// - Throws: `CommandFailure`, with what keeps them from being compared; `SystemError`.
    static func all(from old: VersionFile, to new: VersionFile) async throws -> [FilesystemDifference] {
        for version in [old, new] where version.diskFormat != "raw" {
            throw CommandFailure(
                .badData, "\(version.name.reference) is \(version.diskFormat); files are compared of raw disks alone")
        }
        let (before, after) = (try DiskOfFiles(old), try DiskOfFiles(new))
        let pairs = before.filesystems.compactMap { filesystem in
            after.filesystems.first { $0.partition == filesystem.partition }.map { (filesystem, $0) }
        }
        guard !pairs.isEmpty else { throw CommandFailure(.badData, "they have no ext4 filesystem in common") }
        var differences: [FilesystemDifference] = []
        for (left, right) in pairs {
            differences.append(try await FilesystemDifference(before.side(left), after.side(right)))
        }
        return differences
    }

    private init(_ before: FilesystemSide, _ after: FilesystemSide) async throws {
        partition = after.filesystem.partition
        let (old, new) = (try await before.debugfs.files(), try await after.debugfs.files())
        added = new.keys.filter { old[$0] == nil }.sorted()
        removed = old.keys.filter { new[$0] == nil }.sorted()
        var changed: [String] = []
        var alike: [(path: String, old: Debugfs.Entry, new: Debugfs.Entry)] = []
        for (path, was) in old {
            guard let entry = new[path] else { continue }
            if was.mode != entry.mode || was.owner != entry.owner || was.group != entry.group
                || (was.size != entry.size && !entry.isDirectory)
            {
                changed.append(path)
            } else if entry.isRegular || entry.isLink {
                alike.append((path, was, entry))
            }
        }
        changed += try await Self.contentsChanged(alike.filter(\.new.isRegular), before, after)
        changed += try await Self.destinationsChanged(alike.filter(\.new.isLink), before, after)
        self.changed = changed.sorted()
    }

    private typealias Pair = (path: String, old: Debugfs.Entry, new: Debugfs.Entry)

    /// Files of equal size whose bytes are others: times don't tell, for images are built with all of them equal.
    private static func contentsChanged(
        _ pairs: [Pair], _ before: FilesystemSide, _ after: FilesystemSide
    ) async throws -> [String] {
        let old = try await before.debugfs.extents(of: pairs.map(\.old.inode))
        let new = try await after.debugfs.extents(of: pairs.map(\.new.inode))
        var changed: [String] = []
        for (index, pair) in pairs.enumerated() {
            let size = pair.new.size ?? 0
            if try !before.content(old[index]).isEqual(to: after.content(new[index]), size: size) {
                changed.append(pair.path)
            }
        }
        return changed
    }

    private static func destinationsChanged(
        _ pairs: [Pair], _ before: FilesystemSide, _ after: FilesystemSide
    ) async throws -> [String] {
        let old = try await before.debugfs.destinations(of: pairs.map(\.old.inode))
        let new = try await after.debugfs.destinations(of: pairs.map(\.new.inode))
        return pairs.indices.filter { old[$0] != new[$0] }.map { pairs[$0].path }
    }
}

/// A raw disk with filesystems in it.
private struct DiskOfFiles {
    let version: VersionFile
    let file: File
    /// Those that debugfs tells the extents of.
    let filesystems: [ExtFilesystem]

    init(_ version: VersionFile) throws {
        self.version = version
        file = try File.open("\(version.directory)/\(version.fileName)")
        filesystems = try ExtFilesystem.all(in: file).filter(\.hasExtents)
    }

    func side(_ filesystem: ExtFilesystem) -> FilesystemSide {
        FilesystemSide(file: file, filesystem: filesystem, debugfs: Debugfs(image: version, filesystem: filesystem))
    }
}

/// One of the two filesystems that are compared.
private struct FilesystemSide {
    let file: File
    let filesystem: ExtFilesystem
    let debugfs: Debugfs

    func content(_ extents: [Debugfs.Extent]) -> FileContent {
        FileContent(file: file, filesystem: filesystem, extents: extents.sorted { $0.logical < $1.logical })
    }
}

/// A file's bytes, read where the disk has them.
private struct FileContent {
    let file: File
    let filesystem: ExtFilesystem
    /// In the order of the file.
    let extents: [Debugfs.Extent]

    private static let pieceSize: Int64 = 1 << 20

    func isEqual(to other: FileContent, size: Int64) throws -> Bool {
        for offset in stride(from: 0, to: size, by: Int(Self.pieceSize)) {
            let count = min(Self.pieceSize, size - offset)
            guard try bytes(at: offset, count: count) == other.bytes(at: offset, count: count) else { return false }
        }
        return true
    }

    /// What no extent has, and what is only reserved, is zeros.
    private func bytes(at offset: Int64, count: Int64) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Int(count))
        for extent in extents where !extent.isUnwritten {
            let start = extent.logical * filesystem.blockSize
            let (from, to) = (max(offset, start), min(offset + count, start + extent.count * filesystem.blockSize))
            guard from < to else { continue }
            let place = filesystem.offset + extent.physical * filesystem.blockSize + (from - start)
            let found = try file.read(at: place, count: Int(to - from))
            bytes.replaceSubrange(Int(from - offset)..<Int(from - offset) + found.count, with: found)
        }
        return bytes
    }
}
