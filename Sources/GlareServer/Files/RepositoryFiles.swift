import GlareModel
import GlareSystem
import SystemPackage

/// The files of a repository that are served, found by the components of their paths.
///
/// Every component is looked up relative to the directory before it, and no symlink is followed. One
/// at the top may be a link, as images' names are: it is read, and the version's file that it names
/// is opened in `archive/`.
struct RepositoryFiles: Sendable {
    let root: Directory
    private let isInMemory: Bool

    init(root: Directory) {
        self.root = root
        isInMemory = root.isInMemory
    }

    /// How often a link is read again when the version that it named went away in between. Each time
    /// takes one more publish; in step with one that publishes in a loop, 8 times were not enough.
    private static let attempts = 100

    /// Opens a file, by at least one component.
    ///
    /// - Returns: Nil for what is missing, not a regular file, or a link to anything but a version.
    /// - Throws: `SystemError` for what is there and can't be opened.
    func open(_ components: [String]) throws -> ServedFile? {
        var directory = root
        for name in components.dropLast() {
            guard let next = try unlessAbsent({ try directory.directory(name) }) else { return nil }
            directory = next
        }
        let name = components[components.count - 1]
        if components.count == 1, let target = try unlessAbsent({ try root.symbolicLink(name) }) ?? nil {
            return try openVersion(namedBy: name, target: target)
        }
        guard let file = try unlessAbsent({ try directory.file(name) }) else { return nil }
        return try served(file, version: Self.version(at: components), components: components)
    }

    /// As ``open(_:)``, where that takes no waiting for a disk, and the name is a file's own; nil where it
    /// takes ``open(_:)`` to find out.
    func openIfCached(_ components: [String]) -> ServedFile? {
        guard let file = root.fileIfCached(components.joined(separator: "/")) else { return nil }
        return try? served(file, version: Self.version(at: components), components: components)
    }

    private static func version(at components: [String]) -> VersionName? {
        guard components.count == 2, components[0] == RepositoryLayout.archive else { return nil }
        return VersionName(fileName: components[1])
    }

    /// Follows an image's name. Between reading the link and opening what it names a publisher can
    /// point it at the next version and remove the last one; then the name is there all the same.
    private func openVersion(namedBy name: String, target firstTarget: String) throws -> ServedFile? {
        var target = firstTarget
        for _ in 0..<Self.attempts {
            guard let version = VersionName(linkDestination: target),
                let archive = try unlessAbsent({ try root.directory(RepositoryLayout.archive) })
            else { return nil }
            if let file = try unlessAbsent({ try archive.file(version.fileName) }) {
                return try served(file, version: version, components: [name])
            }
            guard let newTarget = try root.symbolicLink(name), newTarget != target else { return nil }
            target = newTarget
        }
        return nil
    }

    private func served(_ file: File, version: VersionName?, components: [String]) throws -> ServedFile? {
        let status = try file.status()
        guard status.kind == .regular else { return nil }
        return ServedFile(file, status: status, version: version, components: components, isInMemory: isInMemory)
    }

    /// Nil where the name is not there, or is of a kind that can't be opened as was asked.
    private func unlessAbsent<Opened>(_ open: () throws -> Opened) throws -> Opened? {
        do {
            return try open()
        } catch let error as SystemError where Self.absences.contains(error.code) {
            return nil
        }
    }

    private static let absences: Set<Errno> = [
        .noSuchFileOrDirectory, .notDirectory, .fileNameTooLong,
        .tooManySymbolicLinkLevels,  // A symlink, with O_NOFOLLOW.
        .noSuchAddressOrDevice,  // A socket, or a device without its driver.
        .operationNotSupportedByDevice,
    ]
}
