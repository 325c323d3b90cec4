import FoundationEssentials
import Glibc

/// Colours, where they are wanted: on a terminal that has them, unless `NO_COLOR` is set (no-color.org).
struct Style: Sendable {
    let isColoured: Bool
    /// Whether the locale has more than ASCII.
    let isUnicode: Bool

    static let standardOutput = Style(STDOUT_FILENO, ProcessInfo.processInfo.environment)
    static let standardError = Style(STDERR_FILENO, ProcessInfo.processInfo.environment)

    init(isColoured: Bool, isUnicode: Bool) { (self.isColoured, self.isUnicode) = (isColoured, isUnicode) }

    private init(_ descriptor: Int32, _ environment: [String: String]) {
        let wanted = (environment["NO_COLOR"] ?? "").isEmpty
        isColoured = wanted && Console.isTerminal(descriptor) && Self.canMove(environment)
        isUnicode = Self.hasUnicode(environment)
    }

    /// Whether the terminal can move its cursor and colour its text.
    static func canMove(_ environment: [String: String]) -> Bool { !["", "dumb"].contains(environment["TERM"] ?? "") }

    /// POSIX's order: the first that is set, and not empty, decides (Environment Variables, 8.2).
    static func hasUnicode(_ environment: [String: String]) -> Bool {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
        let encoding = locale.lowercased().filter { $0 != "-" }
        return encoding.contains("utf8")
    }

    func bad(_ text: String) -> String { paint(text, "1;31") }
    func doubtful(_ text: String) -> String { paint(text, "1;33") }
    func good(_ text: String) -> String { paint(text, "32") }
    func strong(_ text: String) -> String { paint(text, "1") }
    func faint(_ text: String) -> String { paint(text, "2") }

    private func paint(_ text: String, _ code: String) -> String {
        isColoured && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}
