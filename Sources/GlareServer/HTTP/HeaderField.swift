import GlareModel

/// A field of an answer's head (RFC 9110, 5), whose value becomes text where the head is written.
struct HeaderField: Sendable {
    enum Value: Sendable {
        case text(String)
        /// Not below zero.
        case number(Int64)
        case date(HTTPDate)
    }

    /// In lowercase.
    let name: StaticString
    let value: Value

    init(_ name: StaticString, _ value: String) { (self.name, self.value) = (name, .text(value)) }

    init(_ name: StaticString, _ value: Int64) { (self.name, self.value) = (name, .number(value)) }

    init(_ name: StaticString, _ value: HTTPDate) { (self.name, self.value) = (name, .date(value)) }

    /// Bytes of the field line at most.
    var byteLimit: Int {
        let frame = 4
        return switch value {
        case .text(let text): frame + name.utf8CodeUnitCount + text.utf8.count
        case .number: frame + name.utf8CodeUnitCount + 20
        case .date: frame + name.utf8CodeUnitCount + HTTPDate.byteCount
        }
    }

    /// Writes the field line (RFC 9112, 5), which begins with the end of the one before.
    func write(to writer: inout TextWriter) {
        writer.write("\r\n")
        writer.write(name)
        writer.write(": ")
        switch value {
        case .text(let text): writer.write(text)
        case .number(let number): writer.write(decimal: UInt64(number))
        case .date(let date): date.write(to: &writer)
        }
    }
}
