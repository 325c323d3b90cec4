import FoundationEssentials

/// A key or a signature that can't be read as one.
public struct InvalidKey: Error, Equatable, CustomStringConvertible {
    public let subject: String
    public let reason: String

    public init(_ subject: String, _ reason: String) {
        self.subject = subject
        self.reason = reason
    }

    public var description: String { "\(subject): \(reason)" }
}

/// Names a key pair: 8 random bytes, which minisign prints as the number that they are, little-endian.
public struct KeyID: Hashable, Sendable, CustomStringConvertible {
    let bytes: [UInt8]

    init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

    /// 16 hexadecimal digits.
    public var description: String { bytes.reversed().map { hex($0) }.joined() }

    private func hex(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return digits.utf8.count == 1 ? "0" + digits : digits
    }
}

/// The text files that minisign writes: comments, and bytes in base64, each a line.
///
/// Source: "Minisign", https://jedisct1.github.io/minisign/, the sections on formats.
enum KeyFile {
    static let untrusted = "untrusted comment: "
    static let trusted = "trusted comment: "
    /// Ed25519.
    static let algorithm = Array("Ed".utf8)

    /// Lines without their ends, which may be CR LF where a file came by mail; nil where they are no text.
    static func lines(_ bytes: [UInt8]) -> [String]? {
        var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map { line in
            line.last == 0x0D ? line.dropLast() : line
        }
        while lines.last?.isEmpty == true { lines.removeLast() }
        let texts = lines.compactMap { String(validating: $0, as: UTF8.self) }
        return texts.count == lines.count ? texts : nil
    }

    /// Of exactly `count` bytes, and written in the one way there is: decoders pass over the bits that the last
    /// character has too many, so that two lines could be one signature.
    static func decode(_ line: some StringProtocol, count: Int) -> [UInt8]? {
        guard let data = Data(base64Encoded: String(line)), data.count == count,
            data.base64EncodedString() == line
        else { return nil }
        return Array(data)
    }

    static func encode(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }
}
