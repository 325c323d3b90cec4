import GlareModel
import GlareSystem

/// An open file, and all that its answers say of it, from one look at its descriptor: what is sent
/// stays the same when its name is given to another file meanwhile.
struct ServedFile: Sendable {
    let file: File
    /// Bytes.
    let size: Int64
    let tag: EntityTag
    let modified: HTTPDate
    let contentType: String
    let cacheControl: String

    init(_ file: File, status: FileStatus, version: VersionName?, components: [String]) {
        self.file = file
        size = status.size
        tag = version.map { EntityTag(version: $0.id.text, status: status) } ?? EntityTag(file: status)
        modified = HTTPDate(seconds: status.modified.seconds)
        let name = components[components.count - 1]
        contentType = version == nil ? ContentLabel.contentType(of: name) : ContentLabel.bytes
        cacheControl = ContentLabel.cacheControl(of: components, isVersion: version != nil)
    }
}
