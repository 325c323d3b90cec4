internal import Crypto
import FoundationEssentials

/// A key pair that signs: Ed25519, in minisign's format for keys without a password.
///
/// The format is `Ed`, how the rest is encrypted (two zeros: not at all), `B2`, salt and limits of the
/// encryption (48 bytes), then the key's id, the seed, the public key, and a checksum that only encrypted
/// ones have; 158 bytes in base64.
public struct SecretKey: Sendable {
    private static let byteCount = 158
    private static let encrypted = Array("Sc".utf8)
    private static let checksum = Array("B2".utf8)

    public let publicKey: PublicKey
    private let key: Curve25519.Signing.PrivateKey

    /// A new one, of the system's randomness.
    public init() {
        key = Curve25519.Signing.PrivateKey()
        var generator = SystemRandomNumberGenerator()
        let id = KeyID((0..<8).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
        publicKey = PublicKey(id: id, bytes: Array(key.publicKey.rawRepresentation))
    }

    /// Reads a file of minisign's.
    ///
    /// - Throws: ``InvalidKey``, also for one that is encrypted.
    public init(file bytes: [UInt8], subject: String) throws {
        let expected = "is not a secret key: expected a file that `glare keygen` or `minisign -G -W` wrote"
        guard let lines = KeyFile.lines(bytes), lines.count == 2, lines[0].hasPrefix(KeyFile.untrusted),
            let bytes = KeyFile.decode(lines[1], count: Self.byteCount), bytes.starts(with: KeyFile.algorithm),
            bytes[4..<6].elementsEqual(Self.checksum)
        else { throw InvalidKey(subject, expected) }
        guard !bytes[2..<4].elementsEqual(Self.encrypted) else {
            throw InvalidKey(
                subject,
                "is encrypted with a password, and nobody is there to type it: `minisign -C -W -s FILE` takes the password off a copy"
            )
        }
        guard bytes[2..<4].elementsEqual([0, 0]),
            let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: bytes[62..<94]),
            key.publicKey.rawRepresentation.elementsEqual(bytes[94..<126])
        else { throw InvalidKey(subject, expected) }
        self.key = key
        publicKey = PublicKey(id: KeyID(bytes[54..<62]), bytes: Array(bytes[94..<126]))
    }

    /// As `minisign -G -W` writes it to a file.
    public var fileText: String {
        let head = KeyFile.algorithm + [0, 0] + Self.checksum + [UInt8](repeating: 0, count: 48)
        let pair = publicKey.id.bytes + Array(key.rawRepresentation) + publicKey.bytes
        let bytes = head + pair + [UInt8](repeating: 0, count: 32)
        return "\(KeyFile.untrusted)glare secret key \(publicKey.id), not encrypted\n\(KeyFile.encode(bytes))\n"
    }

    /// Signs as `minisign -S` does by default: Ed25519 over the content's BLAKE2b-512, and over that signature
    /// with the comment.
    ///
    /// - Parameter comment: A line, without its end.
    public func sign(_ content: [UInt8], comment: String) throws -> Signature {
        let signature = Array(try key.signature(for: BLAKE2b.digest(of: content)))
        let global = Array(try key.signature(for: signature + Array(comment.utf8)))
        return Signature(
            kind: .prehashed, keyID: publicKey.id, signature: signature, trustedComment: comment, global: global)
    }
}
