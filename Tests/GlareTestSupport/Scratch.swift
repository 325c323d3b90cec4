import Foundation

/// A directory of one test's own, removed when the test ends, however it ends.
public final class Scratch: Sendable {
    public let url: URL

    /// - Parameter parent: Another place than the temporary directory, such as a mounted filesystem.
    public init(in parent: String? = nil) throws {
        let base = parent ?? ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
        url = URL(fileURLWithPath: base).appendingPathComponent("glare-test.\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    public func path(_ name: String) -> String { url.appendingPathComponent(name).path }

    /// Makes a directory in it.
    public func directory(_ name: String) throws -> String {
        try FileManager.default.createDirectory(atPath: path(name), withIntermediateDirectories: true)
        return path(name)
    }

    /// Writes a small file in it.
    @discardableResult
    public func file(_ name: String, _ text: String) throws -> String {
        try text.write(toFile: path(name), atomically: false, encoding: .utf8)
        return path(name)
    }

    /// Installs a shell script that anybody may run, at a path in it or elsewhere.
    ///
    /// By another process, because what this one has open for writing, a child that it starts at that moment has
    /// too, and nobody can run it then.
    public func script(_ lines: String, at path: String, mode: String = "755") throws {
        let text = try file(UUID().uuidString, "#!/bin/sh\n\(lines)\n")
        try mustRun("install", ["-m", mode, text, path])
    }
}
