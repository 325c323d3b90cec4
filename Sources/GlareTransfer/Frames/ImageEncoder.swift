import Dispatch
public import GlareModel
public import GlareSystem

/// One pass over an image at its publisher: its digest, its frames, their manifest and its block table.
public struct ImageEncoder {
    public struct Settings: Sendable {
        /// zstd's level, 1 to 19.
        public var level: Int
        /// Frames compressed at a time.
        public var threads: Int

        public init(level: Int, threads: Int) {
            self.level = level
            self.threads = threads
        }
    }

    public struct Encoded: Sendable {
        public let summary: ContentSummary
        public let manifest: Manifest
        /// Of the file of frames; nil where compression gains too little, and the file is of no use.
        public let frames: ContentReference?
    }

    /// Compression that gains less than this is not worth a second file: a twentieth.
    private static let leastGain = 0.05

    private let settings: Settings

    public init(_ settings: Settings) { self.settings = settings }

    /// - Parameters:
    ///   - source: The image.
    ///   - frames: An empty file, for the frames.
    ///   - blocks: Given the hash of each block.
    ///   - activity: Advanced by each piece.
    ///   - copy: Given the image's data, with its offset, by this thread.
    public func encode(
        _ source: any BlockSource, frames file: File, blocks: BlockTableBuilder?, activity: Activity? = nil,
        copy: (UnsafeRawBufferPointer, Int64) throws -> Void = { _, _ in }
    ) throws -> Encoded {
        let cores = DispatchSemaphore.permits(settings.threads)
        let digest = WholeDigest(source, cores: cores, activity: activity)
        let output = FrameOutput(file, blocks: blocks)
        let encoder = FrameEncoder(level: settings.level, threads: settings.threads, cores: cores, output: output)
        do {
            try FrameReader(source).forEach(buffer: encoder.buffer) { buffer, offset in
                digest.follow()
                guard !buffer.bytes.isZero else { return encoder.giveBack(buffer) }
                try copy(buffer.bytes, offset)
                encoder.add(buffer, at: offset)
            }
            try encoder.finish(size: source.size)
            return result(try digest.finish(), output.written, source)
        } catch {
            // The threads end before what they work with goes.
            encoder.wait()
            digest.stop()
            throw error
        }
    }

    private func result(
        _ summary: ContentSummary, _ written: (frames: [Manifest.Frame], size: Int64, digest: SHA256Digest),
        _ source: any BlockSource
    ) -> Encoded {
        let data = written.frames.reduce((plain: Int64(0), stored: Int64(0))) { sum, frame in
            frame.isHole ? sum : (sum.plain + frame.size, sum.stored + Int64(frame.storedSize))
        }
        let image = BinaryDigest(summary.digests.sha256)
        guard Double(data.stored) <= Double(data.plain) * (1 - Self.leastGain) else {
            let frames = written.frames.map(\.inPlace)
            return Encoded(
                summary: summary,
                manifest: Manifest(
                    source: source.kind, encoding: .plain, imageSize: source.size, image: image,
                    storedSize: source.size, stored: image, frames: frames),
                frames: nil)
        }
        return Encoded(
            summary: summary,
            manifest: Manifest(
                source: source.kind, encoding: .zstd, imageSize: source.size, image: image,
                storedSize: written.size, stored: BinaryDigest(written.digest), frames: written.frames),
            frames: ContentReference(sha256: written.digest, size: written.size))
    }
}

extension Manifest.Frame {
    /// The same frame in the image's own file.
    fileprivate var inPlace: Manifest.Frame {
        Manifest.Frame(
            offset: offset, size: size, storedOffset: offset, storedSize: Int(size),
            digests: plainDigest.map { ($0, $0) })
    }
}
