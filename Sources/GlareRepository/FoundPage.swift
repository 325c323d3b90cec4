import GlareModel
import GlareSystem
import GlareTransfer

/// The `index.html` that stands in a repository.
enum FoundPage {
    case none
    /// As Glare wrote it; the digest is of all but its seal.
    case whole(SHA256Digest)
    /// Glare's, by what it says of itself, and not as it was written.
    case damaged
    case foreign

    /// By the first of its bytes that page says whose it is: 4 KiB.
    private static let headLength = 4 << 10

    /// - Throws: `SystemError`.
    init(in root: Directory) throws {
        guard let status = try root.status(of: RepositoryLayout.index) else {
            self = .none
            return
        }
        // What can't be read was not written by us.
        guard status.kind == .regular, status.size > 0, let file = try? root.file(RepositoryLayout.index) else {
            self = .foreign
            return
        }
        let length = status.size - Int64(PageSeal.length)
        let end = length > 0 ? try file.read(at: length, count: PageSeal.length) : []
        let digest = length > 0 ? try PlainContent.read(file, length: length).digests.sha256 : nil
        if let digest, end == PageSeal.seal(digest) {
            self = .whole(digest)
        } else {
            let head = try file.read(at: 0, count: Self.headLength)
            self = PageSeal.isOurs(head: head, end: end) ? .damaged : .foreign
        }
    }
}
