import GlareModel

/// A field of a request, such as `X-Token: 1234` (RFC 9110, section 5).
public struct HTTPHeader: Sendable, Equatable {
    public let name: String
    public let value: String

    /// What the transfer itself depends on, and what would change where it goes.
    private static let ours: Set<String> = [
        "accept-encoding", "connection", "content-length", "expect", "host", "if-match", "if-modified-since",
        "if-none-match", "if-range", "if-unmodified-since", "keep-alive", "range", "te", "trailer",
        "transfer-encoding", "upgrade",
    ]

    /// - Parameter text: `NAME: VALUE`.
    /// - Throws: ``InvalidHTTPOption``, which does not show the value: it may be a secret.
    public init(parsing text: String) throws {
        guard let colon = text.firstIndex(of: ":") else {
            throw Self.invalid("a header", "expected NAME: VALUE, found no colon")
        }
        let name = String(text[..<colon])
        guard !name.isEmpty, name.utf8.allSatisfy(\.isTokenCharacter) else {
            throw Self.invalid(
                "the header \(name.quotedForDisplay)", "expected a name of letters, digits and !#$%&'*+-.^_`|~")
        }
        guard !Self.ours.contains(name.lowercased()) else {
            throw Self.invalid("the header \(name)", "is set by the transfer itself, and can't be another")
        }
        let value = text[text.index(after: colon)...].trimmingBlanks
        guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
            throw Self.invalid("the header \(name)", "has a control character in its value")
        }
        (self.name, self.value) = (name, value)
    }

    /// A header a line; empty lines, and those that begin with `#`, are passed over.
    public static func parse(file text: String) throws -> [HTTPHeader] {
        try text.split(whereSeparator: \.isNewline).map(\.trimmingBlanks)
            .filter { !$0.isEmpty && !$0.hasPrefix("#") }
            .map { try HTTPHeader(parsing: $0) }
    }

    private static func invalid(_ subject: String, _ reason: String) -> InvalidHTTPOption {
        InvalidHTTPOption(isUsage: true, description: "\(subject): \(reason)")
    }
}

extension UInt8 {
    /// RFC 9110, section 5.6.2.
    fileprivate var isTokenCharacter: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(self)
        }
    }
}

extension StringProtocol {
    fileprivate var trimmingBlanks: String {
        let isBlank = { (character: Character) in character == " " || character == "\t" }
        let start = drop(while: isBlank)
        guard let last = start.lastIndex(where: { !isBlank($0) }) else { return "" }
        return String(start[...last])
    }
}
