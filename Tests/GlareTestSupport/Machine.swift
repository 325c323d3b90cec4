import Foundation

/// What this machine can run. In CI everything counts as there, so that what is missing fails there
/// instead of being passed over.
public enum Machine {
    public static let isCI = ProcessInfo.processInfo.environment["CI"] == "true"
    public static let isRoot = geteuid() == 0

    public static func has(_ tool: String) -> Bool { isCI || path(of: tool) != nil }

    /// Root, or a CI that should be.
    public static let canBeOthers = isCI || isRoot

    /// Where a tool is; administrators' directories are searched as well.
    public static func path(of tool: String) -> String? {
        if tool.contains("/") { return tool }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let directories = path.split(separator: ":").map(String.init) + ["/usr/local/sbin", "/usr/sbin", "/sbin"]
        return directories.map { "\($0)/\(tool)" }.first { access($0, X_OK) == 0 }
    }
}
