/// Something that the configuration files, the environment or the command line can set.
struct Setting<Value: Sendable>: Sendable {
    /// As the files have it; the environment has `GLARE_` before it.
    let key: String
    /// What holds where nobody says anything; nil where there is no such thing.
    let fallback: String?
    let summary: String
    /// What is expected, for the message when it is something else.
    let expected: String
    let parse: @Sendable (String) -> Value?
}

/// Every setting there is: what reads or documents them goes by this table.
enum Settings {
    static let directory = path("DIRECTORY", "/var/www/html/vm_images", "The repository.")
    static let limit = count("LIMIT", 5, 1, "Versions kept of each image.")
    static let grace = duration("GRACE", "24h", "How long a version's file stays after it left the catalogue.")
    static let fileMode = Setting(
        key: "FILE_MODE", fallback: "0444", summary: "Permissions of a version's file, in octal.",
        expected: "an octal number from 0400 to 0777, such as 0444"
    ) { text in
        UInt32(text, radix: 8).flatMap { (0o400...0o777).contains($0) ? $0 : nil }
    }
    static let targetDirectory = path("TARGET_DIR", nil, "The cache.")
    static let downloadDirectory = path("DOWNLOAD_DIR", nil, "Where downloads go first, on the cache's filesystem.")
    static let server = text("SERVER", "Address of the repository: http://, https:// or file://.")
    static let jobs = count("JOBS", 2, 1, "Images synced at a time.")
    static let retries = count("RETRIES", 4, 0, "Further attempts when a server fails for the moment.")
    static let retryWait = duration("RETRY_WAIT", "1s", "Wait before the first of them; it doubles with each.")
    static let keepUnused = duration(
        "KEEP_UNUSED", "30d", "How long a cache keeps superseded versions that nobody has open.")
    static let host = text("HOST", "Address that serve listens on.", fallback: "127.0.0.1")
    static let port = Setting(
        key: "PORT", fallback: "8080", summary: "Port that serve listens on; 0 takes a free one.",
        expected: "a number from 0 to 65535"
    ) { text in
        Int(text).flatMap { (0...65535).contains($0) ? $0 : nil }
    }

    /// All keys, for telling a mistyped one.
    static let keys = [
        directory.key, limit.key, grace.key, fileMode.key, targetDirectory.key, downloadDirectory.key, server.key,
        jobs.key, retries.key, retryWait.key, keepUnused.key, host.key, port.key,
    ]

    private static func text(_ key: String, _ summary: String, fallback: String? = nil) -> Setting<String> {
        Setting(key: key, fallback: fallback, summary: summary, expected: "a text that is not empty") {
            $0.isEmpty ? nil : $0
        }
    }

    private static func path(_ key: String, _ fallback: String?, _ summary: String) -> Setting<String> {
        Setting(key: key, fallback: fallback, summary: summary, expected: "a path") { $0.isEmpty ? nil : $0 }
    }

    private static func count(_ key: String, _ fallback: Int, _ least: Int, _ summary: String) -> Setting<Int> {
        Setting(key: key, fallback: String(fallback), summary: summary, expected: "a whole number of at least \(least)")
        { text in
            Int(text).flatMap { $0 >= least && $0 <= 1_000_000 ? $0 : nil }
        }
    }

    private static func duration(_ key: String, _ fallback: String, _ summary: String) -> Setting<Int64> {
        Setting(
            key: key, fallback: fallback, summary: summary,
            expected: "a time such as 0, 90s, 15m, 24h or 30d", parse: seconds)
    }

    /// A number of seconds, or of what its last letter says.
    static func seconds(_ text: String) -> Int64? {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800]
        let unit = text.last.flatMap { units[$0] }
        guard let number = Int64(unit == nil ? Substring(text) : text.dropLast()), number >= 0 else { return nil }
        let (seconds, overflow) = number.multipliedReportingOverflow(by: unit ?? 1)
        return overflow ? nil : seconds
    }
}

/// A setting's value that is not what it must be.
struct SettingError: Error, CustomStringConvertible {
    let key: String
    let value: String
    let origin: Origin
    let expected: String

    var isFromCommandLine: Bool { if case .option = origin { true } else { false } }

    var description: String { "\(key)=\(value) (\(origin)): expected \(expected)" }
}

/// Where a value came from; later ones win.
enum Origin: CustomStringConvertible {
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
