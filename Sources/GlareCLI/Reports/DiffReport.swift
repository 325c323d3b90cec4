import GlareModel
import GlareRepository

/// What `diff` tells.
struct DiffReport: Encodable {
    struct Side: Encodable {
        let name: ImageName
        let version: VersionID
        /// Of 4 KiB, with data; and those whose content the other side has nowhere.
        let blocks, own: Int
        let ownSize: Int64

        enum CodingKeys: String, CodingKey {
            case name, version, blocks
            case own = "own_blocks"
            case ownSize = "own_size"
        }

        init(_ version: VersionName, blocks: Int, own: Int) {
            (name, self.version, self.blocks, self.own) = (version.image, version.id, blocks, own)
            ownSize = Int64(own) * VersionDifference.blockSize
        }
    }

    let from, to: Side
    /// Bytes; nil where there is none.
    let deltaSize, framesSize: Int64?
    let filesystems: [FilesystemDifference]
    /// Why files were not compared.
    let filesNotCompared: String?

    enum CodingKeys: String, CodingKey {
        case from, to, filesystems
        case deltaSize = "delta_size"
        case framesSize = "frames_size"
        case filesNotCompared = "files_not_compared"
    }

    init(
        _ difference: VersionDifference, filesystems: [FilesystemDifference] = [], filesNotCompared: String? = nil
    ) {
        from = Side(difference.from, blocks: difference.fromBlocks, own: difference.goneBlocks)
        to = Side(difference.to, blocks: difference.toBlocks, own: difference.newBlocks)
        (deltaSize, framesSize) = (difference.deltaSize, difference.framesSize)
        (self.filesystems, self.filesNotCompared) = (filesystems, filesNotCompared)
    }

    func tell(_ output: Output) throws {
        for (side, word) in [(from, "gone"), (to, "new")] {
            output.result(
                "\(side.name)@\(side.version.text.prefix(12)): \(Readable.count(side.blocks, "block")) of 4 KiB with data, \(Readable.size(side.ownSize)) of it \(word) (\(Readable.count(side.own, "block")))"
            )
        }
        let delta = deltaSize.map { "\(Readable.size($0)) by delta" }
        let frames = framesSize.map { "\(Readable.size($0)) by frames" }
        let ways = [delta, frames].compactMap { $0 }.joined(separator: ", ")
        output.result("The update costs a host \(ways.isEmpty ? "the whole file" : ways)")
        for filesystem in filesystems { tell(filesystem, output) }
        if let filesNotCompared { output.note("Files were not compared: \(filesNotCompared)") }
        try output.json(self)
    }

    private func tell(_ filesystem: FilesystemDifference, _ output: Output) {
        let place = filesystem.partition.map { "partition \($0): " } ?? ""
        output.result(
            "\(place)\(Readable.count(filesystem.added.count, "file")) came, \(filesystem.removed.count) went, \(filesystem.changed.count) changed"
        )
        for (mark, paths) in [("+", filesystem.added), ("-", filesystem.removed), ("~", filesystem.changed)] {
            for path in paths { output.result("\(mark) \(path.safeForDisplay)") }
        }
    }
}
