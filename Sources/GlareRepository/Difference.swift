public import GlareModel
import GlareSystem
import GlareTransfer

/// How far apart two versions are, and what it costs hosts to come from one to the other.
public struct VersionDifference: Sendable {
    public let from, to: VersionName
    /// Blocks of 4 KiB with data.
    public let fromBlocks, toBlocks: Int
    /// Those of each whose content the other has nowhere.
    public let goneBlocks, newBlocks: Int
    /// Of the delta that the repository has, in bytes; nil where it has none.
    public let deltaSize: Int64?
    /// Of the frames that the older version has not, in bytes; nil where there are no frames.
    public let framesSize: Int64?

    /// Bytes of a block.
    public static let blockSize = BlockTable.blockSize
}

/// A version's file, for those who look into it.
public struct VersionFile: Sendable {
    public let name: VersionName
    /// The directory that it is in.
    public let directory: String
    public let fileName: String
    public let diskFormat: String
}

extension Repository {
    /// Compares two versions, of one image or of two, by their contents.
    ///
    /// - Throws: `InvalidReference`, `SystemError`.
    public func difference(
        from old: ImageReference, to new: ImageReference
    ) throws -> (difference: VersionDifference, from: VersionFile, to: VersionFile) {
        let (known, state) = try survey()
        let holdings = Holdings(files: known.versions, links: try links(), state: state)
        let (from, to) = (try holdings.version(old).version, try holdings.version(new).version)
        let (before, after) = (try blockTable(of: from), try blockTable(of: to))
        let offer = TransferOffer(known.transfers)
        let delta = offer.deltas(into: to.name, to.file.digests.sha256).first {
            $0.base == from.file.digests.sha256
        }
        let difference = VersionDifference(
            from: from.name, to: to.name, fromBlocks: before.count, toBlocks: after.count,
            goneBlocks: before.missing(from: after), newBlocks: after.missing(from: before),
            deltaSize: delta?.content.size, framesSize: try framesSize(from: from, to: to, offer))
        return (difference, file(of: from), file(of: to))
    }

    private func file(of version: HeldVersion) -> VersionFile {
        VersionFile(
            name: version.name, directory: archive.path, fileName: version.name.fileName,
            diskFormat: version.file.diskFormat)
    }

    private func framesSize(from old: HeldVersion, to new: HeldVersion, _ offer: TransferOffer) throws -> Int64? {
        guard let manifest = try manifest(of: new, offer) else { return nil }
        let here = Set(try self.manifest(of: old, offer)?.frames.compactMap(\.plainDigest) ?? [])
        return manifest.frames.reduce(0) { sum, frame in
            guard let digest = frame.plainDigest, !here.contains(digest) else { return sum }
            return sum + Int64(frame.storedSize)
        }
    }

    private func manifest(of version: HeldVersion, _ offer: TransferOffer) throws -> Manifest? {
        let transfer = offer.transfer(of: version.name, version.file.digests.sha256, withDeltas: false)
        guard let reference = transfer?.manifest else { return nil }
        let file = try self.transfer.file(TransferName(version.name, .manifest, reference).fileName)
        return try Manifest(file.readAll(limit: Manifest.sizeLimit), subject: file.path)
    }
}
