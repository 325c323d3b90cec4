import GlareModel

/// A segment of a delta whose new data is in memory: says of any stretch of the target what stands there.
public struct DeltaSegment: Sendable {
    let index: Int
    private let map: DeltaMap
    private let new: BlockBuffer
    /// Of each run: new blocks before it.
    private let newBefore: [Int]
    private let first: Int64

    /// A stretch of a frame, and what stands there.
    struct Part {
        enum Content {
            case zeros
            /// Bytes of the base, from this offset.
            case base(Int64)
            case new(UnsafeRawBufferPointer)
            /// Bytes of the target before the segment, from this offset.
            case earlier(Int64)
        }

        /// Within the frame, in bytes.
        let place: Range<Int>
        let content: Content
    }

    /// - Throws: `InvalidDocument`, for runs that copy what is not there yet.
    init(index: Int, map: DeltaMap, new: BlockBuffer, first: Int64, subject: String) throws {
        (self.index, self.map, self.new, self.first) = (index, map, new, first)
        var count = 0
        newBefore = map.runs.map { run in
            defer { if run.origin == .new { count += Int(run.count) } }
            return count
        }
        for run in map.runs {
            guard case .copy(let source) = run.origin else { continue }
            // Within the segment only new blocks can be copied: so one look finds their bytes.
            let here = (source..<source + run.count).clamped(to: first..<run.start)
            let isThere = runs(in: here).allSatisfy { map.runs[$0].origin == .new }
            guard isThere else {
                throw InvalidDocument(subject, "copies block \(source), which is no new one")
            }
        }
    }

    func isHole(_ range: Range<Int64>) -> Bool {
        runs(in: blockRange(range)).allSatisfy { map.runs[$0].origin == .hole }
    }

    /// Indexes of the runs that have any of these blocks, which are the segment's.
    private func runs(in range: Range<Int64>) -> Range<Int> {
        guard !range.isEmpty else { return 0..<0 }
        return run(at: range.lowerBound)..<run(at: range.upperBound - 1) + 1
    }

    private func run(at block: Int64) -> Int {
        var (low, high) = (0, map.runs.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if map.runs[middle].start <= block { low = middle } else { high = middle }
        }
        return low
    }

    private func blockRange(_ range: Range<Int64>) -> Range<Int64> {
        range.lowerBound / Int64(BlockHash.blockSize)..<blocks(range.upperBound)
    }

    /// Gives the parts of a stretch, in order.
    func forEachPart(of range: Range<Int64>, _ body: (Part) throws -> Void) rethrows {
        let wanted = blockRange(range)
        for index in runs(in: wanted) {
            let run = map.runs[index]
            let part = run.start..<run.end
            try forEachContent(of: index, part.clamped(to: wanted)) { blocks, content in
                let size = Int64(BlockHash.blockSize)
                let end = min(blocks.upperBound * size, range.upperBound)
                let place = Int(blocks.lowerBound * size - range.lowerBound)..<Int(end - range.lowerBound)
                try body(Part(place: place, content: content))
            }
        }
    }

    private func forEachContent(
        of index: Int, _ range: Range<Int64>, _ body: (Range<Int64>, Part.Content) throws -> Void
    ) rethrows {
        let run = map.runs[index]
        let size = Int64(BlockHash.blockSize)
        let skipped = range.lowerBound - run.start
        switch run.origin {
        case .hole: try body(range, .zeros)
        case .base(let source): try body(range, .base((source + skipped) * size))
        case .new: try body(range, .new(bytes(of: index, from: range.lowerBound)))
        case .copy(let source):
            var position = range.lowerBound
            while position < range.upperBound {
                let from = source + position - run.start
                guard from >= first else {
                    let end = min(range.upperBound, position + first - from)
                    try body(position..<end, .earlier(from * size))
                    position = end
                    continue
                }
                let origin = self.run(at: from)
                let end = min(range.upperBound, position + map.runs[origin].end - from)
                try body(position..<end, .new(bytes(of: origin, from: from)))
                position = end
            }
        }
    }

    /// The new data from this block on.
    private func bytes(of index: Int, from block: Int64) -> UnsafeRawBufferPointer {
        let offset = (newBefore[index] + Int(block - map.runs[index].start)) * BlockHash.blockSize
        return UnsafeRawBufferPointer(rebasing: new.bytes[offset...])
    }

    /// Of all its new data.
    var digest: BinaryDigest { BinaryDigest(of: new.bytes) }
}
