import Dispatch
import FoundationEssentials
import GlareModel
import GlareSync
import GlareSystem
import GlareTransfer
import Glibc
import SystemPackage

/// What every command works with: the configuration, a way to say things, and a list of what is under way.
struct Session {
    let configuration: Configuration
    let output: Output
    let activities: Activities

    /// Reads the configuration and tells what is wrong with it.
    ///
    /// - Throws: ``CommandFailure`` where a file can't be read as one.
    ///
    /// - Parameter activities: Those of a session that this one takes the place of.
    init(_ verbosity: VerbosityOptions, json: Bool = false, activities: Activities = Activities()) throws {
        self.activities = activities
        output = Output(verbosity: verbosity.verbosity, isJSON: json)
        configuration = Configuration(environment: ProcessInfo.processInfo.environment)
        for problem in configuration.problems where !problem.isError { output.warn(problem.description) }
        if let error = configuration.problems.first(where: \.isError) {
            throw CommandFailure(.configuration, error.description)
        }
    }

    /// Shows on a terminal what is under way while `body` runs. A signal that ends the process takes what is
    /// shown away, and what is unfinished.
    ///
    /// - Parameters:
    ///   - farewell: Said then to whoever sits at the terminal.
    ///   - endsAtHangup: Whether SIGHUP is such a signal.
    func working<Result>(
        farewell: String? = nil, endsAtHangup: Bool = true, _ body: () async throws -> Result
    ) async rethrows -> Result {
        Interrupts.catchThem(endsAtHangup ? [SIGINT, SIGTERM, SIGHUP] : [SIGINT, SIGTERM]) {
            // A terminal that is held up (Ctrl+S) must not keep us.
            let told = DispatchSemaphore(value: 0)
            DispatchQueue(label: "glare.farewell").async {
                Console.show(progress: [])
                if let farewell, Console.isTerminal(STDERR_FILENO) { Console.note("\n\(farewell)") }
                told.signal()
            }
            cleanUpBeforeEnd()
            _ = told.wait(timeout: .now() + .milliseconds(300))
        }
        guard ProgressDisplay.isPossible, output.verbosity != .quiet else { return try await body() }
        return try await ProgressDisplay(activities).during(body)
    }
}

/// How this process is called to those who wait for it: `alice on host: glare add-image`.
func lockHolder(_ command: String) -> String {
    let environment = ProcessInfo.processInfo.environment
    let user = environment["SUDO_USER"] ?? environment["USER"] ?? "user \(geteuid())"
    return "\(user) on \(ProcessInfo.processInfo.hostName): glare \(command)"
}

/// The cache that a command is about.
///
/// - Throws: ``CommandFailure`` where none is named.
func requiredTarget(_ settings: Configuration, option: String?) throws -> String {
    guard let target = try settings.value(Settings.targetDirectory, option: option) else {
        throw CommandFailure(.usage, "no cache: name it with --target-dir, or set TARGET_DIR")
    }
    return absolutePath(target)
}

extension Session {
    /// Who asks for the lock of a cache, for the command of this name.
    func lockAsker(_ command: String, option: String?) throws -> LockAsker {
        LockAsker(
            holder: lockHolder(command), lockWait: try configuration.value(Settings.lockWait, option: option),
            onWait: { [output] in output.tell(.waiting(holder: $0)) })
    }
}

/// The value of an option that no setting stands behind.
///
/// - Throws: ``CommandFailure`` where it is not what is expected.
func parsed<Value>(_ text: String?, _ kind: SettingKind<Value>, option: String) throws -> Value? {
    try text.map { text in
        guard let value = kind.parse(text) else {
            throw CommandFailure(.usage, "\(option) \(text.quotedForDisplay): expected \(kind.expected)")
        }
        return value
    }
}

/// A path as it can be used from any directory.
func absolutePath(_ path: String) -> String {
    if path.hasPrefix("/") { return path }
    let name = path.hasPrefix("./") ? path.dropFirst(2) : path[...]
    return FileManager.default.currentDirectoryPath + "/" + name
}

/// The absolute form of a path, as a `file://` address.
func fileAddress(_ path: String) -> String { "file://" + RepositoryLayout.percentEncoded(absolutePath(path)) }
