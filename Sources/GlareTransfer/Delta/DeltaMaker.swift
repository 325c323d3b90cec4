import Dispatch
public import GlareModel
public import GlareSystem

/// Makes the delta that turns one version into another.
public struct DeltaMaker {
    /// A version as what it is cut into, and where its blocks are.
    public struct Version: Sendable {
        public let content: any BlockSource
        public let digest: SHA256Digest
        public let blocks: BlockTable

        public init(content: any BlockSource, digest: SHA256Digest, blocks: BlockTable) {
            self.content = content
            self.digest = digest
            self.blocks = blocks
        }
    }

    public struct Settings: Sendable {
        /// zstd's level, 1 to 19.
        public var level: Int
        public var threads: Int
        /// A delta of more bytes than this is of no use, and given up as soon as that can be told.
        public var limit: Int64
        /// New data of one segment at most, in bytes: tests cut small images into many.
        var largestSegment = DeltaHead.largestSegment
        let indexMemory: Int
        let largestPrefix: Int

        /// - Parameter memory: What it may take, in bytes, at least ``leastMemory``: less makes segments
        ///   smaller, and the delta a little larger.
        public init(level: Int, threads: Int, limit: Int64, memory: Int64 = DeltaMaker.memory) {
            self.level = level
            self.threads = threads
            self.limit = limit
            let share = min(1, Double(memory) / Double(DeltaMaker.memory))
            let frames = Int(share * Double(DeltaHead.largestSegment)) / Manifest.frameSize
            largestSegment = max(DeltaHead.largestSegment / 2, frames * Manifest.frameSize)
            largestPrefix = largestSegment
            indexMemory = Int(share * Double(DeltaMaker.mostIndexMemory))
        }
    }

    /// What making one takes at most, in bytes: two segments on their way, each with its prefix and its
    /// compressed form, zstd's tables, and the index of the base.
    public static let memory: Int64 = 640 << 20
    /// What it takes at least, with segments and an index of half the size.
    public static let leastMemory: Int64 = 320 << 20
    private static let mostIndexMemory = 128 << 20

    private let base, target: Version
    private let settings: Settings

    public init(from base: Version, to target: Version, _ settings: Settings) {
        self.base = base
        self.target = target
        self.settings = settings
    }

    /// Writes the delta into an empty file; nil where it was given up.
    ///
    /// - Parameters:
    ///   - body: Another empty file, which nobody needs after.
    ///   - activity: Advanced by each stretch of the target.
    /// - Throws: `SystemError`, or `CancellationError` where `isStopped` says so.
    public func make(
        into file: File, body: File, activity: Activity? = nil, isStopped: () -> Bool = { false }
    ) throws -> DeltaReference? {
        let estimate = Int64(target.blocks.missing(from: base.blocks)) * Int64(BlockHash.blockSize)
        let output = try SegmentEncoder(base: base.content, settings, body: body, expected: estimate) {
            try SimilarityIndex(
                of: base.content, dataSize: Int64(base.blocks.count * BlockHash.blockSize),
                memory: settings.indexMemory, threads: settings.threads)
        }
        // Whatever comes of it, the memory is free when this returns.
        defer { output.abandon() }
        guard try walk(output, segmentSize: segmentSize(estimate), activity, isStopped),
            let segments = try output.finish()
        else { return nil }
        return try assemble(segments, into: file, body)
    }

    /// Segments of equal size, none over the format's limit: they compress best when they are large.
    private func segmentSize(_ estimate: Int64) -> Int {
        let largest = Int64(settings.largestSegment)
        let count = max(1, (estimate + largest - 1) / largest)
        let frame = Int64(Manifest.frameSize)
        return Int(min(largest, ((estimate / count) / frame + 2) * frame))
    }

    private func walk(
        _ output: SegmentEncoder, segmentSize: Int, _ activity: Activity?, _ isStopped: () -> Bool
    ) throws -> Bool {
        let step = Int64(Manifest.frameSize)
        let buffer = BlockBuffer(capacity: Manifest.frameSize)
        var matcher = BlockMatcher(base: base.content, base.blocks, target: target.content, target.blocks)
        var segment = SegmentDraft(at: 0, capacity: segmentSize)
        var position: Int64 = 0
        while position < target.content.size {
            if isStopped() { throw CancellationError() }
            let before = position
            let data = try target.content.nextData(from: position)
            let start = data.isEmpty ? target.content.size : max(position, data.lowerBound / step * step)
            segment.addHole(upTo: blocks(start))
            if start < target.content.size {
                let end = min(start + step, target.content.size)
                buffer.count = Int(blocks(end) - blocks(start)) * BlockHash.blockSize
                try target.content.fill(.init(rebasing: buffer.memory[..<buffer.count]), at: start)
                try matcher.match(buffer.bytes, first: blocks(start)) { origin, bytes in segment.add(origin, bytes) }
                if segment.isFull, end < target.content.size {
                    guard try output.add(segment, upTo: end) else { return false }
                    segment = SegmentDraft(at: blocks(end), capacity: segmentSize)
                }
                position = end
            } else {
                position = start
            }
            activity?.advance(by: position - before)
        }
        return try segment.isEmpty || output.add(segment, upTo: position)
    }

    private func assemble(_ segments: [SegmentEncoder.Encoded], into file: File, _ body: File) throws -> DeltaReference
    {
        let size = Int64(DeltaHead.fixedSize + DeltaHead.segmentEntrySize * segments.count)
        let head = DeltaHead(
            source: target.content.kind, baseSize: base.content.size, base: BinaryDigest(base.digest),
            targetSize: target.content.size, target: BinaryDigest(target.digest),
            segments: segments.map { $0.segment(movedBy: size) })
        let bytes = head.bytes
        try file.write(bytes)
        var hasher = ContentHasher()
        bytes.withUnsafeBytes { hasher.update($0) }
        let buffer = BlockBuffer(capacity: Manifest.frameSize)
        var position: Int64 = 0
        while position < head.fileSize - size {
            buffer.count = Int(min(Int64(Manifest.frameSize), head.fileSize - size - position))
            try body.fill(.init(rebasing: buffer.memory[..<buffer.count]), from: position)
            try file.write(buffer.bytes, at: size + position)
            hasher.update(buffer.bytes)
            position += Int64(buffer.count)
        }
        return DeltaReference(
            base: base.digest, content: ContentReference(sha256: hasher.finalize().sha256, size: head.fileSize),
            head: ContentReference(sha256: SHA256Digest(of: bytes), size: size))
    }
}

/// Blocks of the target that become a segment.
struct SegmentDraft {
    private let first: Int64
    private(set) var map = DeltaMap()
    let new: BlockBuffer

    init(at first: Int64, capacity: Int) {
        self.first = first
        new = BlockBuffer(capacity: capacity)
    }

    var end: Int64 { map.runs.last?.end ?? first }
    var isEmpty: Bool { map.runs.isEmpty }
    var target: Range<Int64> { first..<end }
    /// Whether another frame may be too much.
    var isFull: Bool {
        new.count + Manifest.frameSize > new.memory.count || map.runs.count + 256 > DeltaMap.mostRuns - 1
    }

    mutating func addHole(upTo block: Int64) {
        if block > end { add(.hole, count: block - end) }
    }

    mutating func add(_ origin: DeltaMap.Run.Origin, _ bytes: UnsafeRawBufferPointer) {
        if origin == .new {
            UnsafeMutableRawBufferPointer(rebasing: new.memory[new.count..<new.count + bytes.count])
                .copyMemory(from: bytes)
            new.count += bytes.count
        }
        add(origin, count: 1)
    }

    private mutating func add(_ origin: DeltaMap.Run.Origin, count: Int64) {
        if let last = map.runs.last, last.isContinued(by: origin) {
            map.runs[map.runs.count - 1].count += count
        } else {
            map.runs.append(DeltaMap.Run(start: end, count: count, origin: origin))
        }
    }
}

extension DeltaMap.Run {
    fileprivate func isContinued(by next: Origin) -> Bool {
        switch (origin, next) {
        case (.hole, .hole), (.new, .new): true
        case (.base(let first), .base(let block)): block == first + count
        // A copy must not reach into itself.
        case (.copy(let first), .copy(let block)): block == first + count && block < start
        default: false
        }
    }
}
