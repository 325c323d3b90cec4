import FoundationEssentials
import GlareModel
import GlareSystem

/// What a repository holds, as far as its directory tells.
struct Stock: Equatable, Sendable {
    var images = 0
    var versions = 0
    /// That its versions, and what hosts fetch of them, take on disk.
    var bytes: Int64 = 0
    /// Seconds since 1970 of the last publish; nil where there was none.
    var lastPublish: Int64?

    /// Looks at all names of the directories; waits for the disk.
    ///
    /// - Throws: `SystemError`; a catalogue that can't be read is as none.
    init(of root: Directory) throws {
        if let file = try root.fileIfPresent(RepositoryLayout.catalogue),
            let catalogue = try? Catalogue(
                json: file.readAll(limit: Catalogue.sizeLimit), subject: RepositoryLayout.catalogue)
        {
            images = catalogue.images.count
            lastPublish = Int64(catalogue.created.timeIntervalSince1970)
        } else if let file = try root.fileIfPresent(RepositoryLayout.imageList) {
            // The original's.
            images = try file.readAll(limit: Catalogue.sizeLimit).split(separator: UInt8(ascii: "\n")).count
            lastPublish = try file.status().modified.seconds
        }
        for part in [RepositoryLayout.archive, RepositoryLayout.transfer] {
            guard try root.status(of: part)?.kind == .directory else { continue }
            let directory = try root.directory(part)
            for name in try directory.names() {
                if VersionName(fileName: name) != nil { versions += 1 }
                bytes += try directory.status(of: name)?.allocated ?? 0
            }
        }
    }
}
