import Glibc

/// A process, as people know it: `qemu-system-x86 (process 4711)`.
public struct ProcessName: Sendable, CustomStringConvertible {
    public let description: String

    init(id: String) {
        let command = try? File.open("/proc/\(id)/comm").readAll(limit: 64)
        let name = command.map { String(decoding: $0.prefix { $0 != 0x0A }, as: UTF8.self) } ?? "?"
        description = "\(name) (process \(id))"
    }
}

extension FileStamp {
    /// Processes that have the file open or mapped, as far as `/proc` shows them to us: a process of another
    /// user, or of another namespace, may be missing.
    public func holders() -> [ProcessName] {
        guard let processes = try? Directory.open("/proc").names() else { return [] }
        let own = String(getpid())
        return processes.filter { $0 != own && $0.first?.isNumber == true && (hasOpen($0) || hasMapped($0)) }
            .map(ProcessName.init)
    }

    private func hasOpen(_ process: String) -> Bool {
        let path = "/proc/\(process)/fd"
        guard let descriptors = try? Directory.open(path).names() else { return false }
        return descriptors.contains { name in
            var status = stat()
            return stat("\(path)/\(name)", &status) == 0 && isSameFile(as: FileStatus(status).stamp)
        }
    }

    /// Its memory map has a line a mapping: `ADDRESSES PERMISSIONS OFFSET MAJOR:MINOR INODE PATH`. Source:
    /// Linux, `Documentation/filesystems/proc.rst`. On btrfs the device there is another than `stat` tells, so
    /// it is the inode and the path that are looked at.
    private func hasMapped(_ process: String) -> Bool {
        guard let map = try? File.open("/proc/\(process)/maps").readAll(limit: 4 << 20) else { return false }
        return String(decoding: map, as: UTF8.self).split(separator: "\n").contains { line in
            let fields = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
            guard fields.count == 6, UInt64(fields[4]) == inode else { return false }
            var status = stat()
            return stat(fields[5].trimmingPrefix { $0 == " " }.description, &status) == 0
                && isSameFile(as: FileStatus(status).stamp)
        }
    }
}
