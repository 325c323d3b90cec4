import GlareModel
import GlareSystem

/// Symlinks that stand where a cache's own files and directories belong. Nothing of a cache is one, so somebody
/// else made it; it is taken away, and what belongs there is made anew.
///
/// That is all that they do: no file of a cache is ever opened through a symlink (see `Directory`), and without
/// this one of them would only end every sync with an error.
enum PlantedLinks {
    /// Of an image's name only what that stands for decides: see `LocalImage`.
    private static let top: Set<String> = [
        RepositoryLayout.privateDirectory, RepositoryLayout.archive, RepositoryLayout.catalogueDirectory,
        RepositoryLayout.catalogue, RepositoryLayout.catalogueSignature,
    ]

    static func remove(fromTopOf cache: Directory) throws { try remove(from: cache, where: top.contains) }

    /// Other names there are not ours.
    static func remove(fromArchive archive: Directory) throws {
        try remove(from: archive) { VersionName(fileName: $0) != nil }
    }

    static func removeAll(from directory: Directory) throws { try remove(from: directory) { _ in true } }

    private static func remove(from directory: Directory, where isOurs: (String) -> Bool) throws {
        for name in try directory.symbolicLinks() where isOurs(name) { try directory.remove(name) }
    }
}
