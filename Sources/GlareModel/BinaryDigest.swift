internal import CSHA256
internal import Crypto

/// A SHA-256 as its 32 bytes: for manifests and deltas, which hold thousands.
public struct BinaryDigest: Hashable, Sendable {
    static let size = 32

    private let words: (UInt64, UInt64, UInt64, UInt64)

    init(_ bytes: some Sequence<UInt8>) {
        var words = (UInt64(0), UInt64(0), UInt64(0), UInt64(0))
        withUnsafeMutableBytes(of: &words) { target in
            for (index, byte) in bytes.prefix(Self.size).enumerated() { target[index] = byte }
        }
        self.words = words
    }

    /// Of these bytes.
    public init(of bytes: UnsafeRawBufferPointer) {
        var hasher = SHA256()
        hasher.update(bufferPointer: bytes)
        self = hasher.finalize().withUnsafeBytes { Self(copying: $0) }
    }

    /// How many contents ``each(of:)`` digests in little more time than one.
    public static let lanes = Int(CSHA256_LANES)

    private static let hasLanes = csha256_is_available()

    /// Of each of these contents, by this thread.
    ///
    /// On processors with instructions for SHA-256 they are digested two at a time, which no library at hand
    /// does: docs/decisions/0013 has the measurements.
    public static func each(of contents: [UnsafeRawBufferPointer]) -> [BinaryDigest] {
        guard hasLanes, contents.count > 1 else { return contents.map { BinaryDigest(of: $0) } }
        var work = contents.map {
            var content = csha256_content()
            content.bytes = $0.baseAddress?.assumingMemoryBound(to: UInt8.self)
            content.size = $0.count
            return content
        }
        work.withUnsafeMutableBufferPointer { csha256_digest($0.baseAddress, $0.count) }
        return work.map { withUnsafeBytes(of: $0.digest) { Self(copying: $0) } }
    }

    private init(copying bytes: UnsafeRawBufferPointer) {
        words = bytes.loadUnaligned(as: (UInt64, UInt64, UInt64, UInt64).self)
    }

    public init(_ digest: SHA256Digest) { self.init(digest.bytes) }

    public var bytes: [UInt8] { withUnsafeBytes(of: words) { Array($0) } }

    /// The same as text.
    public var text: SHA256Digest { SHA256Digest(bytes: bytes) }

    public static func == (left: Self, right: Self) -> Bool { left.words == right.words }

    public func hash(into hasher: inout Hasher) {
        // A digest is random already: any part of it will do.
        hasher.combine(words.0)
    }
}

extension Digest {
    /// The digest's own bytes.
    public var bytes: [UInt8] {
        var digits = hex.utf8.makeIterator()
        return (0..<Algorithm.byteCount).map { _ in nibble(digits.next()) << 4 | nibble(digits.next()) }
    }
}

private func nibble(_ digit: UInt8?) -> UInt8 {
    guard let digit else { return 0 }
    return digit < 0x3A ? digit - 0x30 : digit - 0x57
}
