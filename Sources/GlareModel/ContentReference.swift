/// An immutable file by what it holds.
public struct ContentReference: Codable, Hashable, Sendable {
    public let sha256: SHA256Digest
    /// In bytes.
    public let size: Int64

    public init(sha256: SHA256Digest, size: Int64) {
        self.sha256 = sha256
        self.size = size
    }
}
