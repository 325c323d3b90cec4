/// Names and passwords for machines, in the format of ftp's netrc(5), as curl and wget read it.
struct Netrc: Sendable {
    private struct Entry {
        /// Nil for `default`, which means all machines.
        var machine: String?
        var login = ""
        var password = ""
    }

    private var entries: [Entry] = []

    init(_ text: String) {
        var tokens = Tokens(text[...])
        while let token = tokens.next() {
            switch token {
            case "machine": entries.append(Entry(machine: tokens.next()?.lowercased() ?? ""))
            case "default": entries.append(Entry(machine: nil))
            case "login": set(\.login, tokens.next())
            case "password": set(\.password, tokens.next())
            case "account": _ = tokens.next()
            case "macdef": tokens.skipMacro()
            default: continue
            }
        }
    }

    private mutating func set(_ field: WritableKeyPath<Entry, String>, _ value: String?) {
        guard let value, !entries.isEmpty else { return }
        entries[entries.count - 1][keyPath: field] = value
    }

    /// The first that is meant for `host`.
    ///
    /// - Parameters:
    ///   - user: If not nil, only of an entry with this name.
    ///   - withDefault: Whether the entry for all machines counts.
    func credentials(for host: String, user: String? = nil, withDefault: Bool = true) -> Credentials? {
        let found = entries.first { entry in
            let isMeant = entry.machine == host.lowercased() || entry.machine == nil && withDefault
            return isMeant && (user == nil || user == entry.login)
        }
        return found.map { Credentials(user: $0.login, password: $0.password) }
    }
}

/// Words between blanks; one in quotes may have blanks, and a backslash in it stands for what follows.
private struct Tokens {
    private var rest: Substring

    init(_ text: Substring) { rest = text }

    mutating func next() -> String? {
        while true {
            rest = rest.drop(while: \.isWhitespace)
            guard rest.first == "#" else { break }
            rest = rest.drop { !$0.isNewline }
        }
        guard let first = rest.first else { return nil }
        return first == "\"" ? quoted() : bare()
    }

    private mutating func bare() -> String {
        let token = rest.prefix { !$0.isWhitespace }
        rest = rest.dropFirst(token.count)
        return String(token)
    }

    private mutating func quoted() -> String {
        rest.removeFirst()
        var token = ""
        while let next = rest.popFirst(), next != "\"" {
            if next == "\\", let escaped = rest.popFirst() { token.append(escaped) } else { token.append(next) }
        }
        return token
    }

    /// A macro ends at an empty line.
    mutating func skipMacro() {
        while !rest.isEmpty {
            let line = rest.prefix { !$0.isNewline }
            rest = rest.dropFirst(line.count).dropFirst()
            if rest.first?.isNewline ?? true { return }
        }
    }
}
