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

extension Change {
    /// The versions of an image beyond `limit`, oldest first; never the current one.
    func beyond(_ limit: Int, of image: ImageName) -> [RetiredVersion] {
        guard let held = self.image(image) else { return [] }
        let others = held.versions.filter { $0.name.id != held.current }
        return others.dropFirst(limit - 1).reversed().map {
            RetiredVersion(
                name: $0.name, dataSize: $0.file.dataSize,
                modified: Date(timeIntervalSince1970: TimeInterval($0.modified.seconds)))
        }
    }

    mutating func retire(
        _ image: ImageName, beyond limit: Int, where isMeant: (VersionName) -> Bool = { _ in true }
    ) throws -> [RetiredVersion] {
        let retired = beyond(limit, of: image).filter { isMeant($0.name) }
        for version in retired { state.retired[RepositoryLayout.path(of: version.name)] = date }
        try refresh()
        return retired
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
    mutating func retireTransfers(except named: Set<String>) throws {
        for fileName in try repository.transfer.names() where TransferName(fileName: fileName) != nil {
            let path = "\(RepositoryLayout.transfer)/\(fileName)"
            state.retired[path] = named.contains(fileName) ? nil : state.retired[path] ?? date
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
            let parts = path.split(separator: "/")
            guard parts.count == 2, let fileName = parts.last.map(String.init) else { continue }
            let directory =
                switch parts[0] {
                case RepositoryLayout.archive: repository.archive
                case RepositoryLayout.transfer: repository.transfer
                default: repository.catalogueDirectory
                }
            do {
                try directory.remove(fileName)
                state.retired[path] = nil
                if parts[0] == RepositoryLayout.archive { state.files[fileName] = nil }
                if parts[0] == RepositoryLayout.transfer { state.transfers[fileName] = nil }
            } catch let error as SystemError {
                repository.report(.kept(path: directory.path(of: fileName), reason: error.code.description))
            }
        }
        try state.save(to: repository)
    }

    private var date: Date { Date(timeIntervalSince1970: TimeInterval(now.seconds)) }
}
