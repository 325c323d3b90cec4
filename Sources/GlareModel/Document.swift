import FoundationEssentials

/// A JSON document of ours that does not say what it must.
public struct InvalidDocument: Error, Equatable, CustomStringConvertible {
    public let document: String
    public let reason: String

    public init(_ document: String, _ reason: String) {
        self.document = document
        self.reason = reason
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
        guard found == format else {
            throw InvalidDocument(
                subject, "has format \(found), this Glare reads format \(format): a newer Glare is needed")
        }
        return try decode(type, from: bytes, subject: subject)
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
