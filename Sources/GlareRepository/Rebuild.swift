public import GlareModel
import GlareSystem
import GlareTransfer

public struct RebuildResult: Sendable {
    public let images: [ImageName]
    /// Versions listed in all.
    public let versionCount: Int
    /// Images that hosts can't get, because their current version is missing or torn.
    public let withoutVersion: [ImageName]
}

extension Repository {
    /// Makes anew all that can be derived, and adopts what the original made: its absolute symlinks
    /// become relative ones, its versions keep their ids.
    ///
    /// - Parameters:
    ///   - rereadAll: Read every version's file, also those that are as they were.
    ///   - lost: Names in the archive of versions that are known to be wrong: nothing is made of them.
    public func rebuildIndex(rereadAll: Bool, without lost: Set<String> = []) throws -> RebuildResult {
        var known = try survey(rereadAll: rereadAll)
        known.survey.versions = known.survey.versions.filter { !lost.contains($0.key) }
        let made = try makeMissing(known.survey, known.state)
        return try change(known: made.survey) { change in
            change.keepsLost = false
            for (target, useless) in made.useless { change.state.uselessDeltas[target, default: []].formUnion(useless) }
            for image in change.holdings.images {
                let version = VersionName(image.name, image.current)
                if try root.symbolicLink(image.name.text) != RepositoryLayout.path(of: version) {
                    try change.point(image.name, to: version)
                }
                // A link that was set back by hand: hosts go by times, so this must become the newest.
                if image.versions.first?.name != version {
                    try change.renewTime(of: version)
                    try change.refresh()
                }
            }
            return RebuildResult(
                images: change.holdings.images.map(\.name),
                versionCount: change.holdings.images.reduce(0) { $0 + $1.versions.count },
                withoutVersion: change.holdings.notListed.compactMap(\.image))
        }
    }

    /// Makes what versions lack of frames, and current ones of deltas; before the lock is taken.
    private func makeMissing(
        _ survey: Survey, _ state: RepositoryState
    ) throws -> (survey: Survey, useless: [String: Set<SHA256Digest>]) {
        var (survey, useless) = (survey, [String: Set<SHA256Digest>]())
        let holdings = Holdings(files: survey.versions, links: try links(), state: state)
        for version in holdings.images.flatMap(\.versions)
        where version.file.stamp.size <= BlockTable.largestImage {
            let offer = TransferOffer(survey.transfers)
            guard offer.transfer(of: version.name, version.file.digests.sha256, withDeltas: false) == nil else {
                continue
            }
            survey.transfers.merge(try makeFrames(of: version)) { _, new in new }
        }
        let offer = TransferOffer(survey.transfers)
        for image in holdings.images {
            guard let current = image.currentVersion,
                let target = try deltaTarget(current, of: image, holdings, offer)
            else { continue }
            let known = offer.bases(into: target.version, target.digest)
                .union(state.uselessDeltas[target.digest.hex] ?? [])
            useless[target.digest.hex] = try makeDeltas(into: target, except: known).useless
        }
        return (survey, useless)
    }

    func makeFrames(of version: HeldVersion) throws -> [String: TransferFile] {
        let content = try content(of: version)
        let made = try options.activities.during(.reading, version.name.fileName, total: content.size) { activity in
            try makeFrames(of: content, activity: activity)
        }
        guard made.digest == version.file.digests.sha256 else {
            throw RepositoryError.changedWhileRead(path: content.file.path)
        }
        return try publish(made, of: version.name)
    }

    /// What deltas into a version of an image, from all others of it, are made by; nil where it has no frames.
    func deltaTarget(
        _ version: HeldVersion, of image: HeldImage, _ holdings: Holdings, _ offer: TransferOffer
    ) throws -> DeltaTarget? {
        guard let transfer = offer.transfer(of: version.name, version.file.digests.sha256, withDeltas: false) else {
            return nil
        }
        return DeltaTarget(
            version: version.name, digest: version.file.digests.sha256, content: try content(of: version),
            framesSize: transfer.frames?.size ?? version.file.dataSize,
            predecessors: image.versions.filter { $0.name != version.name },
            others: holdings.currentVersions(except: image.name))
    }
}
