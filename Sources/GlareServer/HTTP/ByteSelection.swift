/// Which bytes of a file a GET is answered with (RFC 9110, 14.2).
enum ByteSelection: Equatable, Sendable {
    /// All, with 200: no Range field, or one that a server may ignore.
    case whole
    /// These, with 206. Never empty.
    case part(Range<Int64>)
    /// Two or more of these, with 206, in the order in which they were asked for; no two overlap or touch.
    case parts([Range<Int64>])
    /// None, with 416 (RFC 9110, 15.5.17).
    case unsatisfiable

    /// Whoever asks for more has something else in mind than the content (RFC 9110, 17.15).
    static let partLimit = 16

    /// Reads the value of a Range field.
    ///
    /// Ignored, as 14.2 allows, are units other than bytes, whatever breaks the grammar, and what would be
    /// more parts than ``partLimit``. Of several ranges those beyond the end are left out, and those that
    /// overlap or touch become one (15.3.7.2).
    ///
    /// - Parameter size: Of the file, in bytes.
    init(range value: String?, size: Int64) {
        guard let value, let specifications = Self.specifications(in: value) else {
            self = .whole
            return
        }
        if specifications.count == 1 {
            self = specifications[0].selection(size: size)
            return
        }
        let parts = Self.merged(specifications.compactMap { $0.range(size: size) })
        switch parts.count {
        case 0: self = .unsatisfiable
        case 1: self = .part(parts[0])
        case ...Self.partLimit: self = .parts(parts)
        default: self = .whole
        }
    }

    /// bytes=1#range-spec (RFC 9110, 14.1.1); nil where it is anything else. The unit's name is
    /// case-insensitive, and list elements may be empty (5.6.1.2).
    private static func specifications(in value: String) -> [RangeSpecification]? {
        guard let equals = value.utf8.firstIndex(of: UInt8(ascii: "=")), value[..<equals].lowercased() == "bytes" else {
            return nil
        }
        let elements = value.utf8[value.utf8.index(after: equals)...].split(separator: UInt8(ascii: ","))
            .map { $0.trimmingWhitespace() }
            .filter { !$0.isEmpty }
        let specifications = elements.compactMap(RangeSpecification.init)
        return specifications.isEmpty || specifications.count < elements.count ? nil : specifications
    }

    /// Each of what results stands where the first of what it was made of stood.
    private static func merged(_ ranges: [Range<Int64>]) -> [Range<Int64>] {
        var result: [(place: Int, range: Range<Int64>)] = []
        for next in ranges.enumerated().sorted(by: { $0.element.lowerBound < $1.element.lowerBound }) {
            if let last = result.last, next.element.lowerBound <= last.range.upperBound {
                result[result.count - 1] = (
                    min(last.place, next.offset),
                    last.range.lowerBound..<max(last.range.upperBound, next.element.upperBound)
                )
            } else {
                result.append((next.offset, next.element))
            }
        }
        return result.sorted { $0.place < $1.place }.map(\.range)
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
        // Satisfiable, but Content-Range cannot say "no bytes": the whole of nothing.
        if case .suffix(let length) = self, length > 0, size == 0 { return .whole }
        return range(size: size).map(ByteSelection.part) ?? .unsatisfiable
    }

    /// Nil where it can't be satisfied.
    func range(size: Int64) -> Range<Int64>? {
        switch self {
        case .positions(let first, let last): first < size ? first..<min(last ?? .max, size - 1) + 1 : nil
        case .suffix(let length): length > 0 && size > 0 ? max(0, size - length)..<size : nil
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
