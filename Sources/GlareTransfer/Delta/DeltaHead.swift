public import GlareModel
public import GlareSystem

/// The beginning of a delta: what it makes of what, and where its segments are. The byte table is in
/// docs/transfer-formats.md.
///
/// A value of this type keeps its promises: the segments follow each other, cover the target once, and
/// none asks for more memory than the format's limits.
public struct DeltaHead: Sendable, Equatable {
    public static let magic = Array("GLAREDLT".utf8)
    public static let formatVersion: UInt16 = 1
    static let fixedSize = 104
    static let segmentEntrySize = 120
    /// 64 MiB of new data, and as much to precede it: no window is larger than 128 MiB, every zstd
    /// decoder's default.
    static let largestSegment = 64 << 20
    static let largestPrefix = 64 << 20
    /// Runs of one segment, encoded: 32 MiB.
    static let largestMap = 32 << 20
    /// Segments that a head may list: enough for 4 TiB of new data.
    static let mostSegments = 1 << 16

    /// A stretch of the target: its runs, and the new data that they name.
    public struct Segment: Sendable, Equatable {
        /// In the target, in bytes: a multiple of the frame size, but for the end of the last.
        public let target: Range<Int64>
        /// In the delta's file, in bytes; compressed.
        public let map: Range<Int64>
        public let mapSize: Int
        public let mapDigest: BinaryDigest
        /// The same of the new data; empty where the segment has none.
        public let data: Range<Int64>
        public let dataSize: Int
        public let dataDigest: BinaryDigest
        /// Of the new data before compression.
        public let plainDigest: BinaryDigest

        /// The segment's place in the file.
        public var stored: Range<Int64> { map.lowerBound..<data.upperBound }
    }

    public let source: BlockSourceKind
    public let baseSize: Int64
    public let base: BinaryDigest
    public let targetSize: Int64
    public let target: BinaryDigest
    public let segments: [Segment]

    /// Its length, in bytes.
    public var size: Int { Self.fixedSize + Self.segmentEntrySize * segments.count }
    /// Length of the whole file.
    public var fileSize: Int64 { segments.last?.stored.upperBound ?? Int64(size) }
}

// MARK: Bytes

extension DeltaHead {
    /// Reads the head of a delta's file.
    ///
    /// - Throws: `InvalidDocument`, `SystemError`.
    public init(of file: File) throws {
        let fixed = try file.read(at: 0, count: Self.fixedSize)
        var reader = BinaryReader(fixed.dropFirst(Self.fixedSize - 8), subject: file.path)
        let count = Int(try reader.integer(UInt32.self))
        guard count <= Self.mostSegments else { throw reader.fail("lists \(count) segments") }
        try self.init(
            file.read(at: 0, count: Self.fixedSize + Self.segmentEntrySize * count), subject: file.path)
    }

    public var bytes: [UInt8] {
        var writer = BinaryWriter()
        writer.raw(Self.magic)
        writer.integer(Self.formatVersion)
        writer.integer(source.rawValue)
        writer.integer(UInt8(0))
        writer.integer(UInt32(BlockHash.blockSize))
        writer.integer(baseSize)
        writer.digest(base)
        writer.integer(targetSize)
        writer.digest(target)
        writer.integer(UInt32(segments.count))
        writer.integer(UInt32(0))
        for segment in segments {
            writer.integer(segment.target.upperBound - segment.target.lowerBound)
            writer.integer(UInt32(segment.map.count))
            writer.integer(UInt32(segment.mapSize))
            writer.integer(UInt32(segment.data.count))
            writer.integer(UInt32(segment.dataSize))
            writer.digest(segment.mapDigest)
            writer.digest(segment.dataDigest)
            writer.digest(segment.plainDigest)
        }
        return writer.bytes
    }

    /// - Parameter subject: What is read, for the message: a path or an address.
    /// - Throws: `InvalidDocument`, for bytes that are no head of a delta, or one that contradicts itself.
    public init(_ bytes: [UInt8], subject: String) throws {
        var reader = BinaryReader(bytes[...], subject: subject)
        guard try Array(reader.take(Self.magic.count)) == Self.magic else { throw reader.fail("is no delta") }
        let version = try reader.integer(UInt16.self)
        guard version == Self.formatVersion else {
            throw reader.fail(
                "has format \(version), this Glare reads format \(Self.formatVersion): a newer Glare is needed")
        }
        source = try reader.sourceKind()
        _ = try reader.integer(UInt8.self)
        let blockSize = try reader.integer(UInt32.self)
        guard blockSize == BlockHash.blockSize else { throw reader.fail("has blocks of \(blockSize) bytes") }
        baseSize = try reader.size("the base's size")
        base = try reader.digest()
        targetSize = try reader.size("the target's size")
        target = try reader.digest()
        let count = Int(try reader.integer(UInt32.self))
        _ = try reader.integer(UInt32.self)
        guard count <= Self.mostSegments, reader.remaining == Self.segmentEntrySize * count else {
            throw reader.fail("lists \(count) segments in \(reader.remaining) bytes")
        }
        let limit = BlockTable.largestImage
        guard baseSize <= limit, targetSize <= limit else { throw reader.fail("is of images beyond 16 TiB") }
        var segments: [Segment] = []
        for _ in 0..<count {
            let end = (segments.last?.target.upperBound ?? 0, segments.last?.stored.upperBound ?? Int64(bytes.count))
            segments.append(try reader.segment(after: end, targetSize: targetSize))
        }
        guard (segments.last?.target.upperBound ?? 0) == targetSize else {
            throw reader.fail("has segments that do not make the target of \(targetSize) bytes")
        }
        self.segments = segments
    }
}

extension BinaryReader {
    fileprivate mutating func segment(
        after end: (target: Int64, stored: Int64), targetSize: Int64
    ) throws -> DeltaHead.Segment {
        let size = try self.size("a segment's size")
        let (map, mapSize) = (Int64(try integer(UInt32.self)), Int(try integer(UInt32.self)))
        let (data, dataSize) = (Int64(try integer(UInt32.self)), Int(try integer(UInt32.self)))
        let isAligned = size % Int64(Manifest.frameSize) == 0 || size == targetSize - end.target
        guard size > 0, size <= targetSize - end.target, isAligned else {
            throw fail("has a segment of \(size) bytes at \(end.target)")
        }
        guard (1...DeltaHead.largestMap).contains(mapSize), map > 0, map <= ZstdCompressor.bound(mapSize) else {
            throw fail("has a map of \(mapSize) bytes in \(map)")
        }
        guard dataSize <= DeltaHead.largestSegment, dataSize % BlockHash.blockSize == 0, dataSize <= size + 4095,
            (data == 0) == (dataSize == 0), data <= ZstdCompressor.bound(dataSize)
        else { throw fail("has a segment with \(dataSize) bytes of new data in \(data)") }
        let mapEnd = end.stored + map
        return DeltaHead.Segment(
            target: end.target..<end.target + size, map: end.stored..<mapEnd, mapSize: mapSize,
            mapDigest: try digest(), data: mapEnd..<mapEnd + data, dataSize: dataSize, dataDigest: try digest(),
            plainDigest: try digest())
    }
}
