import GlareDiskImage
import GlareModel
import GlareSystem
import GlareTransfer

/// What each file of a repository holds, by its name in `archive/` or `transfer/`.
struct Survey {
    var versions: [String: RepositoryState.KnownFile] = [:]
    var transfers: [String: TransferFile] = [:]
}

extension Repository {
    typealias KnownFile = RepositoryState.KnownFile

    /// Looks at every file. One that is as it was when it was last read is not read again.
    ///
    /// Long, where much is new: called before the lock is taken, so that others publish meanwhile.
    func survey(rereadAll: Bool = false) throws -> (survey: Survey, state: RepositoryState) {
        let state = try RepositoryState.load(from: self, last: publishedCatalogue())
        let survey = Survey(
            versions: try survey(known: state.files, rereadAll: rereadAll),
            transfers: try surveyTransfer(known: rereadAll ? [:] : state.transfers))
        return (survey, state)
    }

    func survey(known: [String: KnownFile], rereadAll: Bool = false) throws -> [String: KnownFile] {
        var found: [String: KnownFile] = [:]
        for fileName in try archive.names() {
            guard VersionName(fileName: fileName) != nil, let status = try archive.status(of: fileName),
                status.kind == .regular
            else { continue }
            if !rereadAll, let before = known[fileName], before.stamp == status.stamp {
                found[fileName] = before
                continue
            }
            let file: File
            do {
                report(.reading(path: archive.path(of: fileName), isKnown: known[fileName] != nil))
                file = try archive.file(fileName)
                found[fileName] = try examine(file, before: known[fileName])
            } catch let error as SystemError {
                // An image that hosts have must not vanish from the catalogue because of a disk error.
                if known[fileName] != nil && !error.isMissing { throw error }
                report(.notListed(path: archive.path(of: fileName), reason: error.description))
                continue
            }
            // Whoever wrote it: what a catalogue says of it must hold after a power cut. A file that can't be read may
            // be somebody's; a disk that can't keep one is everybody's.
            try file.sync()
        }
        return found
    }

    /// The symlinks beside the archive, name to destination.
    func links() throws -> [String: String] {
        var links: [String: String] = [:]
        for name in try root.names() where !name.hasPrefix(".") { links[name] = try root.symbolicLink(name) }
        return links
    }

    private func examine(_ file: File, before: KnownFile?) throws -> KnownFile {
        let status = try file.status()
        // The MD5 as well: the original named versions by it, and one read serves both.
        let name = file.path.split(separator: "/").last.map(String.init) ?? file.path
        let summary = try options.activities.during(.reading, name, total: status.size) { activity in
            try PlainContent.read(file, length: status.size, withMD5: true, activity: activity)
        }
        if let before, before.digests.sha256 == summary.digests.sha256 {
            // The same content: what was said of it when it was published goes on to hold.
            return KnownFile(
                stamp: status.stamp, digests: summary.digests, diskFormat: before.diskFormat,
                virtualSize: before.virtualSize, isUnsafe: before.isUnsafe, dataSize: summary.dataSize)
        }
        let found =
            (try? DiskImage.inspect(file, InspectionRules(largestDisk: .max)))
            ?? (try? DiskImage.inspect(file, InspectionRules(format: .raw, largestDisk: .max)))
        if let hazard = found?.hazard {
            report(.oddImage(path: file.path, warning: "\(hazard.reason); hosts take it only with ALLOW_UNSAFE"))
        }
        return KnownFile(stamp: status.stamp, summary: summary, image: found)
    }
}

extension RepositoryState.KnownFile {
    /// - Parameter image: Nil for what the original took and we don't know: a disk as long as its file.
    init(stamp: FileStamp, summary: ContentSummary, image found: Inspection?) {
        self.init(
            stamp: stamp, digests: summary.digests, diskFormat: (found?.image.format ?? .raw).rawValue,
            virtualSize: found?.image.virtualSize ?? stamp.size, isUnsafe: found?.hazard == nil ? nil : true,
            dataSize: summary.dataSize)
    }

    /// The same content after its file's attributes were changed.
    func with(stamp: FileStamp) -> Self {
        Self(
            stamp: stamp, digests: digests, diskFormat: diskFormat, virtualSize: virtualSize, isUnsafe: isUnsafe,
            dataSize: dataSize)
    }
}
