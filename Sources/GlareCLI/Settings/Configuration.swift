import FoundationEssentials
import GlareSystem
import SystemPackage

/// The settings as the files and the environment have them.
struct Configuration {
    private struct Value {
        let text: String
        let origin: Origin
    }

    private var values: [String: Value] = [:]
    /// Keys that no setting has.
    private(set) var warnings: [String] = []

    /// Reads `/etc/glare.conf`, then `~/.glare.conf`, then `GLARE_…` of the environment; later ones win.
    /// `GLARE_CONFIG_SYSTEM` names another file in the place of the first.
    ///
    /// - Throws: ``CommandFailure`` with file and line.
    init(environment: [String: String]) throws {
        var variables = environment
        var files = [environment["GLARE_CONFIG_SYSTEM"] ?? "/etc/glare.conf"]
        if let home = environment["HOME"], !home.isEmpty { files.append(home + "/.glare.conf") }
        for file in files { try read(file, variables: &variables) }
        for key in Settings.keys {
            if let text = environment["GLARE_" + key] { values[key] = Value(text: text, origin: .environment) }
        }
    }

    private mutating func read(_ path: String, variables: inout [String: String]) throws {
        let bytes: [UInt8]
        do {
            bytes = try File.open(path).readAll(limit: 1 << 20)
        } catch let error as SystemError where error.code == .noSuchFileOrDirectory || error.code == .notDirectory {
            return
        } catch let error as SystemError {
            throw CommandFailure(.configuration, error.description)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CommandFailure(.configuration, "\(path): expected text in UTF-8, found other bytes")
        }
        do {
            let known = variables
            for assignment in try ShellAssignments.parse(text, lookUp: { known[$0] }) {
                variables[assignment.key] = assignment.value
                take(assignment, from: path)
            }
        } catch let problem {
            throw CommandFailure(.configuration, "\(path), line \(problem.line): \(problem.reason)")
        }
    }

    private mutating func take(_ assignment: ShellAssignments.Assignment, from path: String) {
        if Settings.keys.contains(assignment.key) {
            values[assignment.key] = Value(text: assignment.value, origin: .file(path, line: assignment.line))
        } else {
            let nearest = Suggestion.nearest(to: assignment.key, among: Settings.keys)
            warnings.append(
                "\(path), line \(assignment.line): no setting is called \(assignment.key)\(nearest.map { "; did you mean \($0)?" } ?? "")"
            )
        }
    }

    /// A setting's value: from the command line, or what the files and the environment say, or the default.
    ///
    /// - Throws: ``SettingError`` where it is not what is expected.
    func value<Value>(_ setting: Setting<Value>, option: String? = nil) throws -> Value? {
        let found =
            option.map { Self.Value(text: $0, origin: .option) } ?? values[setting.key]
            ?? setting.fallback.map { Self.Value(text: $0, origin: .fallback) }
        guard let found else { return nil }
        guard let value = setting.parse(found.text) else {
            throw SettingError(key: setting.key, value: found.text, origin: found.origin, expected: setting.expected)
        }
        return value
    }

    /// As ``value(_:option:)``, for a setting that has a default.
    func required<Value>(_ setting: Setting<Value>, option: String? = nil) throws -> Value {
        guard let value = try value(setting, option: option) else {
            throw CommandFailure(.usage, "\(setting.key) is not set: expected \(setting.expected)")
        }
        return value
    }

    /// Whether anybody but the default says something of a setting.
    func isSet<Value>(_ setting: Setting<Value>) -> Bool { values[setting.key] != nil }
}
