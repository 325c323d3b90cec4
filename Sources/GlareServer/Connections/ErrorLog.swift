import Logging
import NIOCore
import Synchronization

/// What goes wrong with files and connections, for those who look after the server: told by a thread that may
/// wait, and a line that is told again and again once a minute.
final class ErrorLog: Sendable {
    private struct Line: LogItem {
        let level: Logger.Level
        let text: String
        var byteCount: Int { 64 + text.utf8.count }
    }

    /// In which a line is told once.
    private static let interval = TimeAmount.minutes(1)
    /// Lines that are remembered. More of them in a minute than this, and some are told twice.
    private static let memory = 256

    private let queue: LogQueue<Line>
    private let told = Mutex<[String: NIODeadline]>([:])

    init(_ logger: Logger) {
        queue = LogQueue { lines in
            for line in lines { logger.log(level: line.level, "\(line.text)") }
        }
    }

    func error(_ text: String) { tell(.error, text, now: .now()) }
    func warning(_ text: String) { tell(.warning, text, now: .now()) }

    func tell(_ level: Logger.Level, _ text: String, now: NIODeadline) {
        let isNews = told.withLock { told in
            if let last = told[text], now - last < Self.interval { return false }
            if told.count >= Self.memory {
                told = told.filter { now - $0.value < Self.interval }
                if told.count >= Self.memory { told = [:] }
            }
            told[text] = now
            return true
        }
        if isNews { queue.record(Line(level: level, text: text)) }
    }

    /// As ``LogQueue/end()``.
    func end() async { _ = await queue.end() }
}
