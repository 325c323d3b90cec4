public import GlareModel
import GlareSystem
import SystemPackage

public struct RenameResult: Sendable {
    public let old: ImageName
    public let new: ImageName
    public let versions: [RetiredVersion]
}

extension Repository {
    /// Gives an image another name, with all its versions, what was said of them, and its changelog. Hosts get it as
    /// a new image, out of what they have; the old name's files go after the grace time.
    ///
    /// - Throws: `InvalidReference`, ``RepositoryError``, `SystemError`.
    public func rename(_ old: ImageName, to new: ImageName) throws -> RenameResult {
        let known = try survey().survey
        return try change(known: known) { change in
            let image = try change.holdings.image(ImageReference(old))
            guard change.image(new) == nil else { throw RepositoryError.imageExists(new) }
            try requireFreeName(new)
            try change.requireFreeChangelog(new)
            return try change.rename(image, to: new)
        }
    }
}

extension Change {
    /// A removed image's may be written over: it waits for its removal.
    fileprivate func requireFreeChangelog(_ new: ImageName) throws {
        let changelog = RepositoryLayout.changelog(of: new)
        guard state.retired[changelog] == nil, try repository.root.status(of: changelog) != nil else { return }
        throw RepositoryError.nameTaken(path: repository.root.path(of: changelog), by: "a file")
    }

    /// Nothing of this is visible before the new symlink is there: then the old name leaves, also after a crash.
    fileprivate mutating func rename(_ image: HeldImage, to new: ImageName) throws -> RenameResult {
        try announceDeparture(of: image.name, successor: new)
        for version in image.versions { try share(version, as: new) }
        let entries = try changelog(of: image.name)
        try repository.publish(entries.bytes, in: repository.root, as: RepositoryLayout.changelog(of: new))
        let current = VersionName(new, image.current)
        try renewTime(of: current, sharing: true)
        try makeCurrent(current, message: "Renamed from \(image.name)")
        try completeDepartures()
        try refresh()
        return RenameResult(
            old: image.name, new: new, versions: self.image(new)?.versions.map(RetiredVersion.init) ?? [])
    }

    /// A version under another image's name, with its frames and deltas.
    private mutating func share(_ version: HeldVersion, as new: ImageName) throws {
        let name = VersionName(new, version.name.id)
        if state.files[name.fileName]?.digests.sha256 != version.file.digests.sha256 {
            try repository.share(version.name.fileName, as: name.fileName, in: repository.archive, version.modified)
            guard let stamp = try repository.archive.status(of: name.fileName)?.stamp else { return }
            state.files[name.fileName] = version.file.with(stamp: stamp)
            try restamp(version.name.fileName)
        }
        state.retired[RepositoryLayout.path(of: name)] = nil
        state.setMarks(version.marks, of: name)
        for (fileName, file) in state.transfers {
            guard let transfer = TransferName(fileName: fileName), transfer.version == version.name else { continue }
            let newName = TransferName(name, transfer.kind, file.content).fileName
            guard state.transfers[newName] == nil else { continue }
            try repository.share(fileName, as: newName, in: repository.transfer, file.stamp.modified)
            var file = file
            file.stamp = try repository.stamp(newName)
            state.transfers[newName] = file
            state.transfers[fileName]?.stamp = try repository.stamp(fileName)
        }
    }
}

extension Repository {
    /// Gives a file a second name; where that is refused, as for files of others, by a copy.
    fileprivate func share(_ fileName: String, as new: String, in directory: Directory, _ modified: FileTime) throws {
        do {
            try directory.link(fileName, to: directory, as: new)
            return try directory.sync()
        } catch let error as SystemError where error.code != .fileExists {}
        let file = try directory.file(fileName)
        let (size, mode) = (try file.status().size, try file.status().mode)
        let copy = try TemporaryFile(in: scratch)
        let requireSpace = { try self.scratch.requireSpace(size, for: new) }
        try copy.file.fill(from: file, length: size, willCopy: requireSpace, digest: { _ in })
        try copy.publish(to: directory, as: new, attributes: attributes(mode: mode, modified: modified), size: size)
    }
}
