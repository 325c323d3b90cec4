import FoundationEssentials

/// A signature in minisign's format: of a content, and of a comment that can be trusted with it.
///
/// Source: "Minisign", https://jedisct1.github.io/minisign/, "Signature format". Four lines: an untrusted
/// comment; kind, key id and signature of the content, in base64; the trusted comment; and the signature of
/// that signature with the comment, in base64. So the comment can be verified without the content.
public struct Signature: Sendable {
    /// 4 KiB: a larger one is refused before it is read.
    public static let sizeLimit = 4096

    enum Kind: String {
        /// Of the content itself.
        case legacy = "Ed"
        /// Of its BLAKE2b-512.
        case prehashed = "ED"
    }

    public let keyID: KeyID
    /// What the signer says of the content; believe it after ``isCommentSigned(by:)``.
    public let trustedComment: String
    private let kind: Kind
    private let signature: [UInt8]
    private let global: [UInt8]

    init(kind: Kind, keyID: KeyID, signature: [UInt8], trustedComment: String, global: [UInt8]) {
        (self.kind, self.keyID, self.signature) = (kind, keyID, signature)
        (self.trustedComment, self.global) = (trustedComment, global)
    }

    /// - Throws: ``InvalidKey`` where the file is no signature of minisign's.
    public init(file bytes: [UInt8], subject: String) throws {
        guard bytes.count <= Self.sizeLimit, let lines = KeyFile.lines(bytes), lines.count == 4,
            lines[0].hasPrefix(KeyFile.untrusted), lines[2].hasPrefix(KeyFile.trusted),
            let first = KeyFile.decode(lines[1], count: 74), let global = KeyFile.decode(lines[3], count: 64),
            let kind = Kind(rawValue: String(decoding: first[..<2], as: UTF8.self))
        else { throw InvalidKey(subject, "is not a signature: expected a file as minisign writes them") }
        self.init(
            kind: kind, keyID: KeyID(first[2..<10]), signature: Array(first[10...]),
            trustedComment: String(lines[2].dropFirst(KeyFile.trusted.count)), global: global)
    }

    /// As minisign writes it.
    public var fileBytes: [UInt8] {
        let first = KeyFile.encode(Array(kind.rawValue.utf8) + keyID.bytes + signature)
        let lines = [
            "\(KeyFile.untrusted)signature by glare, key \(keyID)", first, KeyFile.trusted + trustedComment,
            KeyFile.encode(global),
        ]
        return Array((lines.joined(separator: "\n") + "\n").utf8)
    }

    /// Whether the key's owner said the comment, of whatever content.
    public func isCommentSigned(by key: PublicKey) -> Bool {
        keyID == key.id && key.isSignature(global, of: signature + Array(trustedComment.utf8))
    }

    /// Whether the key's owner signed the content.
    public func isSigned(_ content: [UInt8], by key: PublicKey) -> Bool {
        keyID == key.id && key.isSignature(signature, of: kind == .legacy ? content : BLAKE2b.digest(of: content))
    }
}
