/// A zstd frame (RFC 8878, 3.1.1) that expands to zeros: a header, and blocks of one repeated byte.
///
/// Written here and not by the library, which would have to be fed the zeros: 1 GiB of them is 32 KiB of
/// four-byte blocks.
enum ZeroFrame {
    /// Of a block (RFC 8878, 3.1.1.2.4).
    private static let blockSize = 128 << 10

    /// Bytes that a frame of so many zeros takes.
    static func size(zeros: Int64) -> Int { 14 + 4 * blockCount(zeros) }

    static func bytes(zeros: Int64) -> [UInt8] {
        var bytes: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]
        // Content size in 8 bytes, no checksum, no dictionary; a window of 128 KiB (exponent 7, mantissa 0).
        bytes += [0xC0, 7 << 3]
        withUnsafeBytes(of: UInt64(zeros).littleEndian) { bytes.append(contentsOf: $0) }
        var left = zeros
        for index in 0..<blockCount(zeros) {
            let size = min(left, Int64(blockSize))
            left -= size
            let isLast: UInt32 = index == blockCount(zeros) - 1 ? 1 : 0
            // Size, type 1 (one byte repeated), last.
            let header = UInt32(size) << 3 | 1 << 1 | isLast
            withUnsafeBytes(of: header.littleEndian) { bytes.append(contentsOf: $0.prefix(3)) }
            bytes.append(0)
        }
        return bytes
    }

    private static func blockCount(_ zeros: Int64) -> Int { Int((zeros + Int64(blockSize) - 1) / Int64(blockSize)) }
}
