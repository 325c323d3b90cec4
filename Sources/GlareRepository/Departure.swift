import GlareModel
import GlareSystem

/// An image's name on its way out of the repository: the intention is on disk before anything moves, so that
/// whatever command comes after a crash completes it.
extension Change {
    /// Takes an image out of the catalogue; its files go after the grace time.
    ///
    /// - Parameter successor: What it is called from now on, where that must be there first.
    mutating func remove(_ image: ImageName, successor: ImageName? = nil) throws {
        try announceDeparture(of: image, successor: successor)
        try completeDepartures()
        try refresh()
    }

    mutating func announceDeparture(of image: ImageName, successor: ImageName?) throws {
        state.leaving = [image.text: RepositoryState.Departure(successor: successor)]
        try state.save(to: repository)
    }

    /// Completes what this command or one before it began.
    mutating func completeDepartures() throws {
        let root = repository.root
        for (text, departure) in state.leaving ?? [:] {
            guard let image = try? ImageName(text) else { continue }
            // A rename that was cut off before the new name was there: nothing has moved, and what it made goes.
            if let successor = departure.successor, try root.symbolicLink(successor.text) == nil {
                let files = state.files
                try retireFiles(of: successor) { files[VersionName(image, $0.id).fileName] != nil }
                continue
            }
            if try root.symbolicLink(text) != nil {
                try root.remove(text)
                try root.sync()
            }
            try retireFiles(of: image) { _ in true }
        }
        state.leaving = nil
    }

    private mutating func retireFiles(of image: ImageName, where isMeant: (VersionName) -> Bool) throws {
        for version in state.files.keys.compactMap(VersionName.init(fileName:))
        where version.image == image && isMeant(version) {
            retire(RepositoryLayout.path(of: version))
        }
        let changelog = RepositoryLayout.changelog(of: image)
        if try repository.root.status(of: changelog) != nil { retire(changelog) }
    }

    /// - Parameter path: In the repository. One that waits for its removal already goes on waiting.
    mutating func retire(_ path: String) { state.retired[path] = state.retired[path] ?? date }
}
