/// Writes text, as UTF-8, into memory that has room for it.
///
/// For text that is made many thousand times a second, as the heads of a server's answers are: strings put
/// together from strings cost several times as much. Text that does not fit is an error of the program, and
/// ends it.
public struct TextWriter: ~Copyable {
    private let space: UnsafeMutableRawBufferPointer
    /// Bytes that were written.
    public private(set) var count = 0

    public init(_ space: UnsafeMutableRawBufferPointer) { self.space = space }

    public mutating func write(_ text: StaticString) {
        write(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    public mutating func write(_ text: String) {
        var text = text
        text.withUTF8 { write(UnsafeRawBufferPointer($0)) }
    }

    private mutating func write(_ bytes: UnsafeRawBufferPointer) {
        let place = take(bytes.count)
        UnsafeMutableRawBufferPointer(rebasing: space[place]).copyMemory(from: bytes)
    }

    /// Writes a number in decimal, with zeros in front up to `digits`.
    public mutating func write(decimal number: UInt64, digits: Int = 1) {
        write(number, base: 10, digits: digits)
    }

    /// Writes a number in lowercase hexadecimal.
    public mutating func write(hexadecimal number: UInt64) {
        write(number, base: 16, digits: 1)
    }

    private mutating func write(_ number: UInt64, base: UInt64, digits: Int) {
        var length = digits
        var rest = number
        for _ in 0..<digits { rest /= base }
        while rest > 0 {
            rest /= base
            length += 1
        }
        rest = number
        for position in take(length).reversed() {
            let digit = UInt8(truncatingIfNeeded: rest % base)
            space[position] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
            rest /= base
        }
    }

    /// The next so many bytes.
    private mutating func take(_ length: Int) -> Range<Int> {
        // The buffer itself checks its bounds in debug builds alone.
        precondition(length <= space.count - count, "text does not fit in \(space.count) bytes")
        defer { count += length }
        return count..<count + length
    }
}

extension String {
    /// The text that `body` writes, of at most `capacity` bytes.
    public init(capacity: Int, writtenBy body: (inout TextWriter) -> Void) {
        self.init(unsafeUninitializedCapacity: capacity) { space in
            var writer = TextWriter(UnsafeMutableRawBufferPointer(space))
            body(&writer)
            return writer.count
        }
    }
}
