import FoundationEssentials
import GlareModel
import GlareSystem
import GlareTransfer

/// An image that has to change, and all that its ways are chosen by.
struct WantedImage: Sendable {
    let row: Catalogue.Image
    let version: ImageRecord.Version
    /// What stands under the name now.
    let local: LocalImage
    /// Whether the cache's archive has the wanted version, as after a rollback.
    var isInArchive = false
    /// What it took, or takes, to know all this: the record, the manifest.
    var knowing: Cost
    /// To fetch the frames that no version here has, and how many bytes of the image those have; nil where
    /// the repository offers the plain file alone.
    var frames: (cost: Cost, reused: Int64)?

    var name: ImageName { row.name }
    var modified: FileTime { FileTime(seconds: Int64(version.modified.timeIntervalSince1970)) }
    var deltas: [DeltaReference] { frames == nil ? [] : version.transfer?.deltas ?? [] }
}

/// One of the ways of an image.
enum Way: Sendable, Equatable {
    case archive
    case delta(DeltaReference)
    /// Another image that comes first has the same content: all its frames are here then.
    case twin
    case frames
    case plain

    /// What is fetched this way, beyond what it takes to know it.
    func cost(of image: WantedImage) -> Cost {
        switch self {
        case .archive, .twin: Cost()
        case .delta(let delta): Cost(bytes: delta.content.size, requests: 1)
        case .frames: image.frames?.cost ?? Cost()
        case .plain: Cost(bytes: image.row.size, requests: 1)
        }
    }
}

extension WantedImage {
    /// All its ways, the cheapest first.
    ///
    /// - Parameter bases: Contents that are here.
    func ways(from bases: Set<SHA256Digest>) -> [Way] {
        var ways: [Way] = deltas.filter { bases.contains($0.base) }.map(Way.delta)
        if frames != nil { ways.append(.frames) }
        ways.sort { $0.cost(of: self).bytes < $1.cost(of: self).bytes }
        // Last of all: nothing of it is verified before all of it is there.
        ways.append(.plain)
        return isInArchive ? [.archive] + ways : ways
    }
}
