/// A digest of `Algorithm.byteCount` bytes, written as lowercase hexadecimal digits.
public struct Digest<Algorithm: DigestAlgorithm>: Hashable, Sendable, CustomStringConvertible {
    public let hex: String

    /// Nil unless `hex` is exactly the algorithm's number of lowercase hexadecimal digits.
    public init?(hex: some StringProtocol) {
        guard hex.utf8.count == 2 * Algorithm.byteCount, hex.utf8.allSatisfy(\.isLowercaseHexDigit) else { return nil }
        self.hex = String(hex)
    }

    init(bytes: some Sequence<UInt8>) {
        let digits = Array("0123456789abcdef".utf8)
        hex = String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    public var description: String { hex }
}

public protocol DigestAlgorithm: Sendable {
    static var byteCount: Int { get }
    static var name: String { get }
}

public enum SHA256Algorithm: DigestAlgorithm {
    public static let byteCount = 32
    public static let name = "SHA-256"
}

public enum MD5Algorithm: DigestAlgorithm {
    public static let byteCount = 16
    public static let name = "MD5"
}

/// FIPS 180-4; the identity of everything in a repository.
public typealias SHA256Digest = Digest<SHA256Algorithm>
/// RFC 1321; what the original Glare named versions by.
public typealias MD5Digest = Digest<MD5Algorithm>

extension Digest: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let digest = Self(hex: text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "\(text.quotedForDisplay) is not a \(Algorithm.name) digest")
        }
        self = digest
    }

    public func encode(to encoder: any Encoder) throws { try hex.encode(to: encoder) }
}

extension UInt8 {
    var isLowercaseHexDigit: Bool { (0x30...0x39).contains(self) || (0x61...0x66).contains(self) }
}
