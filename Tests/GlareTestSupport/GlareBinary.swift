import Foundation

/// The program itself, as users have it.
public enum GlareBinary {
    /// What the tests run: the release build, because that is what users have, and because a sync of small images
    /// takes a sixth of the debug build's processor time with it; else the debug build.
    public static let path = release ?? debug

    /// The release build, where the suite was started with one (`make test` does).
    public static let release = ProcessInfo.processInfo.environment["GLARE_RELEASE_BINARY"].flatMap {
        $0.isEmpty ? nil : $0
    }

    /// The debug build beside the tests.
    private static let debug: String = {
        let tests = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        var directory = tests.deletingLastPathComponent()
        while directory.path != "/" {
            let candidate = directory.appendingPathComponent("glare")
            var isDirectory: ObjCBool = false
            if FileManager.default.fileExists(atPath: candidate.path, isDirectory: &isDirectory), !isDirectory.boolValue
            {
                return candidate.path
            }
            directory = directory.deletingLastPathComponent()
        }
        return "glare"
    }()

    /// An environment in which no file of this machine's users sets anything, and retries are quick.
    public static func environment(_ more: [String: String] = [:]) -> [String: String] {
        let base = [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "HOME": "/nonexistent",
            "GLARE_CONFIG_SYSTEM": "/nonexistent/glare.conf", "GLARE_RETRY_WAIT": "0",
        ]
        return base.merging(more) { _, new in new }
    }
}

/// Runs `glare` with these words.
@discardableResult
public func glare(
    _ arguments: String..., environment: [String: String] = [:], input: String? = nil, directory: String? = nil
) throws -> RunResult {
    try run(
        GlareBinary.path, arguments, input: input, environment: GlareBinary.environment(environment),
        directory: directory)
}
