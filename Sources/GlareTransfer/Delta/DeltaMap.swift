import GlareModel

/// Which blocks of the target come from where, and which base blocks precede the new data: of one segment.
struct DeltaMap: Equatable {
    /// So many blocks, from the first.
    struct Run: Equatable {
        enum Origin: Equatable {
            case hole
            /// Blocks of the base, from this one.
            case base(Int64)
            /// The next blocks of the new data.
            case new
            /// Blocks of the target that precede the run, from this one.
            case copy(Int64)
        }

        /// In the target.
        let start: Int64
        var count: Int64
        let origin: Origin

        var end: Int64 { start + count }
    }

    /// Runs of a segment: what memory holds, 40 MiB.
    static let mostRuns = 1 << 20

    /// Base blocks, in the order in which they precede the new data.
    var prefix: [Range<Int64>] = []
    /// In order, without gaps.
    var runs: [Run] = []
}

// MARK: Bytes

extension DeltaMap {
    private enum Code {
        static let hole: UInt64 = 0
        static let base: UInt64 = 1
        static let new: UInt64 = 2
        static let copy: UInt64 = 3
    }

    var bytes: [UInt8] {
        var writer = BinaryWriter()
        writer.varint(UInt64(prefix.count))
        var end: Int64 = 0
        for range in prefix {
            writer.signedVarint(range.lowerBound - end)
            writer.varint(UInt64(range.upperBound - range.lowerBound))
            end = range.upperBound
        }
        var shift: Int64 = 0
        for run in runs {
            let length = UInt64(run.count) << 2
            switch run.origin {
            case .hole: writer.varint(length | Code.hole)
            case .new: writer.varint(length | Code.new)
            case .base(let first):
                writer.varint(length | Code.base)
                // How far it has moved, against the run before: 0 within a file that moved as a whole.
                writer.signedVarint(first - run.start - shift)
                shift = first - run.start
            case .copy(let first):
                writer.varint(length | Code.copy)
                writer.varint(UInt64(run.start - first))
            }
        }
        return writer.bytes
    }

    /// - Parameters:
    ///   - segment: What its head says of it.
    ///   - head: Whose segment it is.
    /// - Throws: `InvalidDocument`, for runs that leave gaps or reach where nothing is.
    init(_ bytes: [UInt8], of segment: DeltaHead.Segment, in head: DeltaHead, subject: String) throws {
        var reader = BinaryReader(bytes[...], subject: subject)
        let baseBlocks = blocks(head.baseSize)
        let prefixCount = try reader.varint()
        let mostPrefixBlocks = Int64(DeltaHead.largestPrefix / BlockHash.blockSize)
        guard prefixCount <= mostPrefixBlocks else { throw reader.fail("has \(prefixCount) prefix runs") }
        var (end, total) = (Int64(0), Int64(0))
        for _ in 0..<prefixCount {
            let range = try reader.range(moved: end, within: baseBlocks, what: "a prefix run")
            total += Int64(range.count)
            guard total <= mostPrefixBlocks else { throw reader.fail("has a prefix of over 64 MiB") }
            prefix.append(range)
            end = range.upperBound
        }
        let last = blocks(segment.target.upperBound)
        var position = segment.target.lowerBound / Int64(BlockHash.blockSize)
        var (shift, new) = (Int64(0), Int64(0))
        while reader.remaining > 0 {
            let field = try reader.varint()
            let count = Int64(field >> 2)
            guard count > 0, count <= last - position, runs.count < Self.mostRuns else {
                throw reader.fail("has a run of \(count) blocks at block \(position), its segment ends at \(last)")
            }
            let origin: Run.Origin
            switch field & 3 {
            case Code.hole: origin = .hole
            case Code.new:
                origin = .new
                new += count
            case Code.base:
                let (moved, overflow) = shift.addingReportingOverflow(try reader.signedVarint())
                let (first, overflow2) = position.addingReportingOverflow(moved)
                guard !overflow, !overflow2, first >= 0, first <= baseBlocks - count else {
                    throw reader.fail("has a run of the base beyond its \(baseBlocks) blocks")
                }
                shift = moved
                origin = .base(first)
            default:
                let distance = try reader.varint()
                guard distance >= count, distance <= position else {
                    throw reader.fail("copies \(count) blocks from \(distance) before block \(position)")
                }
                origin = .copy(position - Int64(distance))
            }
            runs.append(Run(start: position, count: count, origin: origin))
            position += count
        }
        guard position == last, new * Int64(BlockHash.blockSize) == segment.dataSize else {
            throw reader.fail("has runs up to block \(position) with \(new) new blocks: not those of its segment")
        }
    }
}

/// Blocks that so many bytes take, the last perhaps in part.
func blocks(_ size: Int64) -> Int64 { (size + Int64(BlockHash.blockSize) - 1) / Int64(BlockHash.blockSize) }

extension BinaryReader {
    fileprivate mutating func range(moved from: Int64, within limit: Int64, what: String) throws -> Range<Int64> {
        let (start, overflow) = from.addingReportingOverflow(try signedVarint())
        let length = try varint()
        guard !overflow, start >= 0, start < limit, length > 0, length <= UInt64(limit - start) else {
            throw fail("has \(what) of \(length) blocks at \(start), outside of the base's \(limit) blocks")
        }
        return start..<start + Int64(length)
    }
}
