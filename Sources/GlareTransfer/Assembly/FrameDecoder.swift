import GlareModel
import Synchronization

/// Turns what was fetched of a file of frames into an image: verified, expanded, verified, written. Used by
/// several threads.
public final class FrameDecoder: Sendable {
    private let target: TargetImage
    private let decompressors = ContextPool { try ZstdDecompressor() }
    private let buffers: BufferPool

    /// - Parameter threads: How many use it at a time, at most.
    public init(_ target: TargetImage, threads: Int) {
        self.target = target
        buffers = BufferPool(count: threads, capacity: Manifest.frameSize)
    }

    /// - Parameters:
    ///   - bytes: As they stand in the file of frames.
    ///   - index: Of the frame.
    ///   - origin: Where they came from, for the message.
    /// - Throws: ``WrongFrame``, `InvalidDocument`, `SystemError`.
    public func store(_ bytes: UnsafeRawBufferPointer, as index: Int, origin: String) throws {
        let manifest = target.manifest
        let frame = manifest.frames[index]
        guard let stored = frame.storedDigest, stored == BinaryDigest(of: bytes) else {
            throw WrongFrame(offset: frame.offset, size: frame.size, origin: origin)
        }
        let buffer = buffers.take()
        defer { buffers.giveBack(buffer) }
        buffer.count = Int(frame.size)
        let space = UnsafeMutableRawBufferPointer(rebasing: buffer.memory[..<buffer.count])
        switch manifest.encoding {
        case .plain: space.copyMemory(from: bytes)
        case .zstd:
            try decompressors.with {
                try $0.expand(bytes, into: space, subject: "\(origin), the frame at \(frame.offset)")
            }
        }
        try target.write(VerifiedFrame(buffer, as: frame, origin: origin), as: index)
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
        try concurrently(frames.indices, threads: threads) { position, buffer in
            let (index, offset) = frames[position]
            let frame = target.manifest.frames[index]
            buffer.count = Int(frame.size)
            try source.fill(.init(rebasing: buffer.memory[..<buffer.count]), at: offset)
            do {
                let verified =
                    isTrusted
                    ? VerifiedFrame(trusting: buffer, as: frame)
                    : try VerifiedFrame(buffer, as: frame, origin: origin)
                try target.write(verified, as: index)
            } catch is WrongFrame {
                areRight.store(false, ordering: .relaxed)
            }
        }
        return areRight.load(ordering: .relaxed)
    }
}
