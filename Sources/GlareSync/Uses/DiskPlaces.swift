import GlareModel
import GlareSystem

/// Where the disks of a host's VMs are, as DISK_DIRS has it: directories, and after a `!` shell patterns of paths
/// that are left out, whose `*` goes over slashes.
struct DiskPlaces {
    let directories: [String]
    private let leftOut: [NamePattern]

    init(_ words: [String]) {
        let leftOut = words.filter { $0.hasPrefix("!") }.map { NamePattern(String($0.dropFirst())) }
        directories = words.filter { word in !word.hasPrefix("!") && !leftOut.contains { $0.matches(word) } }
        self.leftOut = leftOut
    }

    func leavesOut(_ path: String) -> Bool { leftOut.contains { $0.matches(path) } }

    /// The same, also by the path without symlinks, which is the one that is told where a disk is on a name.
    func leavesOut(disk path: String) -> Bool {
        guard !leftOut.isEmpty else { return false }
        if leavesOut(path) { return true }
        guard let own = try? canonicalPath(path) else { return false }
        return leavesOut(own)
    }
}
