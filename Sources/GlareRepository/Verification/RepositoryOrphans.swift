import GlareModel
import GlareSystem

/// What nothing refers to.
extension RepositoryFaults {
    /// Files that are made before the lock is taken are named by what they hold, and are referred to later: what is
    /// younger than a day may be on its way.
    private static let longestWay: Int64 = 86400

    mutating func findOrphans() throws {
        // Without the state nobody knows what waits for its removal.
        guard !view.isOwnClosed else { return }
        let retired = view.state?.retired ?? [:]
        let listed = Set((expected.versions + expected.transfers).filter(\.isListed).map(\.path))
        // What is left of them, somebody may need.
        let lost = Set(versions.map(\.fileName))
        if published.catalogue != nil, view.state != nil {
            // The next change lists what an image with a symlink has in the archive.
            let images = Set(try view.linkedVersions().map(\.image))
            for name in try view.archive?.names() ?? [] where name != ChecksumListing.name {
                let path = "\(RepositoryLayout.archive)/\(name)"
                if let version = VersionName(fileName: name), images.contains(version.image) { continue }
                if !listed.contains(path) && retired[path] == nil { told.addOrphan(path) }
            }
            for name in try view.transfer?.names() ?? [] {
                let path = "\(RepositoryLayout.transfer)/\(name)"
                guard !listed.contains(path), retired[path] == nil else { continue }
                let version = TransferName(fileName: name)?.version.fileName
                if let version, lost.contains(version) { continue }
                if try version == nil || isOld(name, in: view.transfer) { told.addOrphan(path) }
            }
            var documents = Set(
                (published.catalogue?.rows ?? []).map { RepositoryLayout.documentName($0.record.sha256) })
            if let bytes = published.bytes { documents.insert(RepositoryLayout.documentName(SHA256Digest(of: bytes))) }
            for name in try view.documents?.names() ?? [] where !documents.contains(name) {
                let path = "\(RepositoryLayout.catalogueDirectory)/\(name)"
                if retired[path] == nil { told.addOrphan(path) }
            }
        }
        try findOwnOrphans()
    }

    private mutating func findOwnOrphans() throws {
        guard let own = view.own else { return }
        let prefix = RepositoryLayout.privateDirectory
        for name in try own.names() where !["lock", "tmp", "blocks", "deltas", RepositoryState.fileName].contains(name)
        {
            told.addOrphan("\(prefix)/\(name)")
        }
        if let scratch = try own.directoryIfPresent("tmp") {
            for name in try TemporaryFile.abandoned(in: scratch) { told.addOrphan("\(prefix)/tmp/\(name)") }
        }
        let known = Set((view.state?.files.values).map { $0.map(\.digests.sha256.hex) } ?? [])
        if view.state != nil, let blocks = try own.directoryIfPresent("blocks") {
            for name in try blocks.names() where !known.contains(name) {
                if try SHA256Digest(hex: name) == nil || isOld(name, in: blocks) {
                    told.addOrphan("\(prefix)/blocks/\(name)")
                }
            }
        }
        if let finished = try own.directoryIfPresent("deltas") {
            for name in try finished.names() where TransferName(fileName: name) == nil {
                told.addOrphan("\(prefix)/deltas/\(name)")
            }
        }
    }

    private func isOld(_ name: String, in directory: Directory?) throws -> Bool {
        guard let status = try directory?.status(of: name) else { return false }
        return FileTime.now.seconds - status.modified.seconds > Self.longestWay
    }
}
