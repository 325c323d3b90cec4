/// A stretch of a file that holds a header. Reading a field outside it throws; nothing traps.
struct HeaderBytes {
    /// Where in the file the stretch begins.
    let start: Int64
    let bytes: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>, at start: Int64) {
        self.bytes = bytes
        self.start = start
    }

    var count: Int { bytes.count }

    /// The part at `offset` of the file; nil where this stretch does not hold all of it.
    func part(at offset: Int64, count: Int) -> HeaderBytes? {
        guard offset >= start, let first = Int(exactly: offset - start), first <= self.count - count else { return nil }
        let index = bytes.startIndex + first
        return HeaderBytes(bytes[index..<index + count], at: offset)
    }

    var isZero: Bool {
        bytes.withUnsafeBytes { $0.allSatisfy { $0 == 0 } }
    }

    // MARK: Signatures

    func has(_ signature: Signature, at offset: Int = 0) -> Bool {
        let wanted = signature.bytes
        guard holds(wanted.count, at: offset) else { return false }
        let index = bytes.startIndex + offset
        return bytes[index..<index + wanted.count].elementsEqual(wanted)
    }

    // MARK: Fields

    /// Throws unless the stretch has `count` bytes, which make a whole header.
    func requireLength(_ count: Int) throws {
        guard self.count >= count else { throw endsEarly(needed: count) }
    }

    func littleEndian<Field: HeaderField>(_ offset: Int, as type: Field.Type) throws -> Field {
        Field(littleEndian: try stored(offset, as: type))
    }

    func bigEndian<Field: HeaderField>(_ offset: Int, as type: Field.Type) throws -> Field {
        Field(bigEndian: try stored(offset, as: type))
    }

    func byte(_ offset: Int) throws -> UInt8 { try stored(offset, as: UInt8.self) }

    private func stored<Field: HeaderField>(_ offset: Int, as type: Field.Type) throws -> Field {
        guard holds(MemoryLayout<Field>.size, at: offset) else {
            throw endsEarly(needed: offset + MemoryLayout<Field>.size)
        }
        return bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: type) }
    }

    private func holds(_ length: Int, at offset: Int) -> Bool {
        offset >= 0 && offset <= count - length
    }

    private func endsEarly(needed: Int) -> MalformedHeader {
        MalformedHeader(
            expected: "a header of at least \(needed) bytes at byte \(start)",
            found: count == 0 ? "the end of the file" : "the end of the file after \(count)")
    }
}

/// The integers that headers are made of.
typealias HeaderField = FixedWidthInteger & UnsignedInteger & BitwiseCopyable
