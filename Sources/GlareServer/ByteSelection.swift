/// Which bytes of a file a GET is answered with (RFC 9110, 14.2).
enum ByteSelection: Equatable, Sendable {
    /// All, with 200: no Range field, or one that a server may ignore.
    case whole
    /// These, with 206. Never empty.
    case part(Range<Int64>)
    /// None, with 416 (RFC 9110, 15.5.17).
    case unsatisfiable

    /// Reads the value of a Range field.
    ///
    /// Ignored, as 14.2 allows, are units other than bytes, whatever breaks the grammar, and several
    /// ranges at once, whose answer would be a multipart/byteranges.
    ///
    /// - Parameter size: Of the file, in bytes.
    init(range value: String?, size: Int64) {
        guard let value, let specification = Self.onlySpecification(in: value) else {
            self = .whole
            return
        }
        self = specification.selection(size: size)
    }

    /// bytes=1#range-spec (RFC 9110, 14.1.1); nil unless exactly one is there. The unit's name is
    /// case-insensitive, and list elements may be empty (5.6.1.2).
    private static func onlySpecification(in value: String) -> RangeSpecification? {
        guard let equals = value.utf8.firstIndex(of: UInt8(ascii: "=")), value[..<equals].lowercased() == "bytes" else {
            return nil
        }
        let elements = value.utf8[value.utf8.index(after: equals)...].split(separator: UInt8(ascii: ","))
            .map { $0.trimmingWhitespace() }
            .filter { !$0.isEmpty }
        return elements.count == 1 ? RangeSpecification(elements[0]) : nil
    }
}

/// One range-spec of the unit bytes (RFC 9110, 14.1.2).
private enum RangeSpecification {
    /// From the first position on, to the last one inclusive, or to the end.
    case positions(first: Int64, last: Int64?)
    /// The last so many bytes.
    case suffix(Int64)

    init?(_ text: Substring.UTF8View) {
        let ends = text.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard ends.count == 2 else { return nil }
        switch (Self.number(ends[0]), Self.number(ends[1])) {
        case (let first?, let last?) where first <= last: self = .positions(first: first, last: last)
        case (let first?, nil) where ends[1].isEmpty: self = .positions(first: first, last: nil)
        case (nil, let length?) where ends[0].isEmpty: self = .suffix(length)
        default: return nil
        }
    }

    func selection(size: Int64) -> ByteSelection {
        switch self {
        case .positions(let first, let last):
            if first >= size { return .unsatisfiable }
            return .part(first..<min(last ?? .max, size - 1) + 1)
        case .suffix(0): return .unsatisfiable
        // Satisfiable, but Content-Range cannot say "no bytes": the whole of nothing.
        case .suffix where size == 0: return .whole
        case .suffix(let length): return .part(max(0, size - length)..<size)
        }
    }

    /// 1*DIGIT; numbers beyond any file's size are all the same.
    private static func number(_ digits: Substring.UTF8View) -> Int64? {
        guard !digits.isEmpty, digits.allSatisfy(\.isDigit) else { return nil }
        return Int64(Substring(digits)) ?? .max
    }
}

extension Substring.UTF8View {
    fileprivate func trimmingWhitespace() -> Substring.UTF8View {
        var trimmed = self
        trimmed.skipWhitespace()
        while trimmed.last == UInt8(ascii: " ") || trimmed.last == UInt8(ascii: "\t") { trimmed.removeLast() }
        return trimmed
    }
}
