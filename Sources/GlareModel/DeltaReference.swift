/// A delta as the record of an image names it.
public struct DeltaReference: Codable, Hashable, Sendable {
    /// 8 MiB: of 65,536 segments.
    public static let headSizeLimit: Int64 = 8 << 20

    /// Of the version that it starts from, of whatever image.
    public let base: SHA256Digest
    public let content: ContentReference
    /// The file's beginning, which says where its parts are and what their digests must be.
    public let head: ContentReference

    public init(base: SHA256Digest, content: ContentReference, head: ContentReference) {
        self.base = base
        self.content = content
        self.head = head
    }
}
