internal import Crypto
import FoundationEssentials

/// A key that verifies signatures: Ed25519, in minisign's format.
///
/// The format is `Ed`, the key's id and its 32 bytes, in base64.
public struct PublicKey: Hashable, Sendable, CustomStringConvertible {
    public let id: KeyID
    let bytes: [UInt8]

    init(id: KeyID, bytes: [UInt8]) { (self.id, self.bytes) = (id, bytes) }

    /// Reads the line alone, as `minisign -P` takes it.
    public init?(line: some StringProtocol) {
        guard let bytes = KeyFile.decode(line, count: 42), bytes.starts(with: KeyFile.algorithm) else { return nil }
        self.init(id: KeyID(bytes[2..<10]), bytes: Array(bytes[10...]))
    }

    /// Reads a file of minisign's, or one with the line alone.
    ///
    /// - Throws: ``InvalidKey``.
    public init(file bytes: [UInt8], subject: String) throws {
        let lines = (KeyFile.lines(bytes) ?? []).filter { !$0.hasPrefix("untrusted comment:") && !$0.isEmpty }
        guard lines.count == 1, let key = Self(line: lines[0]) else {
            throw InvalidKey(
                subject, "is not a public key: expected a file of minisign's, or its line of 56 characters")
        }
        self = key
    }

    /// 56 characters.
    public var description: String { KeyFile.encode(KeyFile.algorithm + id.bytes + bytes) }

    /// As minisign writes it to a file.
    public var fileText: String { "\(KeyFile.untrusted)minisign public key \(id)\n\(self)\n" }

    func isSignature(_ signature: [UInt8], of content: [UInt8]) -> Bool {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes) else { return false }
        return key.isValidSignature(signature, for: content)
    }
}
