/// What a publisher says of a version in words of its own: `arch=x86_64`, `min_ram=2G`.
///
/// A name is `[a-z][a-z0-9._-]{0,63}`; a value has 1 to 256 bytes, and nothing that could move a terminal's
/// cursor. At most 32 of them.
public struct ImageProperties: Hashable, Sendable {
    public static let countLimit = 32

    public private(set) var values: [String: String] = [:]

    public init() {}

    /// Sorted by name.
    public var sorted: [(name: String, value: String)] { values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }

    public var isEmpty: Bool { values.isEmpty }

    public subscript(name: String) -> String? { values[name] }

    /// In this order.
    ///
    /// - Throws: ``InvalidProperty`` where that makes too many.
    public mutating func apply(_ assignments: [PropertyAssignment]) throws {
        var changed = values
        for assignment in assignments { changed[assignment.name] = assignment.value }
        guard changed.count <= Self.countLimit else {
            throw InvalidProperty(
                text: assignments.last?.text ?? "",
                reason: "a version has at most \(Self.countLimit) properties, and this would make \(changed.count)")
        }
        values = changed
    }
}

/// `NAME=VALUE`, or `NAME=` to remove it.
public struct PropertyAssignment: Hashable, Sendable {
    public let name: String
    /// Nil removes it.
    public let value: String?

    /// - Throws: ``InvalidProperty``.
    public init(_ text: String) throws {
        guard let end = text.firstIndex(of: "=") else {
            throw InvalidProperty(text: text, reason: "expected NAME=VALUE, or NAME= to remove it")
        }
        let (name, value) = (String(text[..<end]), String(text[text.index(after: end)...]))
        if let reason = Self.objection(name) ?? (value.isEmpty ? nil : Self.objection(toValue: value)) {
            throw InvalidProperty(text: text, reason: reason)
        }
        self.name = name
        self.value = value.isEmpty ? nil : value
    }

    var text: String { "\(name)=\(value ?? "")" }

    fileprivate static func objection(_ name: String) -> String? {
        let bytes = Array(name.utf8)
        let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
        let others = Array("0123456789._-".utf8)
        guard (1...64).contains(bytes.count), letters.contains(bytes[0]),
            bytes.allSatisfy({ letters.contains($0) || others.contains($0) })
        else {
            return
                "expected a name of up to 64 small letters, digits, '.', '_' and '-', with a letter first, found \(name.quotedForDisplay)"
        }
        return nil
    }

    fileprivate static func objection(toValue value: String) -> String? {
        guard (1...256).contains(value.utf8.count), value.safeForDisplay == value else {
            return "expected a value of up to 256 bytes without control characters"
        }
        return nil
    }
}

public struct InvalidProperty: Error, Equatable, CustomStringConvertible {
    public let text: String
    public let reason: String

    public var description: String { "\(text.quotedForDisplay) is no property: \(reason)" }
}

extension ImageProperties: Codable {
    /// An object with a string for each.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        values = try container.decode([String: String].self)
        guard values.count <= Self.countLimit,
            values.allSatisfy({
                PropertyAssignment.objection($0.key) == nil && PropertyAssignment.objection(toValue: $0.value) == nil
            })
        else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "properties that can't be any")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(values)
    }
}
