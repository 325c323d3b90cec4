import GlareSystem

/// Whether several hosts have a cache's directory: then one of them can't tell what the others use.
public enum Sharing: String, CaseIterable, Sendable {
    /// As its filesystem says: one that several machines can mount is taken for shared.
    case auto, yes, no

    /// Why the cache in this directory is taken for one of several hosts; nil where it is ours alone.
    func reason(of cache: Directory) -> String? {
        switch self {
        case .no: return nil
        case .yes: return "several hosts have it (SHARED_CACHE)"
        case .auto:
            do {
                return try cache.sharedFilesystem().map { "it is on \($0)" }
            } catch {
                return "whether its filesystem is shared is not known: \(error)"
            }
        }
    }
}

/// Which superseded versions of a cache stay.
public struct RetentionPolicy: Sendable {
    /// Seconds for which one that nothing uses stays after it was superseded, and after it was last seen in use.
    public var keepUnused: Int64
    /// Seconds for which a disk of `clone` that is not found any more holds the version that it was made on.
    public var keepMissing: Int64
    /// So many superseded versions of each image stay, the newest, whether anything uses them or not.
    public var keepVersions: Int
    /// Where the disks of this host's VMs are, and after a `!` patterns of what is none; empty where nobody said.
    public var diskDirectories: [String]
    public var sharing: Sharing

    /// Seconds that hold where nobody tells where the disks are: 30 days.
    public static let blindKeepUnused: Int64 = 30 * 86400

    /// - Parameter keepUnused: Nil for 30 days, or none at all where the disks can be looked at.
    public init(keepUnused: Int64?, keepVersions: Int, diskDirectories: [String], sharing: Sharing) {
        let isBlind = DiskPlaces(diskDirectories).directories.isEmpty
        self.keepUnused = keepUnused ?? (isBlind ? Self.blindKeepUnused : 0)
        keepMissing = keepUnused ?? Self.blindKeepUnused
        self.keepVersions = keepVersions
        self.diskDirectories = diskDirectories
        self.sharing = sharing
    }
}
