import Foundation
import GlareTestSupport
import Testing

/// The project itself: what stands beside these tests, with the program that was built.
enum Checkout {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    /// Whether there is a built program in `bin/`, as in every run of `make test`.
    static let isBuilt = Machine.isCI || GlareBinary.release != nil

    static let version = Result { try mustRun(root + "/scripts/project-version", []).trimmed }

    /// A user whom nothing on this machine belongs to.
    static let nobody = ["--reuid=65534", "--regid=65534", "--clear-groups"]

    /// The environment of somebody who has set nothing.
    static func environment(_ more: [String: String] = [:]) -> [String: String] {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        let base = [
            "PATH": path + ":/usr/sbin:/sbin", "HOME": "/nonexistent", "LC_ALL": "C.UTF-8",
            "GLARE_CONFIG_SYSTEM": "/nonexistent/glare.conf",
        ]
        return base.merging(more) { _, new in new }
    }

    /// Copies what git has, or would take, and the program, so that a test can do with it what it likes.
    static func copy(to directory: String, withProgram: Bool = true) throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try mustShell(
            """
            cd "$ROOT"
            # Without git: a source tarball.
            { git ls-files -z --cached --others --exclude-standard 2>/dev/null ||
                find . -path './.build*' -prune -o -path ./bin -prune -o -path ./dist -prune -o -type f -print0; } |
                tar --create --null --files-from=- --ignore-failed-read 2>/dev/null | tar --extract -C "$COPY"
            [ -z "$PROGRAM" ] || cp -a bin "$COPY/"
            chmod -R go+rX "$COPY"
            """, ["ROOT": root, "COPY": directory, "PROGRAM": withProgram ? "yes" : ""])
    }
}

struct ScriptFailed: Error, CustomStringConvertible {
    let description: String
}

/// Runs lines of bash in the project, with what they need as variables; they end at the first that fails.
func shell(
    _ script: String, _ variables: [String: String] = [:], in directory: String = Checkout.root, asNobody: Bool = false
) throws -> RunResult {
    let command = ["bash", "-euo", "pipefail", "-c", script]
    let words = asNobody ? ["setpriv"] + Checkout.nobody + command : command
    return try run(
        words[0], Array(words.dropFirst()), environment: Checkout.environment(variables), directory: directory)
}

/// The same, where all has to succeed; what they print.
@discardableResult
func mustShell(
    _ script: String, _ variables: [String: String] = [:], in directory: String = Checkout.root, asNobody: Bool = false
) throws -> String {
    let result = try shell(script, variables, in: directory, asNobody: asNobody)
    guard result.status == 0 else {
        throw ScriptFailed(description: "status \(result.status) of:\n\(script)\n\(result.stdout)\n\(result.stderr)")
    }
    return result.stdout
}

/// Every path below a directory, with its type, permissions, and what a link points to.
func listing(of directory: String) throws -> [String: String] {
    let lines = try mustShell("find . -mindepth 1 -printf '%P\\t%y %m %l\\n'", in: directory).lines
    return Dictionary(
        uniqueKeysWithValues: lines.map { line in
            let parts = line.components(separatedBy: "\t")
            return (parts[0], parts[1].trimmed)
        })
}

extension String {
    var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
    var lines: [String] { split(separator: "\n").map(String.init) }
    var words: [String] { split(whereSeparator: \.isWhitespace).map(String.init) }
}
