import Glibc

/// Where output goes: data to standard output, all that is about it to standard error.
enum Console {
    static func data(_ text: String) { write(text, to: STDOUT_FILENO) }
    static func data(_ bytes: [UInt8]) { write(bytes[...], to: STDOUT_FILENO) }
    static func note(_ text: String) { write("\(text)\n", to: STDERR_FILENO) }

    /// Something that is wrong, with the program's name before it.
    static func warn(_ text: String) { note("glare: \(text)") }

    /// Whether a person reads the notes and can answer a question.
    static var isInteractive: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

    /// A question that is answered by a line; false unless that begins with y. End of input is a no.
    static func confirm(_ question: String) -> Bool {
        write(question + " ", to: STDERR_FILENO)
        guard let answer = readLine() else {
            note("")
            return false
        }
        return answer.lowercased().hasPrefix("y")
    }

    private static func write(_ text: String, to descriptor: Int32) { write(Array(text.utf8)[...], to: descriptor) }

    private static func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            // Whoever read it has gone (`| head`): nothing is left to tell them.
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
