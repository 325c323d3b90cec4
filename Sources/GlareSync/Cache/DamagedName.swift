import GlareModel
import GlareSystem

/// What sync placed under an image's name, and what is not there any more as it was placed.
public struct DamagedName: Sendable, CustomStringConvertible {
    let path: String
    let expected: String
    /// Nil where nothing is there.
    let found: String?

    /// - Returns: Nil where nothing is wrong, or nothing was placed.
    init?(_ name: ImageName, _ local: LocalImage, in root: Directory?, _ state: CacheState) {
        guard let root, let placed = state.images[name.text]?.id else { return nil }
        switch local {
        case .changed(_, let digests, _): found = "SHA-256 \(digests.sha256)"
        case .absent: found = nil
        case .verified, .known, .foreign: return nil
        }
        path = root.path(of: name.text)
        let digest = state.versions[VersionName(name, placed).fileName]?.sha256
        expected = digest.map { "SHA-256 \($0)" } ?? "version \(placed)"
    }

    public var description: String { "\(path): expected \(expected), as sync placed it, found \(found ?? "nothing")" }

    /// What the next sync does about it.
    ///
    /// - Parameter version: That the repository has; nil where it does not tell.
    func mend(with version: VersionID?) -> String {
        let new = version.map { "version \($0)" } ?? "the repository's version"
        return
            "the next sync puts \(new) in its place\(found == nil ? "" : ", and keeps in the archive what was found")"
    }
}
