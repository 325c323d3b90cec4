import GlareSystem
import GlareTestSupport
import Glibc
import Testing

/// The bytes of a file that a test makes, where they are not zero.
struct SampleFile: Sendable {
    struct Piece: Sendable {
        let offset: Int64
        var bytes: [UInt8]
    }

    var size: Int64
    private(set) var pieces: [Piece] = []

    init(size: Int64) { self.size = size }

    /// Adds a piece that `fill` writes the fields of.
    func piece(at offset: Int64, count: Int, _ fill: (inout [UInt8]) -> Void) -> SampleFile {
        var bytes = [UInt8](repeating: 0, count: count)
        fill(&bytes)
        var copy = self
        copy.pieces.append(Piece(offset: offset, bytes: bytes))
        return copy
    }

    /// A file of just these bytes.
    static func of(_ bytes: [UInt8]) -> SampleFile {
        SampleFile(size: Int64(bytes.count)).piece(at: 0, count: bytes.count) { $0 = bytes }
    }

    /// Writes the file and leaves it open, for reading and for further damage.
    func write(in scratch: Scratch, as name: String = "sample") throws -> File {
        let path = scratch.path(name)
        let descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        try #require(descriptor >= 0)
        let file = File(descriptor: descriptor, path: path)
        try file.truncate(to: size)
        for piece in pieces { try file.write(piece.bytes, at: piece.offset) }
        return file
    }
}

extension [UInt8] {
    mutating func put(_ text: String, at offset: Int) { put(Array(text.utf8), at: offset) }

    mutating func put(_ bytes: [UInt8], at offset: Int) {
        replaceSubrange(offset..<offset + bytes.count, with: bytes)
    }

    mutating func putLittle(_ value: some FixedWidthInteger, at offset: Int) {
        put(Swift.withUnsafeBytes(of: value.littleEndian) { Array($0) }, at: offset)
    }

    mutating func putBig(_ value: some FixedWidthInteger, at offset: Int) {
        put(Swift.withUnsafeBytes(of: value.bigEndian) { Array($0) }, at: offset)
    }
}
