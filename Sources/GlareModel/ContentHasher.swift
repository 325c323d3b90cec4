internal import Crypto

/// What identifies a content, all from one read of it.
public struct ContentDigests: Hashable, Sendable, Codable {
    public let sha256: SHA256Digest
    /// Only where it was asked for.
    public let md5: MD5Digest?

    public init(sha256: SHA256Digest, md5: MD5Digest? = nil) {
        self.sha256 = sha256
        self.md5 = md5
    }
}

/// Digests a content piece by piece, with its holes as the zeros that they read as.
public struct ContentHasher: Sendable {
    private var sha256 = SHA256()
    private var md5: Insecure.MD5?
    private static let zeros = [UInt8](repeating: 0, count: 1 << 16)

    /// - Parameter withMD5: Also compute the MD5, for contents that the original named.
    public init(withMD5: Bool = false) {
        md5 = withMD5 ? Insecure.MD5() : nil
    }

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        sha256.update(bufferPointer: bytes)
        md5?.update(bufferPointer: bytes)
    }

    public mutating func updateZeros(_ count: Int64) {
        var left = count
        while left > 0 {
            let part = Int(min(left, Int64(Self.zeros.count)))
            Self.zeros.withUnsafeBytes { update(UnsafeRawBufferPointer(rebasing: $0[..<part])) }
            left -= Int64(part)
        }
    }

    public func finalize() -> ContentDigests {
        ContentDigests(sha256: Digest(bytes: sha256.finalize()), md5: md5.map { Digest(bytes: $0.finalize()) })
    }
}

extension SHA256Digest {
    /// The digest of a small document.
    public init(of bytes: [UInt8]) { self.init(bytes: SHA256.hash(data: bytes)) }
}
