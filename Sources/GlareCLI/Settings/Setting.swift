/// Something that the configuration files, the environment or the command line can set.
///
/// From ``Settings`` come the option, the variable, the key, the manual and the completion.
struct Setting<Value: Sendable>: AnySetting {
    let key: String
    let short: Character?
    let fallback: String?
    let audience: Audience
    let summary: String
    let kind: SettingKind<Value>

    init(
        _ key: String, short: Character? = nil, _ kind: SettingKind<Value>, fallback: String? = nil,
        for audience: Audience, _ summary: String
    ) {
        self.key = key
        self.short = short
        self.kind = kind
        self.fallback = fallback
        self.audience = audience
        self.summary = summary
    }

    var expected: String { kind.expected }
    var placeholder: String { kind.placeholder }
    var isRepeatable: Bool { kind.isRepeatable }

    func accepts(_ text: String) -> Bool { kind.parse(text) != nil }
    func shown(_ text: String) -> String { kind.shown(text) }
}

/// Whom a setting concerns: the sections of the manual and of the example file.
enum Audience: String, CaseIterable {
    case publisher = "Publishing"
    case server = "Serving"
    case host = "Syncing"
    case network = "Reaching servers"
}

/// A setting, whatever its value's type.
protocol AnySetting: Sendable {
    /// As the files have it.
    var key: String { get }
    /// The one-letter form of its option.
    var short: Character? { get }
    /// What holds where nobody says anything; nil where there is no such thing.
    var fallback: String? { get }
    var audience: Audience { get }
    /// A sentence without its full stop.
    var summary: String { get }
    /// What is expected, for the message when it is something else.
    var expected: String { get }
    /// What stands for the value in a usage line.
    var placeholder: String { get }
    /// Whether the option may be given several times.
    var isRepeatable: Bool { get }

    func accepts(_ text: String) -> Bool
    /// The value as it may be shown to others: without passwords.
    func shown(_ text: String) -> String
}

extension AnySetting {
    /// The environment's variable.
    var variable: String { "GLARE_" + key }

    /// The option's long form, without its dashes.
    var option: String { String(key.lowercased().map { $0 == "_" ? "-" : $0 }) }
}

/// A setting's value that is not what it must be.
struct SettingError: Error, CustomStringConvertible {
    let key: String
    /// As it may be shown.
    let value: String
    let origin: Origin
    let expected: String

    var isFromCommandLine: Bool { origin == .option }

    var description: String { "\(key)=\(value) (\(origin)): expected \(expected)" }
}

/// Where a value came from; later ones win.
enum Origin: CustomStringConvertible, Equatable {
    case fallback
    case file(String, line: Int)
    case environment
    case option

    var description: String {
        switch self {
        case .fallback: "the default"
        case .file(let path, let line): "\(path), line \(line)"
        case .environment: "from the environment"
        case .option: "from the command line"
        }
    }
}
