import GlareModel

/// A field of an answer's head (RFC 9110, 5), whose value becomes text where the head is written.
struct HeaderField: Sendable {
    enum Value: Sendable {
        case text(String)
        case number(UInt64)
        case date(HTTPDate)
    }

    /// In lowercase.
    let name: StaticString
    let value: Value

    init(_ name: StaticString, _ value: String) { (self.name, self.value) = (name, .text(value)) }

    init(_ name: StaticString, _ value: UInt64) { (self.name, self.value) = (name, .number(value)) }

    init(_ name: StaticString, _ value: HTTPDate) { (self.name, self.value) = (name, .date(value)) }

    /// Bytes of the field line at most: its end, the colon and the blank are four.
    var byteLimit: Int { name.utf8CodeUnitCount + 4 + value.byteLimit }

    /// Writes the field line (RFC 9112, 5), which begins with the end of the one before.
    func write(to writer: inout TextWriter) {
        writer.write("\r\n")
        writer.write(name)
        writer.write(": ")
        switch value {
        case .text(let text): writer.write(text)
        case .number(let number): writer.write(decimal: number)
        case .date(let date): date.write(to: &writer)
        }
    }
}

extension HeaderField.Value {
    fileprivate var byteLimit: Int {
        switch self {
        case .text(let text): text.utf8.count
        case .number: 20  // Digits of the largest.
        case .date: HTTPDate.byteCount
        }
    }
}
