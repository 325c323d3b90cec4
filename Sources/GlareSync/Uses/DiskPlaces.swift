import GlareModel

/// Where the disks of a host's VMs are, as DISK_DIRS has it: directories, and after a `!` shell patterns of paths
/// that are left out, whose `*` goes over slashes.
struct DiskPlaces {
    let directories: [String]
    private let leftOut: [NamePattern]

    init(_ words: [String]) {
        directories = words.filter { !$0.hasPrefix("!") }
        leftOut = words.filter { $0.hasPrefix("!") }.map { NamePattern(String($0.dropFirst())) }
    }

    func leavesOut(_ path: String) -> Bool { leftOut.contains { $0.matches(path) } }
}
