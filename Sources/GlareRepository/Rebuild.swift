public import GlareModel
import GlareSystem

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
    /// - Parameter rereadAll: Read every version's file, also those that are as they were.
    public func rebuildIndex(rereadAll: Bool) throws -> RebuildResult {
        let known = try survey(rereadAll: rereadAll)
        return try change(known: known) { change in
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
}
