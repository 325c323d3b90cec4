/// What two keys say when one of a repository's takes over from the other: the trusted comment of both
/// signatures of `keys/N.pub`.
public struct KeyStatement: Hashable, Sendable {
    public let repository: String
    /// The new key's number; at least 2.
    public let number: Int

    public init(repository: String, number: Int) { (self.repository, self.number) = (repository, number) }

    public var comment: String { "glare-key-1 repository=\(repository) number=\(number)" }

    /// Whether both keys vouch for the new one, as the successor of the old in this repository.
    ///
    /// - Parameters:
    ///   - file: `keys/N.pub`.
    ///   - signatures: The old key's of it, and its own.
    public func isProven(
        _ file: [UInt8], by signatures: (old: Signature, new: Signature), from old: PublicKey, to new: PublicKey
    ) -> Bool {
        [(signatures.old, old), (signatures.new, new)].allSatisfy { signature, key in
            signature.trustedComment == comment && signature.isCommentSigned(by: key)
                && signature.isSigned(file, by: key)
        }
    }
}
