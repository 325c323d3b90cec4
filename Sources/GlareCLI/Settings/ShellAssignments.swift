/// Reads the original's configuration files: shell assignments, and nothing else a shell can do.
///
/// A line is empty, a comment, or `[export] NAME=VALUE [# comment]`. A value is any sequence of bare
/// characters, `'…'`, `"…"`, `\c`, `$NAME` and `${NAME}`, as POSIX has them (Shell Command Language,
/// 2.2 and 2.6.2).
struct ShellAssignments {
    struct Assignment: Equatable {
        let key: String
        let value: String
        let line: Int
        /// Variables in it that nobody set: nothing stands in their places.
        var unset: [String] = []
    }

    struct Problem: Error, Equatable {
        let line: Int
        let reason: String
    }

    /// Reads all lines, also those after one that can't be read.
    ///
    /// - Parameter lookUp: The value of a variable that the file itself did not assign.
    static func parse(
        _ text: String, lookUp: @escaping (String) -> String?
    ) -> (assignments: [Assignment], problems: [Problem]) {
        var assignments: [Assignment] = []
        var problems: [Problem] = []
        let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        for (index, line) in lines.enumerated() {
            var scanner = Scanner(line: line, number: index + 1) { name in
                assignments.last { $0.key == name }?.value ?? lookUp(name)
            }
            do {
                if let assignment = try scanner.assignment() { assignments.append(assignment) }
            } catch {
                problems.append(error)
            }
        }
        return (assignments, problems)
    }
}

/// Reads one line.
private struct Scanner {
    private var rest: Substring
    private let number: Int
    private let lookUp: (String) -> String?
    private var unset: [String] = []

    init(line: Substring, number: Int, lookUp: @escaping (String) -> String?) {
        rest = line
        self.number = number
        self.lookUp = lookUp
    }

    private mutating func variable(_ name: String) -> String {
        if let value = lookUp(name) { return value }
        unset.append(name)
        return ""
    }

    private func problem(_ reason: String) -> ShellAssignments.Problem { .init(line: number, reason: reason) }

    mutating func assignment() throws(ShellAssignments.Problem) -> ShellAssignments.Assignment? {
        skipBlanks()
        if rest.isEmpty || rest.first == "#" { return nil }
        if rest.hasPrefix("export ") || rest.hasPrefix("export\t"), !rest.dropFirst(7).drop(while: isBlank).isEmpty {
            rest = rest.dropFirst(7)
            skipBlanks()
        }
        let key = name()
        guard !key.isEmpty, rest.popFirst() == "=" else {
            throw problem("expected NAME=VALUE, a comment or an empty line")
        }
        let value = try value()
        skipBlanks()
        guard rest.isEmpty || rest.first == "#" else {
            throw problem("expected nothing after the value of \(key); quote a value that has blanks")
        }
        return .init(key: key, value: value, line: number, unset: unset)
    }

    private func isBlank(_ character: Character) -> Bool { character == " " || character == "\t" }

    private mutating func skipBlanks() { rest = rest.drop(while: isBlank) }

    private mutating func name() -> String {
        guard let first = rest.first, first.isASCII, first.isLetter || first == "_" else { return "" }
        let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        rest = rest.dropFirst(name.count)
        return String(name)
    }

    private mutating func value() throws(ShellAssignments.Problem) -> String {
        var value = ""
        if rest.first == "~" {
            rest.removeFirst()
            guard rest.first.map({ $0 == "/" || isBlank($0) }) ?? true else {
                throw problem("of the shell's ~ only one's own directory is followed here, as ~ or ~/…")
            }
            value = variable("HOME")
        }
        while let next = rest.first, !isBlank(next) {
            switch next {
            case "'": value += try singleQuoted()
            case "\"": value += try doubleQuoted()
            case "$": value += try expansion()
            case "\\":
                rest.removeFirst()
                guard let escaped = rest.popFirst() else { throw problem("a value can't go on in the next line") }
                value.append(escaped)
            case ";", "&", "|", "<", ">", "(", ")", "`":
                throw problem("'\(next)' has a meaning to a shell that is not followed here; put the value in quotes")
            case "~" where value.last == ":":
                throw problem(
                    "a shell would expand the ~ after a colon; put the value in quotes, or write the path out")
            default:
                value.append(rest.removeFirst())
            }
        }
        return value
    }

    private mutating func singleQuoted() throws(ShellAssignments.Problem) -> String {
        rest.removeFirst()
        guard let end = rest.firstIndex(of: "'") else { throw problem("the quote ' is not closed in this line") }
        let text = rest[..<end]
        rest = rest[rest.index(after: end)...]
        return String(text)
    }

    private mutating func doubleQuoted() throws(ShellAssignments.Problem) -> String {
        rest.removeFirst()
        var text = ""
        while let next = rest.first {
            switch next {
            case "\"":
                rest.removeFirst()
                return text
            case "$": text += try expansion()
            case "`": throw problem("a command in backquotes is not run; write its result")
            case "\\":
                rest.removeFirst()
                guard let escaped = rest.popFirst() else { break }
                if !"$`\"\\".contains(escaped) { text.append("\\") }
                text.append(escaped)
            default: text.append(rest.removeFirst())
            }
        }
        throw problem("the quote \" is not closed in this line")
    }

    private mutating func expansion() throws(ShellAssignments.Problem) -> String {
        rest.removeFirst()
        if rest.first == "{" {
            rest.removeFirst()
            let name = name()
            guard !name.isEmpty, rest.popFirst() == "}" else {
                throw problem("of the shell's ${…} only ${NAME} is followed here")
            }
            return variable(name)
        }
        if let next = rest.first, "#?$!-*@0123456789".contains(next) {
            throw problem("the shell's $\(next) is not followed here; in single quotes it is itself")
        }
        if rest.first == "(" { throw problem("a command in $(…) is not run; write its result") }
        let name = name()
        // As in a shell, a dollar sign before anything else is itself.
        return name.isEmpty ? "$" : variable(name)
    }
}
