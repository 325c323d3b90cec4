/// A request as it came, well-formed: all of it but the fields that no answer depends on.
struct RequestHead: Equatable, Sendable {
    var method: String
    /// In origin-form, or `*`: what an absolute-form says before its path is dropped (RFC 9112, 3.2.2).
    var target: String
    /// 0 or 1: of HTTP/1.
    var minorVersion: Int
    var fields = RequestFields()

    /// Whether the connection may be used again (RFC 9112, 9.3).
    var isPersistent: Bool {
        let options = fields[.connection]
        if minorVersion == 1 { return options.map { !$0.hasOption("close") } ?? true }
        return options.map { $0.hasOption("keep-alive") && !$0.hasOption("close") } ?? false
    }

    var isHead: Bool { method == "HEAD" }
}

/// The fields that answers depend on, or that the access log shows.
enum FieldName: UInt8, CaseIterable, Sendable {
    case authorization
    case connection
    case contentLength
    case host
    case ifMatch
    case ifModifiedSince
    case ifNoneMatch
    case ifRange
    case ifUnmodifiedSince
    case range
    case referrer
    case transferEncoding
    case userAgent

    /// In lowercase.
    var text: StaticString {
        switch self {
        case .authorization: "authorization"
        case .connection: "connection"
        case .contentLength: "content-length"
        case .host: "host"
        case .ifMatch: "if-match"
        case .ifModifiedSince: "if-modified-since"
        case .ifNoneMatch: "if-none-match"
        case .ifRange: "if-range"
        case .ifUnmodifiedSince: "if-unmodified-since"
        case .range: "range"
        case .referrer: "referer"
        case .transferEncoding: "transfer-encoding"
        case .userAgent: "user-agent"
        }
    }

    /// Nil for a field that no answer depends on. Names have no case (RFC 9110, 5.1).
    init?(_ name: UnsafeRawBufferPointer) {
        guard let found = Self.allCases.first(where: { $0.isNamed(by: name) }) else { return nil }
        self = found
    }

    private func isNamed(by name: UnsafeRawBufferPointer) -> Bool {
        guard name.count == text.utf8CodeUnitCount else { return false }
        // Field names are tokens: setting this bit makes letters lowercase, and leaves digits and `-`.
        return zip(name, UnsafeBufferPointer(start: text.utf8Start, count: name.count)).allSatisfy { $0 | 0x20 == $1 }
    }
}

/// Fields by name. One that came several times has its values joined by commas (RFC 9110, 5.3), which makes
/// nonsense of one that may come but once.
struct RequestFields: Equatable, Sendable {
    private struct Field: Equatable, Sendable {
        let name: FieldName
        var value: String
    }

    private var fields: [Field] = []

    subscript(name: FieldName) -> String? {
        fields.isEmpty ? nil : fields.first { $0.name == name }?.value
    }

    mutating func add(_ name: FieldName, _ value: String) {
        if let index = fields.firstIndex(where: { $0.name == name }) {
            fields[index].value += ", " + value
        } else {
            fields.append(Field(name: name, value: value))
        }
    }
}

extension String {
    /// Whether a list of tokens (RFC 9110, 5.6.1), without regard to case, has this one.
    fileprivate func hasOption(_ option: String) -> Bool {
        utf8.split(separator: UInt8(ascii: ",")).contains {
            Substring($0).drop { $0 == " " || $0 == "\t" }.lowercased().prefix { $0 != " " && $0 != "\t" } == option
        }
    }
}
