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
        return tool == "python3" ? python : inPath(tool)
    }

    /// Python itself, where a version manager has a script in its place: hundreds of tests start it, and such a script
    /// takes 0.2 s each time, Python 0.02.
    private static let python = inPath("python3").map { path in
        let told = try? run(path, ["-I", "-S", "-c", "import sys; print(sys.executable, end='')"])
        return told.flatMap { $0.status == 0 && !$0.stdout.isEmpty ? $0.stdout : nil } ?? path
    }

    private static func inPath(_ tool: String) -> String? {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let directories = path.split(separator: ":").map(String.init) + ["/usr/local/sbin", "/usr/sbin", "/sbin"]
        return directories.map { "\($0)/\(tool)" }.first { access($0, X_OK) == 0 }
    }
}
