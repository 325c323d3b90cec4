import FoundationEssentials

/// A JSON document of ours that does not say what it must.
public struct InvalidDocument: Error, Equatable, CustomStringConvertible {
    public let document: String
    public let reason: String
    /// Whether a newer Glare wrote it: then it is not damaged, and not ours to replace.
    public let isNewer: Bool

    public init(_ document: String, _ reason: String, isNewer: Bool = false) {
        self.document = document
        self.reason = reason
        self.isNewer = isNewer
    }

    public var description: String { "\(document): \(reason)" }
}

/// JSON as all of Glare's files have it: keys sorted, indented, times in ISO 8601, a newline at the end;
/// so equal values are equal bytes.
public enum Document {
    public static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        return try Array(encoder.encode(value)) + [0x0A]
    }

    /// As ``decode(_:from:subject:)``, of a document whose `format` must be the one that is known. It is
    /// looked at first: what else a newer format has is not ours to judge.
    public static func decode<Value: Decodable>(
        _ type: Value.Type, format: Int, from bytes: [UInt8], subject: String
    ) throws -> Value {
        let found = try decode(FormatProbe.self, from: bytes, subject: subject).format
        guard found == format else { throw otherFormat(found, than: format, subject) }
        return try decode(type, from: bytes, subject: subject)
    }

    /// Requires that bytes are no document of a newer format; what is no document of ours passes.
    ///
    /// - Throws: ``InvalidDocument``.
    public static func requireNoNewer(than format: Int, _ bytes: [UInt8], subject: String) throws {
        guard let found = try? decode(FormatProbe.self, from: bytes, subject: subject).format, found > format else {
            return
        }
        throw otherFormat(found, than: format, subject)
    }

    private static func otherFormat(_ found: Int, than format: Int, _ subject: String) -> InvalidDocument {
        InvalidDocument(
            subject, "has format \(found), this Glare reads format \(format): a newer Glare is needed",
            isNewer: found > format)
    }

    /// - Parameter subject: What is decoded, for the message: a path or an address.
    /// - Throws: ``InvalidDocument``.
    public static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8], subject: String) throws
        -> Value
    {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        do {
            return try decoder.decode(type, from: Data(bytes))
        } catch let error as DecodingError {
            throw InvalidDocument(subject, error.explanation)
        } catch let error as InvalidName {
            throw InvalidDocument(subject, error.description)
        }
    }
}

private struct FormatProbe: Decodable { let format: Int }

extension DecodingError {
    fileprivate var explanation: String {
        func place(_ context: Context) -> String {
            context.codingPath.isEmpty ? "" : " in " + context.codingPath.map(\.stringValue).joined(separator: ".")
        }
        return switch self {
        case .keyNotFound(let key, let context): "the field '\(key.stringValue)' is missing\(place(context))"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "expected another kind of value\(place(context))"
        case .dataCorrupted(let context):
            context.codingPath.isEmpty
                ? "not a JSON document of Glare's" : "\(context.debugDescription)\(place(context))"
        @unknown default: "not a JSON document of Glare's"
        }
    }
}
