import GlareModel
import GlareSystem

/// An open file, and all that its answers say of it, from one look at its descriptor: what is sent
/// stays the same when its name is given to another file meanwhile.
final class ServedFile: Sendable {
    let file: File
    /// Bytes.
    let size: Int64
    let tag: EntityTag
    let modified: HTTPDate
    let contentType: String
    let cacheControl: String
    /// Nil for what is no page.
    let contentSecurityPolicy: String?
    /// Whether its filesystem keeps everything in memory.
    private let isInMemory: Bool

    /// As ``File/readCached(into:at:)``. A filesystem in memory can't tell, and need not.
    func readCached(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) -> Int? {
        guard isInMemory else { return file.readCached(into: buffer, at: offset) }
        return (try? file.read(into: buffer, at: offset)).flatMap { $0 > 0 ? $0 : nil }
    }

    /// What stands between the parts of a multipart/byteranges. It need not be a secret: each part says how
    /// long it is, and who could put it into a file can put anything there.
    var partSeparator: String { "part-\(tag.opaque.filter { $0 != "\"" }.prefix(60))" }

    init(_ file: File, status: FileStatus, version: VersionName?, components: [String], isInMemory: Bool) {
        self.file = file
        self.isInMemory = isInMemory
        size = status.size
        tag = version.map { EntityTag(version: $0.id.text, status: status) } ?? EntityTag(file: status)
        modified = HTTPDate(seconds: status.modified.seconds)
        let name = components[components.count - 1]
        contentType = version == nil ? ContentLabel.contentType(of: name) : ContentLabel.bytes
        contentSecurityPolicy =
            contentType == ContentLabel.page ? ContentLabel.pagePolicy(of: components) : nil
        cacheControl = ContentLabel.cacheControl(of: components, isVersion: version != nil)
    }
}
