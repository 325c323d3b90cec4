public import GlareModel

/// Turns a delta and its base into an image, segment by segment. Each frame is verified before it is
/// written, wherever its blocks came from.
public final class DeltaDecoder: Sendable {
    private let head: DeltaHead
    private let base: any BlockSource
    private let target: TargetImage
    private let subject: String
    private let decompressors = ContextPool { try ZstdDecompressor() }

    /// - Parameter subject: The delta's name, for messages.
    /// - Throws: `InvalidDocument`, where the delta is not one from this base to this target.
    public init(
        _ head: DeltaHead, base: any BlockSource, baseDigest: SHA256Digest, target: TargetImage, subject: String
    ) throws {
        let manifest = target.manifest
        guard head.base == BinaryDigest(baseDigest), head.baseSize == base.size else {
            throw InvalidDocument(subject, "is a delta from \(head.base.text), and the base has \(baseDigest)")
        }
        guard head.target == manifest.image, head.targetSize == manifest.imageSize else {
            throw InvalidDocument(subject, "is a delta into \(head.target.text), not into \(manifest.image.text)")
        }
        for segment in head.segments {
            let first = manifest.frames[manifest.frameIndex(at: segment.target.lowerBound)]
            guard first.offset == segment.target.lowerBound else {
                throw InvalidDocument(subject, "has a segment that begins within a frame of the manifest")
            }
        }
        self.head = head
        self.base = base
        self.target = target
        self.subject = subject
    }

    /// Whether all of a segment's frames are there, as after an interruption.
    public func isDone(_ index: Int) -> Bool {
        frames(of: head.segments[index]).allSatisfy { target.isDone($0) }
    }

    /// Expands a segment. Those that follow need not wait for it to be written.
    ///
    /// - Parameter bytes: The segment as it stands in the delta's file.
    /// - Throws: ``WrongSegment``, `InvalidDocument`, `SystemError`.
    public func decode(_ bytes: UnsafeRawBufferPointer, as index: Int) throws -> DeltaSegment {
        let segment = head.segments[index]
        let subject = "\(self.subject), segment \(index + 1)"
        let mapBytes = UnsafeRawBufferPointer(rebasing: bytes[..<min(segment.map.count, bytes.count)])
        let dataBytes = UnsafeRawBufferPointer(rebasing: bytes[mapBytes.count...])
        guard bytes.count == segment.stored.count,
            BinaryDigest.each(of: [mapBytes, dataBytes]) == [segment.mapDigest, segment.dataDigest]
        else { throw WrongSegment(index: index, stored: segment.stored, subject: self.subject) }
        let mapBuffer = BlockBuffer(capacity: segment.mapSize)
        mapBuffer.count = segment.mapSize
        try decompressors.with {
            try $0.expand(mapBytes, into: mapBuffer.memory, subject: "\(subject), its map")
        }
        let map = try DeltaMap(Array(mapBuffer.bytes), of: segment, in: head, subject: subject)
        let new = BlockBuffer(capacity: segment.dataSize)
        new.count = segment.dataSize
        if segment.dataSize > 0 {
            let prefix = try base.prefix(map.prefix)
            try decompressors.with {
                try $0.expand(dataBytes, prefix: prefix.bytes, into: new.memory, subject: subject)
            }
        }
        return try DeltaSegment(
            index: index, map: map, new: new, first: segment.target.lowerBound / Int64(BlockHash.blockSize),
            subject: subject)
    }

    /// Puts the frames of a segment together. All segments before it are written.
    ///
    /// - Throws: ``WrongBase``, `SystemError`.
    public func write(_ segment: DeltaSegment, threads: Int) throws {
        let stored = head.segments[segment.index]
        do {
            let frames = frames(of: stored)
            for index in frames where target.manifest.frames[index].isHole { try requireHole(index, of: segment) }
            // Holes are done from the beginning.
            try concurrently(frames.filter { !target.isDone($0) }, threads: threads) { group in
                let parts = try group.map { try fill($0.buffer, as: $0.item, of: segment) }
                for (position, content) in DigestedBuffer.each(of: group.map(\.buffer)).enumerated() {
                    let index = group[position].item
                    let verified = try VerifiedFrame(content, as: target.manifest.frames[index], origin: subject)
                    try target.write(verified, as: index, except: parts[position])
                }
            }
        } catch let error as WrongFrame {
            // The delta's own bytes were compared with their digests: what is wrong beyond them is the base.
            let what =
                segment.digest == stored.plainDigest
                ? "\(error.size) bytes at \(error.offset) come out as others"
                : "the new data of segment \(segment.index + 1) comes out as other"
            throw WrongBase("\(subject) does not fit its base: \(what)")
        }
    }

    private func frames(of segment: DeltaHead.Segment) -> Range<Int> {
        let manifest = target.manifest
        return manifest.frameIndex(at: segment.target.lowerBound)..<manifest.frameIndex(
            at: segment.target.upperBound - 1) + 1
    }

    private func requireHole(_ index: Int, of segment: DeltaSegment) throws {
        let frame = target.manifest.frames[index]
        guard segment.isHole(frame.range) else {
            throw WrongFrame(offset: frame.offset, size: frame.size, origin: subject)
        }
    }

    /// Puts a frame together.
    ///
    /// - Returns: Parts of it that stand in the target already, as offsets within the frame.
    private func fill(_ buffer: BlockBuffer, as index: Int, of segment: DeltaSegment) throws -> [Range<Int>] {
        let frame = target.manifest.frames[index]
        buffer.count = Int(frame.size)
        var present: [Range<Int>] = []
        try segment.forEachPart(of: frame.range) { part in
            let space = UnsafeMutableRawBufferPointer(rebasing: buffer.memory[part.place])
            switch part.content {
            case .zeros: space.initializeMemory(as: UInt8.self, repeating: 0)
            case .new(let bytes): space.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<space.count]))
            case .earlier(let offset): try target.content.fill(space, at: offset)
            case .base(let offset):
                guard target.beginning == .clone, offset == frame.offset + Int64(part.place.lowerBound) else {
                    _ = try base.fill(space, at: offset)
                    return
                }
                // It stands there already: what is verified is what stands there.
                try target.content.fill(space, at: offset)
                present.append(part.place)
            }
        }
        return present
    }
}

/// A segment whose bytes did not arrive as they were published.
public struct WrongSegment: Error, CustomStringConvertible {
    public let index: Int
    /// Its place in the delta's file, in bytes.
    public let stored: Range<Int64>
    public let subject: String

    public var description: String {
        "\(subject): segment \(index + 1) is not what the delta's head says: its SHA-256 is another"
    }
}
