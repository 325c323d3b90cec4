import Foundation
import GlareTestSupport

/// A raw disk with an ext4 filesystem of 16 MiB, made of a directory by mkfs.
enum Ext4Disk {
    static let canBeMade = Machine.has("mkfs.ext4") && Machine.has("debugfs")

    /// All of its times are equal, as image pipelines have them.
    ///
    /// - Parameter inPartition: Whether it is in the first partition of an MBR.
    @discardableResult
    static func make(of tree: String, at path: String, inPartition: Bool) throws -> String {
        try mustRun("sh", ["-c", "find '\(tree)' -exec touch -h -d @1700000000 {} +"])
        try? FileManager.default.removeItem(atPath: path)
        let offset = inPartition ? 1 << 20 : 0
        try mustRun("truncate", ["-s", "\((16 << 20) + offset)", path])
        try mustRun(
            "mkfs.ext4", ["-q", "-F", "-b", "4096", "-d", tree, "-E", "offset=\(offset)", path, "4096"])
        guard inPartition else { return path }
        // One entry: type Linux, from sector 2048.
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        try file.seek(toOffset: 446)
        try file.write(contentsOf: Data([0, 0, 0, 0, 0x83, 0, 0, 0, 0, 8, 0, 0, 0, 0x80, 0, 0]))
        try file.seek(toOffset: 510)
        try file.write(contentsOf: Data([0x55, 0xAA]))
        try file.close()
        return path
    }
}
