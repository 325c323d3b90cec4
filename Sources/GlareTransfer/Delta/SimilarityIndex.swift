import Dispatch
import GlareModel
import Synchronization

/// Finds base blocks that share content with new data, also where it begins elsewhere in its block.
///
/// Sampled, so that its memory is bounded whatever the base's size.
final class SimilarityIndex: @unchecked Sendable {
    private let samples: ContentSamples
    /// Hash and block of a sample, where there is one: open addressing, a power of 2.
    private var slots: [(hash: UInt32, block: UInt32)]
    private let mask: Int

    private static let empty = UInt32.max

    /// - Parameters:
    ///   - dataSize: About how much of the base is data, in bytes.
    ///   - memory: What it may take, in bytes.
    init(of base: any BlockSource, dataSize: Int64, memory: Int, threads: Int) throws {
        // One place in 64 at best: measured, twice as many find nothing more.
        var rate = 6
        while dataSize >> rate * 16 > memory { rate += 1 }
        samples = ContentSamples(rate: rate)
        var capacity = 1 << 10
        while capacity < 2 * Int(dataSize >> rate) && capacity * 8 < memory { capacity *= 2 }
        mask = capacity - 1
        slots = Array(repeating: (0, Self.empty), count: capacity)
        try fill(from: base, threads: threads)
    }

    private func fill(from base: any BlockSource, threads: Int) throws {
        let samples = self.samples
        let frames = Frames(base)
        let failure = Mutex<(any Error)?>(nil)
        let lock = Mutex(0)
        DispatchQueue.concurrentPerform(iterations: threads) { _ in
            let buffer = BlockBuffer(capacity: Manifest.frameSize)
            do {
                while let offset = try frames.next(into: buffer) {
                    var found: [(hash: UInt32, block: UInt32)] = []
                    let first = offset / Int64(BlockHash.blockSize)
                    samples.forEach(in: buffer.bytes) { hash, end in
                        found.append((hash, UInt32(first + Int64((end - 64) / BlockHash.blockSize))))
                    }
                    lock.withLock { _ in for sample in found { insert(sample) } }
                }
            } catch {
                failure.withLock { $0 = $0 ?? error }
            }
        }
        if let failure = failure.withLock({ $0 }) { throw failure }
    }

    /// Frames of a source, taken by several threads.
    private final class Frames: Sendable {
        private let source: any BlockSource
        private let position = Mutex(Int64(0))

        init(_ source: any BlockSource) { self.source = source }

        /// The next frame that has data; nil at the end.
        func next(into buffer: BlockBuffer) throws -> Int64? {
            let step = Int64(Manifest.frameSize)
            let start = try position.withLock { position -> Int64? in
                guard position < source.size else { return nil }
                let data = try source.nextData(from: position)
                let start = max(position, data.lowerBound / step * step)
                guard !data.isEmpty, start < source.size else { return nil }
                position = start + step
                return start
            }
            guard let start else { return nil }
            buffer.count = Int(min(step, source.size - start))
            try source.fill(.init(rebasing: buffer.memory[..<buffer.count]), at: start)
            return start
        }
    }

    private func insert(_ sample: (hash: UInt32, block: UInt32)) {
        var index = Int(sample.hash) & mask
        for _ in 0..<8 {
            if slots[index].block == Self.empty {
                slots[index] = sample
                return
            }
            // The first of several equal contents will do.
            if slots[index].hash == sample.hash { return }
            index = (index + 1) & mask
        }
    }

    private func block(of hash: UInt32) -> UInt32? {
        var index = Int(hash) & mask
        for _ in 0..<8 {
            let slot = slots[index]
            if slot.block == Self.empty { return nil }
            if slot.hash == hash { return slot.block }
            index = (index + 1) & mask
        }
        return nil
    }

    /// Base blocks that share most with these bytes, at most `limit` of them, as ascending ranges.
    func related(to bytes: UnsafeRawBufferPointer, limit: Int) -> [Range<Int64>] {
        var hits: [UInt32: UInt32] = [:]
        samples.forEach(in: bytes) { hash, _ in
            if let block = block(of: hash) { hits[block, default: 0] += 1 }
        }
        let best = hits.count <= limit ? Array(hits.keys) : hits.sorted { $0.value > $1.value }.prefix(limit).map(\.key)
        return best.sorted().reduce(into: []) { ranges, block in
            let block = Int64(block)
            if let last = ranges.last, last.upperBound == block {
                ranges[ranges.count - 1] = last.lowerBound..<block + 1
            } else {
                ranges.append(block..<block + 1)
            }
        }
    }
}
