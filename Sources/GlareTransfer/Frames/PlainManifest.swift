public import GlareModel
import GlareSystem
import Synchronization

extension Manifest {
    /// The manifest of an image whose frames are in its own file, found by reading it: for a host that has
    /// an image without one.
    ///
    /// - Parameter image: The SHA-256 of it all, as far as is known; the frames tell what is true.
    public init(describing content: any BlockSource, image: SHA256Digest, threads: Int, activity: Activity? = nil)
        throws
    {
        let step = Int64(Manifest.frameSize)
        let starts = stride(from: Int64(0), to: content.size, by: Int(step)).map { $0 }
        let digests = Mutex([BinaryDigest?](repeating: nil, count: starts.count))
        try concurrently(Array(starts.indices), threads: threads) { group in
            let data = try group.filter { index, buffer in
                buffer.count = Int(Swift.min(step, content.size - starts[index]))
                let isData = try content.fill(.init(rebasing: buffer.memory[..<buffer.count]), at: starts[index])
                activity?.advance(by: Int64(buffer.count))
                return isData && !buffer.bytes.isZero
            }
            for ((index, _), digest) in zip(data, BinaryDigest.each(of: data.map(\.buffer.bytes))) {
                digests.withLock { $0[index] = digest }
            }
        }
        var frames: [Manifest.Frame] = []
        for (start, digest) in zip(starts, digests.withLock { $0 }) {
            var (first, size) = (start, Swift.min(step, content.size - start))
            if digest == nil, let last = frames.last, last.isHole, last.size + size <= Manifest.longestHole {
                (first, size) = (last.offset, last.size + size)
                frames.removeLast()
            }
            frames.append(
                Manifest.Frame(
                    offset: first, size: size, storedOffset: first, storedSize: Int(size),
                    digests: digest.map { ($0, $0) }))
        }
        let image = BinaryDigest(image)
        self.init(
            source: content.kind, encoding: .plain, imageSize: content.size, image: image, storedSize: content.size,
            stored: image, frames: frames)
    }
}
