import GlareModel
import Synchronization

/// What came of a frame, as it stands in the file of frames. It does not own its bytes: whoever makes one keeps them
/// until it was stored (`withExtendedLifetime`).
public struct ArrivedFrame {
    let index: Int
    let bytes: UnsafeRawBufferPointer
    let origin: String

    /// - Parameters:
    ///   - index: Which frame it is.
    ///   - origin: Where the bytes came from, for the message.
    public init(_ index: Int, bytes: UnsafeRawBufferPointer, origin: String) {
        (self.index, self.bytes, self.origin) = (index, bytes, origin)
    }
}

/// Turns what was fetched of a file of frames into an image: verified, expanded, verified, written. Used by
/// several threads.
public final class FrameDecoder: Sendable {
    /// How many frames it takes best at a time.
    public static let most = BinaryDigest.lanes

    private let target: TargetImage
    private let decompressors = ContextPool { try ZstdDecompressor() }
    private let buffers: BufferPool

    /// - Parameter threads: How many use it at a time, at most.
    public init(_ target: TargetImage, threads: Int) {
        self.target = target
        buffers = BufferPool(count: threads * Self.most, capacity: Manifest.frameSize)
    }

    /// - Parameter arrived: At most ``most``.
    /// - Returns: Of each, in this order, whether it is there now, or why not: ``WrongFrame``,
    ///   `InvalidDocument` or `SystemError`.
    public func store(_ arrived: [ArrivedFrame]) -> [Result<Void, any Error>] {
        let digests = BinaryDigest.each(of: arrived.map(\.bytes))
        let buffers = arrived.map { _ in self.buffers.take() }
        defer { buffers.forEach(self.buffers.giveBack) }
        var results = arrived.indices.map { position in
            Result { try expand(arrived[position], digests[position], into: buffers[position]) }
        }
        let expanded = arrived.indices.filter { (try? results[$0].get()) != nil }
        for (position, content) in zip(expanded, DigestedBuffer.each(of: expanded.map { buffers[$0] })) {
            let (index, origin) = (arrived[position].index, arrived[position].origin)
            results[position] = Result {
                try target.write(
                    VerifiedFrame(content, as: target.manifest.frames[index], origin: origin), as: index)
            }
        }
        return results
    }

    private func expand(_ arrived: ArrivedFrame, _ digest: BinaryDigest, into buffer: BlockBuffer) throws {
        let manifest = target.manifest
        let frame = manifest.frames[arrived.index]
        guard frame.storedDigest == digest else {
            throw WrongFrame(offset: frame.offset, size: frame.size, origin: arrived.origin)
        }
        buffer.count = Int(frame.size)
        let space = UnsafeMutableRawBufferPointer(rebasing: buffer.memory[..<buffer.count])
        switch manifest.encoding {
        case .plain: space.copyMemory(from: arrived.bytes)
        case .zstd:
            try decompressors.with {
                try $0.expand(
                    arrived.bytes, into: space, subject: "\(arrived.origin), the frame at \(frame.offset)")
            }
        }
    }

    /// Takes frames from another image on this machine, on several threads.
    ///
    /// - Parameters:
    ///   - frames: Index of each, and where it stands in the other image, in bytes.
    ///   - isTrusted: Whether the other image was verified, and nobody has touched it since: then its frames
    ///     are not verified again.
    /// - Returns: Whether all of them were what the manifest says; those that were not are left out.
    /// - Throws: `SystemError`.
    public func copy(
        _ frames: [(index: Int, offset: Int64)], from source: any BlockSource, isTrusted: Bool, threads: Int,
        origin: String
    ) throws -> Bool {
        let areRight = Atomic(true)
        try concurrently(Array(frames.indices), threads: threads) { group in
            for (position, buffer) in group {
                let (index, offset) = frames[position]
                buffer.count = Int(target.manifest.frames[index].size)
                try source.fill(.init(rebasing: buffer.memory[..<buffer.count]), at: offset)
            }
            let places = group.map { (index: frames[$0.item].index, buffer: $0.buffer) }
            guard !isTrusted else {
                for (index, buffer) in places {
                    try target.write(VerifiedFrame(trusting: buffer, as: target.manifest.frames[index]), as: index)
                }
                return
            }
            for ((index, _), content) in zip(places, DigestedBuffer.each(of: places.map(\.buffer))) {
                do {
                    let frame = target.manifest.frames[index]
                    try target.write(VerifiedFrame(content, as: frame, origin: origin), as: index)
                } catch is WrongFrame {
                    areRight.store(false, ordering: .relaxed)
                }
            }
        }
        return areRight.load(ordering: .relaxed)
    }
}
