import Dispatch
import GlareModel
import GlareSystem

/// Compresses segments behind the back of whoever finds them: one is compressed while the next is found.
final class SegmentEncoder: @unchecked Sendable {
    /// A segment as it stands in the body.
    struct Encoded {
        let target: Range<Int64>
        let map: Range<Int64>
        let mapSize: Int
        let mapDigest: BinaryDigest
        let data: Range<Int64>
        let dataSize: Int
        let dataDigest, plainDigest: BinaryDigest

        func segment(movedBy distance: Int64) -> DeltaHead.Segment {
            DeltaHead.Segment(
                target: target, map: map.moved(by: distance), mapSize: mapSize, mapDigest: mapDigest,
                data: data.moved(by: distance), dataSize: dataSize, dataDigest: dataDigest, plainDigest: plainDigest)
        }
    }

    private let base: any BlockSource
    private let settings: DeltaMaker.Settings
    private let body: File
    private let expected: Int64
    private let queue = DispatchQueue(label: "glare.segments")
    private let compressor: ZstdCompressor
    private let mapCompressor: ZstdCompressor
    private let makeIndex: () throws -> SimilarityIndex
    private var index: SimilarityIndex?

    // Touched on the queue alone.
    private var encoded: [Encoded] = []
    private var newSize: Int64 = 0
    private var outcome: Result<Bool, any Error> = .success(true)

    /// - Parameters:
    ///   - body: Where segments go, one behind the other.
    ///   - expected: About how much new data there will be, in bytes.
    ///   - index: Of the base; asked for where there is new data.
    init(
        base: any BlockSource, _ settings: DeltaMaker.Settings, body: File, expected: Int64,
        index: @escaping () throws -> SimilarityIndex
    ) throws {
        self.base = base
        self.settings = settings
        self.body = body
        self.expected = expected
        makeIndex = index
        compressor = try ZstdCompressor(level: settings.level)
        mapCompressor = try ZstdCompressor(level: 19)
        if expected > 0 { queue.async { [self] in outcome = Result { try prepareIndex() } } }
    }

    /// Takes the next segment; false where the delta is given up.
    func add(_ draft: SegmentDraft, upTo end: Int64) throws -> Bool {
        // Waits for the one before, so that two at most are in memory.
        guard try queue.sync(execute: { try outcome.get() }) else { return false }
        queue.async { [self] in
            guard case .success(true) = outcome else { return }
            outcome = Result {
                try encode(draft, upTo: end)
                return isWorthwhile
            }
        }
        return true
    }

    /// All segments; nil where the delta is given up.
    func finish() throws -> [Encoded]? {
        try queue.sync { try outcome.get() ? encoded : nil }
    }

    /// Waits for what is underway, and begins nothing more.
    func abandon() { queue.sync { outcome = .success(false) } }

    private func prepareIndex() throws -> Bool {
        index = try makeIndex()
        return true
    }

    /// From what has come out until now: whether all of it will stay below the limit.
    private var isWorthwhile: Bool {
        let size = encoded.last?.data.upperBound ?? 0
        guard size <= settings.limit else { return false }
        guard newSize > 0, newSize < expected else { return true }
        return Double(size) / Double(newSize) * Double(expected) <= Double(settings.limit)
    }

    private func encode(_ draft: SegmentDraft, upTo end: Int64) throws {
        var map = draft.map
        let prefix = try self.prefix(for: draft.new.bytes, &map)
        let data = BlockBuffer(capacity: ZstdCompressor.bound(draft.new.count))
        if draft.new.count > 0 {
            data.count = try compressor.compress(draft.new.bytes, prefix: prefix.bytes, into: data.memory)
        }
        let mapBytes = map.bytes
        let packed = BlockBuffer(capacity: ZstdCompressor.bound(mapBytes.count))
        packed.count = try mapBytes.withUnsafeBytes { try mapCompressor.compress($0, into: packed.memory) }
        let digests = BinaryDigest.each(of: [packed.bytes, data.bytes, draft.new.bytes])
        let start = encoded.last?.data.upperBound ?? 0
        let mapEnd = start + Int64(packed.count)
        try body.write(packed.bytes, at: start)
        try body.write(data.bytes, at: mapEnd)
        newSize += Int64(draft.new.count)
        encoded.append(
            Encoded(
                target: draft.target.lowerBound * Int64(BlockHash.blockSize)..<end, map: start..<mapEnd,
                mapSize: mapBytes.count, mapDigest: digests[0],
                data: mapEnd..<mapEnd + Int64(data.count), dataSize: draft.new.count,
                dataDigest: digests[1], plainDigest: digests[2]))
    }

    /// The base blocks that share most with the new data, noted in the map.
    private func prefix(for new: UnsafeRawBufferPointer, _ map: inout DeltaMap) throws -> BlockBuffer {
        guard !new.isEmpty else { return BlockBuffer(capacity: 0) }
        if index == nil { _ = try prepareIndex() }
        map.prefix = index?.related(to: new, limit: settings.largestPrefix / BlockHash.blockSize) ?? []
        return try base.prefix(map.prefix)
    }
}

extension BlockSource {
    /// The bytes of these blocks, behind each other.
    func prefix(_ ranges: [Range<Int64>]) throws -> BlockBuffer {
        let size = Int64(BlockHash.blockSize)
        let buffer = BlockBuffer(capacity: Int(ranges.reduce(0) { $0 + Int64($1.count) * size }))
        for range in ranges {
            let part = buffer.count..<buffer.count + range.count * BlockHash.blockSize
            try fill(.init(rebasing: buffer.memory[part]), at: range.lowerBound * size)
            buffer.count = part.upperBound
        }
        return buffer
    }
}

extension Range<Int64> {
    fileprivate func moved(by distance: Int64) -> Range<Int64> { lowerBound + distance..<upperBound + distance }
}
