import Foundation
import GlareTestSupport

/// A filesystem of its own in a file, mounted while the object lives, which can lose its power.
final class LoopDisk {
    enum Filesystem: String, CaseIterable, Sendable { case ext4, xfs }

    /// Only root can mount, and only where there are loop devices.
    static let canMount =
        Machine.isCI
        || (Machine.isRoot && FileManager.default.fileExists(atPath: "/dev/loop-control")
            && ["mkfs.ext4", "mkfs.xfs", "xfs_io"].allSatisfy { Machine.path(of: $0) != nil })
    static let needs = "needs root, loop devices, mkfs.ext4, mkfs.xfs and xfs_io"

    private let scratch: Scratch
    let directory: String
    private let image: String

    /// - Parameter options: Of `mkfs`.
    init(_ filesystem: Filesystem, _ options: String..., megabytes: Int = 320) throws {
        scratch = try Scratch()
        directory = try scratch.directory("mounted")
        image = scratch.path("disk")
        try mustRun("truncate", ["-s", "\(megabytes)M", image])
        try mustRun("mkfs.\(filesystem.rawValue)", ["-q"] + options + [image])
        try mount()
    }

    deinit { _ = try? mustRun("umount", ["--lazy", directory]) }

    private func mount() throws { try mustRun("mount", ["-o", "loop", image, directory]) }

    /// Waits until all that was written is on disk.
    func sync() throws { try mustRun("sync", ["-f", directory]) }

    /// Cuts the power: what is not on disk by now never will be.
    ///
    /// - Parameter flushingLog: Whether the filesystem's own log still gets there.
    func cutPower(flushingLog: Bool) throws {
        try mustRun("xfs_io", ["-x", "-c", flushingLog ? "shutdown -f" : "shutdown", directory])
    }

    /// What the next start does: mounts it anew, from what is on disk.
    func start() throws {
        try mustRun("umount", [directory])
        try mount()
    }
}
