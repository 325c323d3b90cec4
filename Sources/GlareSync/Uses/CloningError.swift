public import GlareModel

/// Why a disk was not made. Nothing is there that was not there before, but where the case says so.
public enum CloningError: Error, CustomStringConvertible {
    case diskExists(path: String)
    /// What is there is in use, or may be.
    case diskInUse(path: String, reason: String)
    /// What is there is a directory, a symlink, a device: nothing that a disk takes the place of.
    case notAFile(path: String)
    case insideCache(path: String)
    /// The server has it, and this cache has not.
    case notHere(VersionName, isCurrent: Bool)
    case tooSmall(size: Int64, version: String, virtualSize: Int64)
    /// What is recorded of the version and what is there differ.
    case changedVersion(path: String)
    case noRecords(path: String, reason: String)
    case noTool(String)
    case toolFailed(String, reason: String)
    /// It is there, recorded, and may be gone after a power cut.
    case notDurable(path: String, reason: String)

    public var description: String {
        switch self {
        case .diskExists(let path): "\(path): is there already; --force replaces it"
        case .diskInUse(let path, let reason): "\(path): is not replaced: \(reason)"
        case .notAFile(let path): "\(path): something else than a file is there: name another place, or move it away"
        case .insideCache(let path): "\(path): is a name in the cache that is sync's: name another"
        case .notHere(let version, true):
            "\(version.reference): is not in this cache: `glare sync` brings it, if ONLY lets it"
        case .notHere(let version, false):
            "\(version.reference): is not in this cache: `glare pin \(version.reference)`, then `glare sync` brings it"
        case .tooSmall(let size, let version, let virtualSize):
            "a disk of \(size) bytes is too small for \(version): expected at least its \(virtualSize) bytes"
        case .changedVersion(let path):
            "\(path): is not as it was when it was verified; the next sync sees to it"
        case .noRecords(let path, let reason):
            "\(path): cannot record what uses a version: \(reason); run this as root, or as a member of the group that the directory belongs to"
        case .noTool(let name): "\(name) is not installed: it makes the disk (Debian and Ubuntu: qemu-utils)"
        case .toolFailed(let name, let reason): "\(name) failed: \(reason)"
        case .notDurable(let path, let reason):
            "\(path): is there and whole, and may be gone after a power cut: \(reason)"
        }
    }
}
