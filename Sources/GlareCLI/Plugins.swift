import FoundationEssentials
import Glibc
import Subprocess
import SystemPackage

/// Commands that others add: executables called `glare-NAME`, in the program's own directory or in PATH.
enum Plugins {
    struct Plugin: Sendable {
        let name: String
        let path: String
    }

    static func find(_ name: String) -> Plugin? {
        guard !name.contains("/") else { return nil }
        return directories.lazy.map { Plugin(name: name, path: "\($0)/glare-\(name)") }.first { isExecutable($0.path) }
    }

    /// All there are but the built-in ones, by name; of two with one name the first in the order of search.
    static func all() -> [Plugin] {
        var found: [String: Plugin] = [:]
        for directory in directories {
            for entry in (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? [] {
                guard entry.hasPrefix("glare-"), isExecutable("\(directory)/\(entry)") else { continue }
                let name = String(entry.dropFirst("glare-".count))
                guard !name.isEmpty, !GlareCommand.names.contains(name), found[name] == nil else { continue }
                found[name] = Plugin(name: name, path: "\(directory)/\(entry)")
            }
        }
        return found.values.sorted { $0.name < $1.name }
    }

    /// Replaces this process by the plugin; returns only where that fails, with the reason.
    static func become(_ plugin: Plugin, arguments: [String]) -> CommandFailure {
        let words = [plugin.path] + arguments.dropFirst()
        var pointers = words.map { strdup($0) } + [nil]
        signal(SIGPIPE, SIG_DFL)
        execv(plugin.path, &pointers)
        let reason = Errno(rawValue: errno)
        for pointer in pointers { free(pointer) }
        return CommandFailure(.failure, "\(plugin.path): cannot run: \(reason)")
    }

    /// The first line that each prints for `-h`, shown as `glare NAME …`.
    static func usages() async -> [String] {
        await withTaskGroup(of: (String, String).self) { group in
            for plugin in all() { group.addTask { (plugin.name, await usage(of: plugin)) } }
            var lines: [String: String] = [:]
            for await (name, line) in group { lines[name] = line }
            return lines.sorted { $0.key < $1.key }.map(\.value)
        }
    }

    private static func usage(of plugin: Plugin) async -> String {
        let help = await withTaskGroup(of: String?.self) { group in
            group.addTask {
                try? await Subprocess.run(
                    .path(FilePath(plugin.path)), arguments: ["-h"], input: .none, output: .string(limit: 1 << 16),
                    error: .combinedWithOutput
                ).standardOutput
            }
            // One that does not know -h and waits must not keep the list from the others.
            group.addTask {
                try? await Task.sleep(for: .seconds(2))
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
        let line = (help ?? "").split(separator: "\n").first.map(String.init)?.removingPrefix("usage: ") ?? ""
        let program = line.prefix { $0 != " " }
        guard program.split(separator: "/").last == "glare-\(plugin.name)" else { return "glare \(plugin.name)" }
        return "glare \(plugin.name)\(line.dropFirst(program.count))"
    }

    private static var directories: [String] {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")).map {
            String($0.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/"))
        }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        return (own.map { [$0] } ?? []) + path.split(separator: ":").map(String.init)
    }

    private static func isExecutable(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }
}
