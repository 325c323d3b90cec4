public import GlareModel
public import GlareSystem
import Synchronization

/// Whether a file still holds what it should.
public enum ContentCheck {
    /// Reads a file on all cores, frame by frame, where there is a manifest to hold it against; else, and to tell
    /// what it holds instead, as a whole.
    ///
    /// - Parameters:
    ///   - manifest: Of this content, and itself verified.
    ///   - activity: Advanced by what is read.
    /// - Returns: The SHA-256 that was found.
    /// - Throws: `SystemError`, where the disk does not give the file.
    public static func digest(
        of file: File, expected: ContentReference, manifest: Manifest?, threads: Int, activity: Activity?
    ) throws -> SHA256Digest {
        let size = try file.status().size
        if let manifest, size == expected.size, manifest.imageSize == size, manifest.image.text == expected.sha256 {
            let content = FileBlocks(file, size: size, givesBack: true)
            if try manifest.describes(content, threads: threads, activity: activity) { return expected.sha256 }
        }
        activity?.restart(at: 0)
        return try PlainContent.read(file, length: size, activity: activity).digests.sha256
    }
}

extension Manifest {
    /// Whether every frame of it is what stands in a content of the same size; what it calls a hole, zeros.
    public func describes(_ content: any BlockSource, threads: Int, activity: Activity? = nil) throws -> Bool {
        let isRight = Atomic(true)
        try concurrently(Array(frames.indices), threads: threads) { group in
            guard isRight.load(ordering: .relaxed) else { return }
            var data: [(frame: Frame, buffer: BlockBuffer)] = []
            for (index, buffer) in group {
                let frame = frames[index]
                if frame.isHole {
                    if try !content.isZero(frame.range, by: buffer) { isRight.store(false, ordering: .relaxed) }
                } else {
                    buffer.count = Int(frame.size)
                    try content.fill(.init(rebasing: buffer.memory[..<buffer.count]), at: frame.offset)
                    data.append((frame, buffer))
                }
                activity?.advance(by: frame.size)
            }
            for ((frame, _), content) in zip(data, DigestedBuffer.each(of: data.map(\.buffer)))
            where !content.isRight(for: frame) {
                isRight.store(false, ordering: .relaxed)
            }
        }
        return isRight.load(ordering: .relaxed)
    }
}

extension BlockSource {
    /// Whether a stretch is zeros throughout.
    fileprivate func isZero(_ range: Range<Int64>, by buffer: BlockBuffer) throws -> Bool {
        var position = range.lowerBound
        while position < range.upperBound {
            let data = try nextData(from: position)
            guard !data.isEmpty, data.lowerBound < range.upperBound else { return true }
            buffer.count = Int(min(Int64(buffer.memory.count), range.upperBound - data.lowerBound))
            try fill(.init(rebasing: buffer.memory[..<buffer.count]), at: data.lowerBound)
            guard buffer.bytes.isZero else { return false }
            position = data.lowerBound + Int64(buffer.count)
        }
        return true
    }
}
