import FoundationEssentials
import GlareModel
import GlareSystem
import SystemPackage

/// The settings as the files and the environment have them.
struct Configuration {
    /// Something in a file or the environment that is not as it should be.
    struct Problem: Error, CustomStringConvertible {
        /// Whether no command can go on with it.
        let isError: Bool
        let description: String
    }

    private struct Value {
        let text: String
        let origin: Origin
    }

    private let environment: [String: String]
    private var values: [String: Value] = [:]
    private(set) var problems: [Problem] = []
    /// The files that were looked for, in the order in which they are read.
    let files: [String]

    /// Reads `/etc/glare.conf`, then `~/.glare.conf`, then `GLARE_…` of the environment; later ones win.
    /// `GLARE_CONFIG_SYSTEM` names another file in the place of the first.
    init(environment: [String: String]) {
        self.environment = environment
        var files = [environment[Self.systemFileVariable] ?? "/etc/glare.conf"]
        if let home = environment["HOME"], !home.isEmpty { files.append(home + "/.glare.conf") }
        self.files = files
        var variables = environment
        for file in files { read(file, variables: &variables) }
        for setting in Settings.all {
            if let text = environment[setting.variable] {
                values[setting.key] = Value(text: text, origin: .environment)
            }
        }
    }

    static let systemFileVariable = "GLARE_CONFIG_SYSTEM"

    private mutating func read(_ path: String, variables: inout [String: String]) {
        do {
            let bytes = try File.open(path).readAll(limit: 1 << 20)
            guard let text = String(validating: bytes, as: UTF8.self) else {
                return fail("\(path): expected text in UTF-8, found other bytes")
            }
            let known = variables
            let parsed = ShellAssignments.parse(text, lookUp: { known[$0] })
            for assignment in parsed.assignments {
                variables[assignment.key] = assignment.value
                take(assignment, from: path)
            }
            for problem in parsed.problems { fail("\(path), line \(problem.line): \(problem.reason)") }
        } catch let error as SystemError where error.code == .noSuchFileOrDirectory || error.code == .notDirectory {
            return
        } catch let error as SystemError where error.code == .permissionDenied && path != files.first {
            // As with `runuser`, which leaves HOME as it was: somebody else's settings are not ours.
            problems.append(Problem(isError: false, description: "\(error); it is passed over"))
        } catch {
            fail("\(error)")
        }
    }

    private mutating func fail(_ text: String) { problems.append(Problem(isError: true, description: text)) }

    private mutating func take(_ assignment: ShellAssignments.Assignment, from path: String) {
        if Settings.keys.contains(assignment.key) {
            values[assignment.key] = Value(text: assignment.value, origin: .file(path, line: assignment.line))
            if assignment.key == Settings.onUpdate.key, let name = assignment.unset.first {
                // What the command is given is not there yet.
                let text =
                    "\(path), line \(assignment.line): $\(name) in \(assignment.key) is empty when this file is read"
                problems.append(
                    Problem(isError: false, description: "\(text): put the command in single quotes, for it to see it"))
            }
        } else {
            let hint =
                Suggestion.nearest(to: assignment.key, among: Settings.keys).map { "; did you mean \($0)?" } ?? ""
            let text = "\(path), line \(assignment.line): no setting is called \(assignment.key)\(hint)"
            problems.append(Problem(isError: false, description: text))
        }
    }

    /// All that is wrong: what stopped the reading, unknown keys and variables, values that are not what
    /// is expected.
    func check() -> [Problem] {
        let values = Settings.all.compactMap { setting in
            self.values[setting.key].flatMap { value in
                setting.accepts(value.text) ? nil : error(in: value, of: setting)
            }
        }
        let known = Settings.all.map(\.variable) + [Self.systemFileVariable]
        let files = missingFiles()
        let strangers = environment.keys.filter { $0.hasPrefix("GLARE_") && !known.contains($0) }.sorted()
        return problems + files + values.map { Problem(isError: true, description: $0.description) }
            + strangers.map { name in
                let hint = Suggestion.nearest(to: name, among: known).map { "; did you mean \($0)?" } ?? ""
                return Problem(isError: false, description: "the environment's \(name) is no setting\(hint)")
            }
    }

    /// Files that are named, and not there.
    private func missingFiles() -> [Problem] {
        Settings.files.compactMap { setting in
            guard let value = values[setting.key], missingFile(setting) != nil else { return nil }
            let subject = "\(setting.key)=\(value.text) (\(value.origin))"
            return Problem(isError: true, description: "\(subject): expected a file, found none there")
        }
    }

    /// The file that a setting names, where it is not there, and is not the one that need not be.
    func missingFile(_ setting: Setting<String>) -> String? {
        guard isSet(setting), let path = try? path(setting), path != setting.fallback.map(expanded),
            !FileManager.default.fileExists(atPath: path)
        else { return nil }
        return path
    }

    /// A setting's text and where it comes from, unchecked; nil where nothing says it.
    func entry(of setting: any AnySetting) -> (text: String, origin: Origin)? {
        values[setting.key].map { ($0.text, $0.origin) } ?? setting.fallback.map { ($0, .fallback) }
    }

    /// A setting's value: from the command line, or what the files and the environment say, or the default.
    ///
    /// - Throws: ``SettingError`` where it is not what is expected.
    func value<Parsed>(_ setting: Setting<Parsed>, option: String? = nil) throws -> Parsed? {
        let found =
            option.map { Value(text: $0, origin: .option) }
            ?? entry(of: setting).map { Value(text: $0.text, origin: $0.origin) }
        guard let found else { return nil }
        guard let parsed = setting.kind.parse(found.text) else { throw error(in: found, of: setting) }
        return parsed
    }

    /// As ``value(_:option:)``, for a setting that has a default.
    func required<Parsed>(_ setting: Setting<Parsed>, option: String? = nil) throws -> Parsed {
        guard let value = try value(setting, option: option) else {
            throw CommandFailure(.usage, "\(setting.key) is not set: expected \(setting.expected)")
        }
        return value
    }

    /// The values of a setting that may be given several times; empty where nothing says it.
    func list<Element>(_ setting: Setting<[Element]>, options: [String]) throws -> [Element] {
        if options.isEmpty { return try value(setting) ?? [] }
        return try options.flatMap { try value(setting, option: $0) ?? [] }
    }

    /// The keys of which one must have signed; files are read.
    ///
    /// - Throws: ``SettingError``, `InvalidKey`, `SystemError`.
    func trustedKeys(options: [String]) throws -> [PublicKey] {
        try list(Settings.trustedKey, options: options).map(trustedKey)
    }

    /// A key, or the one in the file of that name.
    ///
    /// - Throws: `InvalidKey`, `SystemError`.
    func trustedKey(_ word: String) throws -> PublicKey {
        if let key = PublicKey(line: word) { return key }
        return try PublicKey(file: File.open(expanded(word)).readAll(limit: Signature.sizeLimit), subject: word)
    }

    /// A path, in which `~` stands for the home directory wherever it was written.
    func path(_ setting: Setting<String>, option: String? = nil) throws -> String? {
        try value(setting, option: option).map(expanded)
    }

    private func expanded(_ path: String) -> String {
        path.hasPrefix("~/") ? (environment["HOME"].map { $0 + path.dropFirst() } ?? path) : path
    }

    private func error(in value: Value, of setting: any AnySetting) -> SettingError {
        SettingError(
            key: setting.key, value: setting.shown(value.text), origin: value.origin, expected: setting.expected)
    }

    /// Whether anybody but the default says something of a setting.
    func isSet(_ setting: any AnySetting) -> Bool { values[setting.key] != nil }
}
