/// Reads the fields of a binary format, front to back: little-endian integers, digests, bytes.
///
/// What is missing throws; nothing that a count in the bytes claims is allocated before it is there.
public struct BinaryReader {
    private let bytes: ArraySlice<UInt8>
    private var position: Int
    /// What is read, for the message: a path or an address.
    public let subject: String

    public init(_ bytes: ArraySlice<UInt8>, subject: String) {
        self.bytes = bytes
        position = bytes.startIndex
        self.subject = subject
    }

    public var remaining: Int { bytes.endIndex - position }

    /// - Throws: ``InvalidDocument`` with this reason, about what is read.
    public func fail(_ reason: String) -> InvalidDocument { InvalidDocument(subject, reason) }

    public mutating func take(_ count: Int) throws -> ArraySlice<UInt8> {
        guard count >= 0, remaining >= count else {
            throw fail("ends too early: \(count) more bytes were expected, \(remaining) are there")
        }
        defer { position += count }
        return bytes[position..<position + count]
    }

    public mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type = Value.self) throws -> Value {
        try take(MemoryLayout<Value>.size).reversed().reduce(0) { $0 << 8 | Value(truncatingIfNeeded: $1) }
    }

    /// A length or an offset: 64 bits, of which the upper one must be clear.
    public mutating func size(_ what: String) throws -> Int64 {
        let value = try integer(UInt64.self)
        guard let size = Int64(exactly: value) else { throw fail("gives \(what) as \(value)") }
        return size
    }

    public mutating func digest() throws -> BinaryDigest { BinaryDigest(try take(BinaryDigest.size)) }

    /// LEB128: seven bits a byte, the lowest first.
    public mutating func varint() throws -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard position < bytes.endIndex else { throw fail("ends within a number") }
            let byte = bytes[position]
            position += 1
            guard shift < 63 || byte <= 1 else { break }
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
        }
        throw fail("has a number of more than 64 bits")
    }

    /// A varint whose lowest bit is the sign.
    public mutating func signedVarint() throws -> Int64 {
        let value = try varint()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }
}

/// Writes what ``BinaryReader`` reads.
public struct BinaryWriter {
    public private(set) var bytes: [UInt8] = []

    public init() {}

    public mutating func integer(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    public mutating func raw(_ more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }

    public mutating func digest(_ digest: BinaryDigest) { raw(digest.bytes) }

    public mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    public mutating func signedVarint(_ value: Int64) { varint(UInt64(bitPattern: value << 1 ^ value >> 63)) }
}
