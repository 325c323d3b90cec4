import Glibc
import Synchronization
import SystemPackage

/// Where output goes: data to standard output, all that is about it to standard error, and below both,
/// on a terminal, the lines of what is under way.
enum Console {
    private static let screen = Mutex(Screen())

    /// Output that somebody waits for: what of it can't be written is noted in ``lostOutput``.
    static func data(_ text: String) { data(Array(text.utf8)) }
    static func data(_ bytes: [UInt8]) {
        screen.withLock { screen in
            if let error = screen.write(bytes, to: STDOUT_FILENO) { screen.lost = screen.lost ?? error }
        }
    }

    /// Lines of a log, each with its end, which are no reason to stop if they can't be written. Nothing else
    /// waits for them, also not where nobody reads them: they are for commands that show nothing under way.
    static func log(_ lines: String) { Screen.write(Array(lines.utf8)[...], to: STDOUT_FILENO) }

    static func note(_ text: String) {
        let line = "\(Hints.complete(text))\n"
        screen.withLock { _ = $0.write(Array(line.utf8), to: STDERR_FILENO) }
    }

    /// Why data could not be written; nil where it was, or where whoever read it has gone (`| head`).
    static var lostOutput: Errno? { screen.withLock { $0.lost } }

    /// What the command can't go on with, with the program's name before it.
    static func fail(_ text: String) { note(Style.standardError.bad("glare:") + " \(text)") }

    /// Something that is wrong, and that the command goes on with.
    static func warn(_ text: String) { note(Style.standardError.doubtful("glare:") + " \(text)") }

    /// Replaces the lines of what is under way; none are drawn unless standard error is a terminal.
    static func show(progress lines: [ProgressLine]) { screen.withLock { $0.show(lines) } }

    /// Whether a person reads the notes and can answer a question.
    static var isInteractive: Bool { isTerminal(STDIN_FILENO) && isTerminal(STDERR_FILENO) }

    static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

    /// A question that is answered by a line; false unless that begins with y. End of input is a no.
    static func confirm(_ question: String) -> Bool {
        screen.withLock { _ = $0.write(Array("\(question) ".utf8), to: STDERR_FILENO) }
        guard let answer = readLine() else {
            note("")
            return false
        }
        return answer.lowercased().hasPrefix("y")
    }
}

/// The terminal as we left it: whatever else is written goes above the lines of what is under way.
private struct Screen {
    private var drawn: [String] = []
    /// The first failure to write data.
    var lost: Errno?

    mutating func write(_ bytes: [UInt8], to descriptor: Int32) -> Errno? {
        guard !drawn.isEmpty, Console.isTerminal(descriptor) else { return Self.write(bytes[...], to: descriptor) }
        erase()
        defer { draw() }
        return Self.write(bytes[...], to: descriptor)
    }

    mutating func show(_ lines: [ProgressLine]) {
        guard !(lines.isEmpty && drawn.isEmpty), let size = TerminalSize.current else { return }
        // In the background the terminal is somebody else's.
        guard Self.isOurs else {
            drawn = []
            return
        }
        erase()
        let shown = lines.prefix(max(1, size.rows - 1))
        // The last column stays free: a full line would wrap on some terminals.
        drawn = ProgressLine.aligned(Array(shown), width: size.columns - 1, style: Style.standardError)
        draw()
    }

    /// The cursor rests where the first line begins, so that whatever wraps the lines, as a narrower window
    /// or an echoed `^C`, they are all behind it.
    private func erase() {
        if !drawn.isEmpty { Self.write(Array("\r\u{1B}[J".utf8)[...], to: STDERR_FILENO) }
    }

    private func draw() {
        guard !drawn.isEmpty else { return }
        let back = drawn.count > 1 ? "\u{1B}[\(drawn.count - 1)A" : ""
        Self.write(Array((drawn.joined(separator: "\n") + "\r" + back).utf8)[...], to: STDERR_FILENO)
    }

    private static var isOurs: Bool {
        let group = tcgetpgrp(STDERR_FILENO)
        return group == -1 || group == getpgrp()
    }

    @discardableResult
    static func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) -> Errno? {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            // Whoever read it has gone (`| head`): nothing is left to tell them.
            guard count > 0 else { return errno == EPIPE ? nil : Errno(rawValue: errno) }
            rest = rest.dropFirst(count)
        }
        return nil
    }
}

struct TerminalSize {
    let columns: Int
    let rows: Int

    /// Of standard error; nil where that is no terminal. One that does not say its size has 80 by 24.
    static var current: TerminalSize? {
        guard Console.isTerminal(STDERR_FILENO) else { return nil }
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return TerminalSize(columns: 80, rows: 24)
        }
        return TerminalSize(columns: Int(size.ws_col), rows: Int(size.ws_row))
    }
}
