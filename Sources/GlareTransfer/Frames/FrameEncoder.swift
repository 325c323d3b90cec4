import Dispatch
import GlareModel
import GlareSystem

/// Compresses and digests the frames of an image on all cores, and has them written in their order.
final class FrameEncoder: @unchecked Sendable {
    private struct Frame: @unchecked Sendable {
        let index: Int
        let offset: Int64
        let plain: BlockBuffer
        let stored: BlockBuffer
    }

    private let inputs: BufferPool
    private let outputs: BufferPool
    private let cores: DispatchSemaphore
    private let workers = DispatchQueue(label: "glare.frames", attributes: .concurrent)
    private let underway = DispatchGroup()
    private let compressors: ContextPool<ZstdCompressor>
    private let output: FrameOutput
    private var count = 0
    /// Frames that go together, as soon as there are enough.
    private var group: [Frame] = []

    /// - Parameters:
    ///   - level: zstd's.
    ///   - threads: The most that `cores` has.
    ///   - cores: One is taken for each group of frames that is compressed.
    ///   - output: Given the frames, out of order.
    init(level: Int, threads: Int, cores: DispatchSemaphore, output: FrameOutput) {
        compressors = ContextPool { try ZstdCompressor(level: level) }
        self.cores = cores
        self.output = output
        // A group for each thread, one that waits to be written, and one that is being read.
        let frames = (threads + 2) * BinaryDigest.lanes
        inputs = BufferPool(count: frames, capacity: Manifest.frameSize)
        outputs = BufferPool(count: frames, capacity: ZstdCompressor.bound(Manifest.frameSize))
    }

    /// Memory for the next frame; waits until there is some.
    ///
    /// - Throws: What went wrong with a frame before it.
    func buffer() throws -> BlockBuffer {
        if let failure = output.failure { throw failure }
        return inputs.take()
    }

    /// For memory that turned out not to be needed.
    func giveBack(_ buffer: BlockBuffer) { inputs.giveBack(buffer) }

    /// Takes the next frame, in memory that ``buffer()`` gave. What lies between it and the one before is
    /// zeros.
    func add(_ buffer: BlockBuffer, at offset: Int64) {
        // Memory is taken here, in the order of the frames: whoever is next to be written must never wait for
        // memory that those behind it hold.
        group.append(Frame(index: count, offset: offset, plain: buffer, stored: outputs.take()))
        count += 1
        if group.count == BinaryDigest.lanes { begin() }
    }

    private func begin() {
        let frames = group
        group = []
        cores.wait()
        workers.async(group: underway) { [self] in
            let encoded = encode(frames)
            cores.signal()
            for (frame, encoded) in zip(frames, encoded) {
                inputs.giveBack(frame.plain)
                if case .failure = encoded { outputs.giveBack(frame.stored) }
                output.deliver(encoded, as: frame.index) { outputs.giveBack($0) }
            }
        }
    }

    /// Waits for what is underway.
    func wait() { underway.wait() }

    /// Waits for all of it, and completes the file.
    func finish(size: Int64) throws {
        if !group.isEmpty { begin() }
        wait()
        try output.finish(size: size)
    }

    private func encode(_ frames: [Frame]) -> [Result<EncodedFrame, any Error>] {
        let compressed = frames.map { frame in
            Result {
                try compressors.with {
                    frame.stored.count = try $0.compress(frame.plain.bytes, into: frame.stored.memory)
                }
            }
        }
        // The short ones first, so that they go together.
        let digests = BinaryDigest.each(of: frames.map(\.stored.bytes) + frames.map(\.plain.bytes))
        return frames.indices.map { position in
            let frame = frames[position]
            return compressed[position].map {
                EncodedFrame(
                    offset: frame.offset, size: Int64(frame.plain.count), bytes: frame.stored,
                    stored: digests[position], plain: digests[frames.count + position],
                    hashes: BlockHash.ofBlocks(in: frame.plain.bytes))
            }
        }
    }
}

struct EncodedFrame {
    let offset: Int64
    let size: Int64
    let bytes: BlockBuffer
    let stored: BinaryDigest
    let plain: BinaryDigest
    let hashes: [UInt64]
}
