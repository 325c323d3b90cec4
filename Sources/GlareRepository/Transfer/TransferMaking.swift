import GlareModel
import GlareSystem
import GlareTransfer
import SystemPackage

/// How what hosts fetch is made.
public struct TransferMaking: Sendable {
    /// zstd's level, 1 to 19.
    public var level: Int
    /// Older versions of an image that get a delta into its new one, the newest first; nil for all.
    public var deltas: Int?
    /// How long a publish waits for them; what is not finished then is `rebuild-index`'s to make.
    public var deltaTime: Duration
    /// What making them may take, in bytes.
    public var memory: Int64
    public var threads: Int

    public init(level: Int, deltas: Int?, deltaTime: Duration, memory: Int64, threads: Int) {
        self.level = level
        self.deltas = deltas
        self.deltaTime = deltaTime
        self.memory = memory
        self.threads = threads
    }
}

/// An image's frames and their manifest, on the way into `transfer/`.
struct MadeFrames {
    /// The frames' file, of which nobody needs the bytes where the encoder says there are none.
    let file: TemporaryFile
    let encoded: ImageEncoder.Encoded

    var digest: SHA256Digest { encoded.summary.digests.sha256 }
    /// What a host without anything has to fetch, in bytes.
    var size: Int64 {
        encoded.frames?.size ?? encoded.manifest.frames.reduce(0) { $0 + ($1.isHole ? 0 : Int64($1.storedSize)) }
    }
}

extension Repository {
    /// Compresses an image in one pass, in which it is digested too, and its block table made.
    ///
    /// - Parameter copy: Given the image's data with its offset.
    func makeFrames(
        of content: any BlockSource, activity: Activity,
        copy: (UnsafeRawBufferPointer, Int64) throws -> Void = { _, _ in }
    ) throws -> MadeFrames {
        let file = try TemporaryFile(in: scratch)
        let blocks = blockTableBuilder()
        let encoder = ImageEncoder(.init(level: options.making.level, threads: options.making.threads))
        let encoded = try encoder.encode(content, frames: file.file, blocks: blocks, activity: activity, copy: copy)
        _ = try publish(blocks, of: encoded.summary.digests.sha256)
        return MadeFrames(file: file, encoded: encoded)
    }

    /// Puts frames and manifest in their places. They are named by what they hold, so nobody has to have
    /// the lock.
    ///
    /// - Returns: What stands there now, by name in `transfer/`.
    func publish(_ made: MadeFrames, of version: VersionName) throws -> [String: TransferFile] {
        let attributes = self.attributes(mode: 0o444)
        var files: [String: TransferFile] = [:]
        let bytes = made.encoded.manifest.bytes
        // What no host would read: the image is offered as a whole file.
        guard bytes.count <= Manifest.sizeLimit else { return [:] }
        if let frames = made.encoded.frames {
            let name = TransferName(version, .frames, frames).fileName
            try made.file.publish(to: transfer, as: name, attributes: attributes, size: frames.size)
            files[name] = TransferFile(stamp: try stamp(name), frames: frames)
        }
        let manifest = ContentReference(sha256: SHA256Digest(of: bytes), size: Int64(bytes.count))
        let name = TransferName(version, .manifest, manifest).fileName
        try transfer.publish(bytes, as: name, attributes: attributes, scratch: scratch)
        files[name] = TransferFile(stamp: try stamp(name), manifest: manifest, of: made.encoded.manifest)
        return files
    }

    func stamp(_ fileName: String) throws -> FileStamp {
        guard let status = try transfer.status(of: fileName) else {
            throw SystemError("find", transfer.path(of: fileName), code: .noSuchFileOrDirectory)
        }
        return status.stamp
    }
}

extension ImageRecord {
    /// Of all versions, in `transfer/`.
    var transferFileNames: [String] {
        versions.flatMap { version in version.transfer?.fileNames(of: VersionName(name, version.id)) ?? [] }
    }
}
