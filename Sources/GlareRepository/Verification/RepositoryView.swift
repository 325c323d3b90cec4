import GlareModel
import GlareSystem
import SystemPackage

/// A repository as it stands, for reading: nothing is made, and nothing written.
struct RepositoryView {
    let root: Directory
    /// Each nil where it is not there.
    let archive, transfer, documents, keys: Directory?
    /// `.glare`; nil also where this user may not read it.
    let own: Directory?
    /// Whether `.glare` is there and can't be read: then nobody knows what may be in motion.
    let isOwnClosed: Bool
    let state: RepositoryState?
    /// Why the state can't be used, if it is there.
    let stateFault: String?

    /// - Throws: ``RepositoryError``; `InvalidDocument`, for a state that a newer Glare wrote; `SystemError`.
    init(path: String) throws {
        do {
            root = try Directory.open(path)
        } catch let error as SystemError where error.isMissing {
            throw RepositoryError.noRepository(path: path)
        }
        try root.requireKnownRepository()
        archive = try root.directoryIfPresent(RepositoryLayout.archive)
        transfer = try root.directoryIfPresent(RepositoryLayout.transfer)
        documents = try root.directoryIfPresent(RepositoryLayout.catalogueDirectory)
        keys = try root.directoryIfPresent(RepositoryLayout.keys)
        (own, isOwnClosed) = try root.directoryIfReadable(RepositoryLayout.privateDirectory)
        (state, stateFault) = try Self.state(in: own, of: root)
    }

    private static func state(
        in own: Directory?, of root: Directory
    ) throws -> (RepositoryState?, fault: String?) {
        do {
            guard let file = try own?.fileIfPresent(RepositoryState.fileName) else { return (nil, nil) }
            return (try RepositoryState.read(file, of: root), nil)
        } catch let error as InvalidDocument where !error.isNewer {
            return (nil, error.reason)
        } catch let error as SystemError {
            return (nil, error.code.description)
        }
    }

    /// What the images' symlinks lead to.
    ///
    /// - Throws: `SystemError`.
    func linkedVersions() throws -> [VersionName] {
        try root.symbolicLinks().compactMap { text in
            guard let name = try? ImageName(text), let destination = try root.symbolicLink(text),
                let version = VersionName(linkDestination: destination), version.image == name
            else { return nil }
            return version
        }
    }

    /// A document of `catalogue/`; nil where it is not there, or is not what its name says.
    func document(_ digest: SHA256Digest) throws -> [UInt8]? {
        guard let file = try? documents?.fileIfPresent(RepositoryLayout.documentName(digest)),
            let bytes = try? file.readAll(limit: Catalogue.sizeLimit), SHA256Digest(of: bytes) == digest
        else { return nil }
        return bytes
    }

    /// Digests that name documents.
    func documentDigests() throws -> [SHA256Digest] {
        try (documents?.names() ?? []).compactMap {
            $0.hasSuffix(".json") ? SHA256Digest(hex: $0.dropLast(".json".count)) : nil
        }
    }
}
