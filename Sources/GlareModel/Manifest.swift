/// Of one version: where each of its frames is, and the digests of each. The byte table is in
/// docs/transfer-formats.md.
///
/// A value of this type keeps its promises: frames follow each other without gaps and make the image,
/// and none lies outside of the file that holds them.
public struct Manifest: Sendable, Equatable {
    public static let magic = Array("GLAREMAN".utf8)
    public static let formatVersion: UInt16 = 1
    /// 1 MiB: measured, smaller ones compress worse, larger ones make a changed byte cost more.
    public static let frameSize = 1 << 20
    /// A hole in one frame: at most 1 GiB, which zstd's format needs 32 KiB for.
    public static let longestHole: Int64 = 1 << 30
    /// 32 MiB: of an image with 450 GiB of data. A host's memory for one is about three times that.
    public static let sizeLimit = 32 << 20
    private static let headerSize = 104

    /// Where frames are.
    public enum Encoding: UInt8, Sendable {
        /// In the image's own file, each at its offset.
        case plain = 0
        /// In a file of zstd frames.
        case zstd = 1
    }

    public struct Frame: Sendable, Equatable {
        /// In the image, in bytes.
        public let offset: Int64
        public let size: Int64
        public let isHole: Bool
        /// In the file that holds the frames, in bytes.
        public let storedOffset: Int64
        public let storedSize: Int
        /// Of the bytes in that file; of a hole, which is never fetched, unset.
        public let storedDigest: BinaryDigest?
        public let plainDigest: BinaryDigest?

        public init(
            offset: Int64, size: Int64, storedOffset: Int64, storedSize: Int, digests: (BinaryDigest, BinaryDigest)?
        ) {
            (self.offset, self.size) = (offset, size)
            (self.storedOffset, self.storedSize) = (storedOffset, storedSize)
            isHole = digests == nil
            storedDigest = digests?.0
            plainDigest = digests?.1
        }

        public var range: Range<Int64> { offset..<offset + size }
        public var storedRange: Range<Int64> { storedOffset..<storedOffset + Int64(storedSize) }
    }

    public let source: BlockSourceKind
    public let encoding: Encoding
    /// Length of the image's file, in bytes.
    public let imageSize: Int64
    public let image: BinaryDigest
    /// Length of the file that holds the frames, in bytes.
    public let storedSize: Int64
    public let stored: BinaryDigest
    public let frames: [Frame]

    public init(
        source: BlockSourceKind, encoding: Encoding, imageSize: Int64, image: BinaryDigest, storedSize: Int64,
        stored: BinaryDigest, frames: [Frame]
    ) {
        self.source = source
        self.encoding = encoding
        self.imageSize = imageSize
        self.image = image
        self.storedSize = storedSize
        self.stored = stored
        self.frames = frames
    }

    /// Bytes of the image that are in no hole.
    public var dataSize: Int64 { frames.reduce(0) { $0 + ($1.isHole ? 0 : $1.size) } }

    /// Index of the frame that has the byte at `offset`.
    public func frameIndex(at offset: Int64) -> Int {
        var (low, high) = (0, frames.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if frames[middle].offset <= offset { low = middle } else { high = middle }
        }
        return low
    }
}

/// What is cut into blocks and frames: a number in the formats, so that another kind can come later.
public enum BlockSourceKind: UInt8, Sendable {
    /// The image's file as it is.
    case file = 0
}

// MARK: Bytes

extension Manifest {
    private static let holeFlag: UInt32 = 1 << 31

    public var bytes: [UInt8] {
        var writer = BinaryWriter()
        writer.raw(Self.magic)
        writer.integer(Self.formatVersion)
        writer.integer(source.rawValue)
        writer.integer(encoding.rawValue)
        writer.integer(UInt32(Self.frameSize))
        writer.integer(imageSize)
        writer.integer(storedSize)
        writer.digest(image)
        writer.digest(stored)
        writer.integer(UInt32(frames.count))
        writer.integer(UInt32(frames.count { !$0.isHole }))
        for frame in frames {
            writer.integer(UInt32(frame.size) | (frame.isHole ? Self.holeFlag : 0))
            writer.integer(UInt32(frame.storedSize))
        }
        for frame in frames {
            if let stored = frame.storedDigest, let plain = frame.plainDigest {
                writer.digest(stored)
                writer.digest(plain)
            }
        }
        return writer.bytes
    }

    /// - Parameter subject: What is read, for the message: a path or an address.
    /// - Throws: ``InvalidDocument``, for bytes that are no manifest, or one that contradicts itself.
    public init(_ bytes: [UInt8], subject: String) throws {
        var reader = BinaryReader(bytes[...], subject: subject)
        guard try Array(reader.take(Self.magic.count)) == Self.magic else { throw reader.fail("is no manifest") }
        let version = try reader.integer(UInt16.self)
        guard version == Self.formatVersion else {
            throw reader.fail(
                "has format \(version), this Glare reads format \(Self.formatVersion): a newer Glare is needed")
        }
        source = try reader.sourceKind()
        guard let encoding = Encoding(rawValue: try reader.integer()) else {
            throw reader.fail("has frames in an encoding that is not known: a newer Glare is needed")
        }
        self.encoding = encoding
        let frameSize = try reader.integer(UInt32.self)
        guard frameSize == Self.frameSize else { throw reader.fail("has frames of \(frameSize) bytes") }
        imageSize = try reader.size("the image's size")
        storedSize = try reader.size("the size of the frames' file")
        image = try reader.digest()
        stored = try reader.digest()
        guard encoding == .zstd || storedSize == imageSize && stored == image else {
            throw reader.fail("has frames in the image itself, and says that is another file")
        }
        let count = Int(try reader.integer(UInt32.self))
        let dataCount = Int(try reader.integer(UInt32.self))
        guard dataCount <= count, reader.remaining == 8 * count + 64 * dataCount else {
            throw reader.fail("has \(count) frames, \(dataCount) with data, in \(reader.remaining) bytes")
        }
        var digests = BinaryReader(bytes[(Self.headerSize + 8 * count)...], subject: subject)
        var frames: [Frame] = []
        frames.reserveCapacity(count)
        for _ in 0..<count {
            let end = (frames.last?.range.upperBound ?? 0, frames.last?.storedRange.upperBound ?? 0)
            let frame = try reader.frame(after: end, encoding: encoding, imageSize: imageSize, &digests)
            // So there are not many more holes than data, and memory follows the file's size.
            if frame.isHole, let last = frames.last, last.isHole, last.size < Self.longestHole {
                throw reader.fail("has holes one behind the other at \(frame.offset)")
            }
            frames.append(frame)
        }
        self.frames = frames
        guard digests.remaining == 0, (frames.last?.range.upperBound ?? 0) == imageSize,
            (frames.last?.storedRange.upperBound ?? 0) <= storedSize
        else { throw reader.fail("has frames that do not make the image of \(imageSize) bytes") }
    }
}

extension BinaryReader {
    mutating public func sourceKind() throws -> BlockSourceKind {
        let number = try integer(UInt8.self)
        guard let kind = BlockSourceKind(rawValue: number) else {
            throw fail("is of a source of kind \(number), which is not known: a newer Glare is needed")
        }
        return kind
    }

    fileprivate mutating func frame(
        after end: (image: Int64, stored: Int64), encoding: Manifest.Encoding, imageSize: Int64,
        _ digests: inout BinaryReader
    ) throws -> Manifest.Frame {
        let field = try integer(UInt32.self)
        let isHole = field >> 31 == 1
        let size = Int64(field & 0x7FFF_FFFF)
        let storedSize = Int(try integer(UInt32.self))
        let limit = isHole ? Manifest.longestHole : Int64(Manifest.frameSize)
        let isAligned = size % Int64(Manifest.frameSize) == 0 || end.image + size == imageSize
        guard size > 0, size <= limit, isAligned, size <= imageSize - end.image, storedSize > 0,
            // What does not compress grows by a few bytes; no frame has a reason to be longer.
            isHole || storedSize <= Manifest.frameSize + 1024,
            encoding == .zstd || Int64(storedSize) == size
        else { throw fail("has a frame of \(size) bytes in \(storedSize) at \(end.image)") }
        return Manifest.Frame(
            offset: end.image, size: size, storedOffset: end.stored, storedSize: storedSize,
            digests: isHole ? nil : (try digests.digest(), try digests.digest()))
    }
}
