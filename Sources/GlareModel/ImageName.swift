/// What people ask for: `debian-12`.
///
/// Grammar: `[A-Za-z0-9][A-Za-z0-9._+-]{0,127}`, not ending in `.md` or `.minisig`, and none of the
/// layout's own names. It is what keeps a name from a server a plain file name: no path, no option, no
/// control character.
public struct ImageName: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let text: String

    public init(_ text: String) throws {
        if let reason = Self.objection(to: text) { throw InvalidName(name: text, reason: reason) }
        self.text = text
    }

    public var description: String { text }

    public static func < (left: ImageName, right: ImageName) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    private static func objection(to text: String) -> String? {
        let bytes = Array(text.utf8)
        guard let first = bytes.first else { return "is empty" }
        guard bytes.count <= 128 else { return "is \(bytes.count) characters long; at most 128 are allowed" }
        guard first.isASCIIAlphanumeric else { return "does not begin with a letter or a digit" }
        guard bytes.allSatisfy({ $0.isASCIIAlphanumeric || "._+-".utf8.contains($0) }) else {
            return "has a character other than letters, digits, '.', '_', '+' and '-'"
        }
        if let suffix = [".md", ".minisig"].first(where: text.hasSuffix) {
            return "ends in '\(suffix)', which is kept for Glare's own files"
        }
        return RepositoryLayout.reservedNames.contains(text) ? "is kept for Glare's own files" : nil
    }
}

/// A name that breaks the grammar of ``ImageName``.
public struct InvalidName: Error, Equatable, CustomStringConvertible {
    public let name: String
    public let reason: String

    public var description: String { "\(name.quotedForDisplay) can't be an image's name: it \(reason)" }
}

extension ImageName: Codable {
    public init(from decoder: any Decoder) throws {
        try self.init(String(from: decoder))
    }

    public func encode(to encoder: any Encoder) throws { try text.encode(to: encoder) }
}

extension UInt8 {
    var isASCIIAlphanumeric: Bool {
        (0x30...0x39).contains(self) || (0x41...0x5A).contains(self) || (0x61...0x7A).contains(self)
    }
}

extension String {
    /// Without what could move a terminal's cursor or turn its text round: that is made visible.
    public var safeForDisplay: String {
        var shown = ""
        for scalar in unicodeScalars {
            if scalar.isUnsafeToShow {
                shown += scalar.escapeForDisplay
            } else {
                shown.unicodeScalars.append(scalar)
            }
        }
        return shown
    }

    /// In quotes, cut to a line, with what could move a terminal's cursor or turn its text round made
    /// visible.
    public var quotedForDisplay: String {
        var shown = ""
        for scalar in unicodeScalars.prefix(160) {
            let isPlain = scalar.isASCII ? (0x20..<0x7F).contains(scalar.value) : scalar.properties.isAlphabetic
            shown += isPlain ? String(scalar) : scalar.escapeForDisplay
        }
        return "'\(shown)\(unicodeScalars.count > 160 ? "…" : "")'"
    }
}

extension Unicode.Scalar {
    /// Whether it could move a cursor, turn text round, or not be seen.
    var isUnsafeToShow: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: true
        default: false
        }
    }

    /// How one is shown that can't be shown: `\u{202e}`.
    var escapeForDisplay: String { "\\u{\(String(value, radix: 16))}" }
}
