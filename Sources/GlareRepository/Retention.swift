public import FoundationEssentials
public import GlareModel
import GlareSystem
import SystemPackage

/// A version that retention takes out of the catalogue.
public struct RetiredVersion: Sendable {
    public let name: VersionName
    /// Bytes of its file, without holes.
    public let dataSize: Int64
    /// When it last became current.
    public let modified: Date
}

extension Repository {
    /// Takes the versions beyond `limit` out of the catalogue. Their files go ``Options/grace`` seconds
    /// later, with whichever command writes then, so that a host which is downloading one finishes.
    ///
    /// - Parameter shown: What was confirmed: a version that came to be beyond the limit since stays.
    public func retire(_ image: ImageName, beyond limit: Int, shown: [RetiredVersion]) throws -> [RetiredVersion] {
        let names = Set(shown.map(\.name))
        return try change { try $0.retire(image, beyond: limit) { names.contains($0) } }
    }
}

extension RetiredVersion {
    init(_ version: HeldVersion) {
        self.init(
            name: version.name, dataSize: version.file.dataSize,
            modified: Date(timeIntervalSince1970: TimeInterval(version.modified.seconds)))
    }
}

extension HeldImage {
    /// The versions that a limit does not keep, newest first; never the current one, nor one that is protected,
    /// which does not count either.
    func beyond(_ limit: Int) -> [HeldVersion] {
        versions.filter { $0.name.id != current && $0.marks.isProtected != true }.dropFirst(limit - 1).map { $0 }
    }
}

extension Change {
    /// The versions of an image beyond `limit`, oldest first.
    func beyond(_ limit: Int, of image: ImageName) -> [RetiredVersion] {
        self.image(image)?.beyond(limit).reversed().map(RetiredVersion.init) ?? []
    }

    mutating func retire(
        _ image: ImageName, beyond limit: Int, where isMeant: (VersionName) -> Bool = { _ in true }
    ) throws -> [RetiredVersion] {
        let retired = beyond(limit, of: image).filter { isMeant($0.name) }
        for version in retired { state.retired[RepositoryLayout.path(of: version.name)] = date }
        try refresh()
        return retired
    }

    /// What the last change retired left the catalogue with the moment at which the new one was in place, which is
    /// later than the change's own time: by that moment its grace is counted.
    mutating func dateGrace() throws {
        guard let last, let published = try repository.root.status(of: RepositoryLayout.catalogue)?.stamp.changed else {
            return
        }
        let since = Date(timeIntervalSince1970: TimeInterval(min(published.seconds + 1, now.seconds)))
        for (path, date) in state.retired where date == last.created && date < since { state.retired[path] = since }
    }

    /// Documents that the next catalogue does not name go the same way.
    mutating func retireDocuments(except named: Set<String>) {
        for fileName in (try? repository.catalogueDirectory.names()) ?? [] {
            let path = "\(RepositoryLayout.catalogueDirectory)/\(fileName)"
            if named.contains(path) {
                state.retired[path] = nil
            } else if isDocument(fileName) && state.retired[path] == nil {
                state.retired[path] = date
            }
        }
    }

    /// The same for what stands in `transfer/`.
    ///
    /// - Parameter lost: Versions of which it may be all that is left.
    mutating func retireTransfers(except named: Set<String>, of lost: Set<VersionName>) throws {
        for fileName in try repository.transfer.names() {
            guard let name = TransferName(fileName: fileName) else { continue }
            let path = "\(RepositoryLayout.transfer)/\(fileName)"
            let stays = named.contains(fileName) || lost.contains(name.version)
            state.retired[path] = stays ? nil : state.retired[path] ?? date
        }
    }

    /// Whether a file in `catalogue/` is called as ours are.
    private func isDocument(_ fileName: String) -> Bool {
        fileName.hasSuffix(".json") && SHA256Digest(hex: fileName.dropLast(".json".count)) != nil
    }

    /// Removes what has been out of every catalogue for the grace time.
    mutating func removeRetired() throws {
        var due = state.retired.filter { date.timeIntervalSince($0.value) >= TimeInterval(repository.options.grace) }
        guard !due.isEmpty else { return }
        let held = try heldBySignature()
        due = due.filter { !held.contains($0.key) }
        for path in due.keys.sorted() {
            guard let (directory, fileName) = repository.place(of: path) else { continue }
            do {
                let size = try repository.bytesFreed(by: path)
                try directory.remove(fileName)
                state.retired[path] = nil
                freed[path] = size ?? 0
                try forget(path, fileName)
            } catch let error as SystemError {
                repository.report(.kept(path: directory.path(of: fileName), reason: error.code.description))
            }
        }
        try state.save(to: repository)
    }

    /// What was known of a file that is gone. Its other names, as a rename leaves them, keep their content.
    private mutating func forget(_ path: String, _ fileName: String) throws {
        if path.hasPrefix(RepositoryLayout.archive + "/"), let gone = state.files.removeValue(forKey: fileName) {
            for (name, file) in state.files where file.stamp.isSameFile(as: gone.stamp) {
                try restamp(name)
            }
        }
        if path.hasPrefix(RepositoryLayout.transfer + "/"), let gone = state.transfers.removeValue(forKey: fileName) {
            for (name, file) in state.transfers where file.stamp.isSameFile(as: gone.stamp) {
                state.transfers[name]?.stamp = try repository.stamp(name)
            }
        }
    }

    /// After a version's file got another name, or lost one: that leaves its content alone.
    mutating func restamp(_ fileName: String) throws {
        guard let file = state.files[fileName], let stamp = try repository.archive.status(of: fileName)?.stamp,
            stamp.isSameFile(as: file.stamp), stamp.hasContentTimes(of: file.stamp)
        else { return }
        state.files[fileName] = file.with(stamp: stamp)
    }

    /// Now, to the second, as all times are written.
    var date: Date { Date(timeIntervalSince1970: TimeInterval(now.seconds)) }
}

extension Repository {
    /// What the removal of a file frees on disk; nil where it is not there. A second name, as a rename leaves it,
    /// takes nothing.
    func bytesFreed(by path: String) throws -> Int64? {
        guard let (directory, fileName) = place(of: path), let status = try directory.status(of: fileName) else {
            return nil
        }
        return status.linkCount > 1 ? 0 : status.allocated
    }

    /// Where a path of the list of the retired leads; nil for what can't be one.
    func place(of path: String) -> (directory: Directory, fileName: String)? {
        let parts = path.split(separator: "/").map(String.init)
        switch (parts.count, parts.first) {
        case (1, _) where path.hasSuffix(".md"): return (root, path)
        case (2, RepositoryLayout.archive): return (archive, parts[1])
        case (2, RepositoryLayout.transfer): return (transfer, parts[1])
        case (2, RepositoryLayout.catalogueDirectory): return (catalogueDirectory, parts[1])
        default: return nil
        }
    }
}
