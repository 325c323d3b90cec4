import GlareModel
import GlareSystem
import GlareTransfer
import SystemPackage

/// A file on its way into the cache, which outlives the process: what is there is resumed.
///
/// The partial file is written front to back, so its length says what was received; zeros at its end
/// may be missing, and are fetched again. Used by one task at a time.
final class Download: @unchecked Sendable {
    /// Where the bytes came from; they are resumed from there, or from where the same content is.
    struct Origin: Codable, Equatable {
        var address: String
        var size: Int64
        var validators: Validators
        /// The digest that the catalogue names, which every mirror's file has.
        var content: SHA256Digest?
    }

    private let directory: Directory
    private let name: String
    private let cache: WritableCache
    let file: TemporaryFile
    private(set) var digester: PieceDigester
    private let withMD5: Bool
    private(set) var origin: Origin?
    /// Bytes received and digested.
    private(set) var received: Int64 = 0
    private let spaceNeeded: Int64?
    private let activity: Activity
    /// Bytes that came in all, also those that were thrown away again.
    private(set) var fetched: Int64 = 0

    /// - Parameters:
    ///   - resume: False where nothing would tell a wrong byte in what is there.
    ///   - withMD5: Also compute the MD5, which takes longer than all the rest.
    ///   - spaceNeeded: Bytes that the content takes on disk, where the catalogue says it.
    ///   - activity: Told how far it is.
    init(
        of image: ImageName, in cache: WritableCache, resume: Bool, withMD5: Bool, spaceNeeded: Int64?,
        activity: Activity
    ) throws {
        self.cache = cache
        self.activity = activity
        self.withMD5 = withMD5
        digester = PieceDigester(withMD5: withMD5, measuresData: false)
        self.spaceNeeded = spaceNeeded
        directory = cache.partial
        name = image.text
        file = try TemporaryFile(resuming: Self.dataName(name), in: directory)
        if resume, let saved = try directory.fileIfPresent(Self.originName(name)),
            let origin = try? Document.decode(Origin.self, from: saved.readAll(limit: 1 << 16), subject: saved.path)
        {
            let length = try file.file.status().size
            if length > 0 && length <= origin.size { try digestReceived(length, of: origin) }
        }
    }

    static func dataName(_ image: String) -> String { image + ".data" }
    static func originName(_ image: String) -> String { image + ".origin" }

    private func digestReceived(_ length: Int64, of origin: Origin) throws {
        let digester = self.digester
        try SparseReader(file.file, length: length).forEachPiece { digester.add($0) }
        self.origin = origin
        received = length
        activity.restart(at: length)
        try requireRoom(for: origin)
    }

    /// Throws `noSpace` where what is still to come has no room. How much of an image is holes only the catalogue
    /// tells.
    private func requireRoom(for origin: Origin) throws {
        guard let spaceNeeded else { return }
        let missing = min(origin.size, spaceNeeded) - (try file.file.status().allocated)
        try directory.requireSpace(max(0, missing), for: name)
    }

    /// Forgets what was received.
    func forget() throws {
        try file.file.truncate(to: 0)
        digester = PieceDigester(withMD5: withMD5, measuresData: false)
        received = 0
        origin = nil
        activity.restart(at: 0)
    }

    /// Forgets what was received, and notes what is to come.
    func restart(_ origin: Origin) throws {
        try forget()
        self.origin = origin
        try requireRoom(for: origin)
        try directory.publish(
            Document.encode(origin), as: Self.originName(name), attributes: cache.attributes(mode: 0o600),
            scratch: cache.scratch)
    }

    /// Adds the next bytes, in order: written on one thread while they are digested on another, for each
    /// takes about as long as the network does.
    func append(_ bytes: Block) async throws {
        let position = received
        async let written: Void = FileThreads.run { [file = file.file] in
            try file.writeSparsely(bytes.filled, at: position)
        }
        async let digested: Void = FileThreads.run { [digester] in digester.add(.data(bytes.filled)) }
        _ = try await (written, digested)
        received = position + Int64(bytes.filled.count)
        fetched += Int64(bytes.filled.count)
        activity.advance(by: Int64(bytes.filled.count))
    }

    /// Takes a whole file of this machine instead.
    func fill(from source: File, length: Int64) throws -> ContentSummary {
        let (directory, name) = (self.directory, self.name)
        fetched += length
        return try PlainContent.copy(source, to: file.file, length: length, withMD5: withMD5, activity: activity) {
            try directory.requireSpace(source.status().allocated, for: name)
        }
    }

    /// All bytes are there: gives the file its length, which trailing zeros did not.
    func finish() throws -> ContentDigests {
        try file.file.truncate(to: received)
        return digester.summary.digests
    }

    /// Removes what is there, for a content that is wrong.
    func discard() throws {
        try file.discard()
        try directory.remove(Self.originName(name))
    }

    /// Moves the file into the cache's archive.
    func publish(as version: VersionName, attributes: FileAttributes, size: Int64) throws {
        try file.publish(to: cache.archive, as: version.fileName, attributes: attributes, size: size)
        try directory.remove(Self.originName(name))
    }
}
