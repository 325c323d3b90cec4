import GlareModel
import GlareSystem
import NIOCore

/// What tells one content of an address from the next, as the server said it: opaque, and sent back.
struct Validators: Codable, Equatable, Sendable {
    var entityTag: String?
    /// An HTTP date.
    var lastModified: String?

    /// What may stand in If-Range: a strong entity tag, else a date (RFC 9110, section 13.1.5).
    var forRange: String? {
        if let entityTag, !entityTag.hasPrefix("W/") { return entityTag }
        return lastModified
    }

    /// Whether both certainly speak of one content.
    func match(_ other: Validators) -> Bool {
        if let tag = entityTag, let otherTag = other.entityTag { return tag == otherTag }
        return lastModified != nil && lastModified == other.lastModified
    }
}

/// A server's answer to a conditional request.
enum Answer<Content: Sendable>: Sendable {
    case missing
    case unchanged
    case found(Content, Validators)
}

/// A file to fetch whole.
struct RemoteFile: Sendable {
    /// Relative to the repository.
    let path: String
    /// Known from the catalogue; nil where only the server says it.
    let size: Int64?
    /// Of the content, where the catalogue says it.
    var sha256: SHA256Digest?
}

/// A repository as hosts see it: named files, over whatever transport.
protocol RepositorySource: Sendable {
    /// For messages and for telling one repository from another.
    var address: String { get }

    /// Reads a small file. Throws `SyncError.tooLarge` beyond `limit` bytes.
    func document(_ path: String, limit: Int, unless known: Validators?) async throws -> Answer<[UInt8]>

    /// Asks for a file's length in bytes, without its content.
    func examine(_ path: String, unless known: Validators?) async throws -> Answer<Int64>

    /// Tries once to bring a download to its end, from where it stands.
    func fetch(_ file: RemoteFile, into download: Download) async throws -> FetchedFile

    /// Reads a part of an immutable file, or all of it, once.
    ///
    /// - Parameters:
    ///   - range: In bytes; not empty.
    ///   - size: The file's length, in bytes.
    ///   - take: Given the bytes, in order.
    /// - Throws: ``SyncError/noRanges(address:)`` for a part from a server that sends whole files alone.
    func read(
        _ path: String, _ range: Range<Int64>, of size: Int64, _ take: (ByteBuffer) async throws -> Void
    ) async throws
}

/// What a finished download amounts to.
struct FetchedFile: Sendable {
    let digests: ContentDigests
    let size: Int64
    let validators: Validators
    /// The server's modification time of the file.
    let modified: FileTime?
}

extension RepositorySource {
    func url(_ path: String) -> String { "\(address)/\(RepositoryLayout.percentEncoded(path))" }
}
