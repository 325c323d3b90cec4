import Foundation

public struct RunResult: Sendable {
    public let status: Int32
    public let stdout: String
    public let stderr: String
}

public struct ToolMissing: Error, CustomStringConvertible {
    public let description: String
}

/// A program that runs beside the test, and is ended with it, by its pid.
public final class RunningProcess: @unchecked Sendable {
    public let pid: pid_t
    private let out: String
    private let err: String
    private var status: Int32?

    /// - Parameter environment: Instead of the test's own.
    public init(
        _ tool: String, _ arguments: [String], input: String? = nil, environment: [String: String]? = nil,
        directory: String? = nil
    ) throws {
        guard let path = Machine.path(of: tool) else { throw ToolMissing(description: "\(tool) is not installed") }
        let base = (ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp") + "/glare-run.\(UUID().uuidString)"
        (out, err) = (base + ".out", base + ".err")
        let inputPath = input == nil ? "/dev/null" : base + ".in"
        if let input { try input.write(toFile: inputPath, atomically: false, encoding: .utf8) }
        defer { if input != nil { unlink(inputPath) } }

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, inputPath, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, out, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, err, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        // Test threads block signals; a server must hear SIGTERM.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        // `env -C` changes the directory in the child alone.
        let command = directory.map { ["env", "-C", $0, path] } ?? [path]
        let program = directory == nil ? path : Machine.path(of: "env") ?? path
        let words = (command + arguments).map { strdup($0) } + [nil]
        let variables = (environment ?? ProcessInfo.processInfo.environment).map { strdup("\($0)=\($1)") } + [nil]
        defer { for text in words + variables { free(text) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, program, &actions, &attributes, words, variables)
        guard code == 0 else { throw ToolMissing(description: "\(program): \(String(cString: strerror(code)))") }
        self.pid = pid
    }

    deinit {
        if status == nil {
            kill(pid, SIGKILL)
            _ = wait()
        }
        unlink(out)
        unlink(err)
    }

    public var stdout: String { (try? String(contentsOfFile: out, encoding: .utf8)) ?? "" }
    public var stderr: String { (try? String(contentsOfFile: err, encoding: .utf8)) ?? "" }

    public func signal(_ number: Int32) { if status == nil { kill(pid, number) } }

    public var isRunning: Bool {
        if status != nil { return false }
        var raw: Int32 = 0
        guard waitpid(pid, &raw, WNOHANG) == pid else { return true }
        status = Self.code(raw)
        return false
    }

    /// Waits for its end; the exit code, or 128 + N where signal N ended it.
    @discardableResult
    public func wait() -> Int32 {
        if let status { return status }
        var raw: Int32 = 0
        while waitpid(pid, &raw, 0) == -1 && errno == EINTR {}
        let code = Self.code(raw)
        status = code
        return code
    }

    /// Waits until `condition` holds, for at most `seconds`; false where it never did.
    public func waits(until condition: () -> Bool, seconds: Double = 60) -> Bool {
        let end = Date().addingTimeInterval(seconds)
        while Date() < end {
            if condition() { return true }
            if !isRunning { return condition() }
            usleep(10_000)
        }
        return condition()
    }

    private static func code(_ raw: Int32) -> Int32 {
        raw & 0x7F == 0 ? (raw >> 8) & 0xFF : 128 + (raw & 0x7F)
    }
}

/// Processes that a test did not start itself.
public enum Processes {
    /// Waits for the end of one, also where nobody asks how it ended; false where it goes on.
    public static func ends(_ pid: pid_t) -> Bool {
        for _ in 0..<3000 {
            guard let status = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
                !status.contains(") Z ")
            else { return true }
            usleep(10_000)
        }
        return false
    }
}

/// Runs a program to its end.
@discardableResult
public func run(
    _ tool: String, _ arguments: [String], input: String? = nil, environment: [String: String]? = nil,
    directory: String? = nil
) throws -> RunResult {
    let process = try RunningProcess(tool, arguments, input: input, environment: environment, directory: directory)
    let status = process.wait()
    return RunResult(status: status, stdout: process.stdout, stderr: process.stderr)
}

/// Runs a program that must succeed; throws what it said where it does not.
@discardableResult
public func mustRun(_ tool: String, _ arguments: [String], directory: String? = nil) throws -> String {
    let result = try run(tool, arguments, directory: directory)
    guard result.status == 0 else {
        throw ToolMissing(
            description: "\(tool) \(arguments.joined(separator: " ")): status \(result.status): \(result.stderr)")
    }
    return result.stdout
}
