import Dispatch
import GlareModel
import GlareSystem

/// Compresses and digests the frames of an image on all cores, and has them written in their order.
final class FrameEncoder: @unchecked Sendable {
    private let inputs: BufferPool
    private let outputs: BufferPool
    private let workers = DispatchQueue(label: "glare.frames", attributes: .concurrent)
    private let underway = DispatchGroup()
    private let compressors: ContextPool<ZstdCompressor>
    private let output: FrameOutput
    private var count = 0

    /// - Parameters:
    ///   - level: zstd's.
    ///   - threads: Frames compressed at a time.
    ///   - output: Given the frames, out of order.
    init(level: Int, threads: Int, output: FrameOutput) {
        compressors = ContextPool { try ZstdCompressor(level: level) }
        self.output = output
        inputs = BufferPool(count: 2 * threads + 2, capacity: Manifest.frameSize)
        outputs = BufferPool(count: 2 * threads + 2, capacity: ZstdCompressor.bound(Manifest.frameSize))
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
        let index = count
        count += 1
        // Here, in the order of the frames: whoever is next to be written must never wait for memory that
        // those behind it hold.
        let target = outputs.take()
        workers.async(group: underway) { [self] in
            let encoded = Result { try encode(buffer, into: target, at: offset) }
            inputs.giveBack(buffer)
            if case .failure = encoded { outputs.giveBack(target) }
            output.deliver(encoded, as: index) { outputs.giveBack($0) }
        }
    }

    /// Waits for what is underway.
    func wait() { underway.wait() }

    /// Waits for all of it, and completes the file.
    func finish(size: Int64) throws {
        wait()
        try output.finish(size: size)
    }

    private func encode(_ buffer: BlockBuffer, into target: BlockBuffer, at offset: Int64) throws -> EncodedFrame {
        target.count = try compressors.with { try $0.compress(buffer.bytes, into: target.memory) }
        return EncodedFrame(
            offset: offset, size: Int64(buffer.count), bytes: target, stored: BinaryDigest(of: target.bytes),
            plain: BinaryDigest(of: buffer.bytes), hashes: BlockHash.ofBlocks(in: buffer.bytes))
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
