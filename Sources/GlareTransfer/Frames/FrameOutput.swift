import GlareModel
import GlareSystem
import Synchronization

/// A file of frames as it comes into being: what arrives out of turn waits, holes are filled in.
final class FrameOutput: Sendable {
    private let state: Mutex<State>
    private let blocks: BlockTableBuilder?

    fileprivate struct State: @unchecked Sendable {
        let file: File
        var next = 0
        var waiting: [Int: EncodedFrame] = [:]
        var frames: [Manifest.Frame] = []
        var hasher = ContentHasher()
        var size: Int64 = 0
        var failure: (any Error)?
    }

    /// - Parameters:
    ///   - file: Empty.
    ///   - blocks: Given the hash of each block.
    init(_ file: File, blocks: BlockTableBuilder?) {
        state = Mutex(State(file: file))
        self.blocks = blocks
    }

    var failure: (any Error)? { state.withLock { $0.failure } }

    func deliver(_ frame: Result<EncodedFrame, any Error>, as index: Int, done: (BlockBuffer) -> Void) {
        state.withLock { state in
            do {
                let frame = try frame.get()
                // After a failure nobody comes for those that wait their turn.
                guard state.failure == nil else { return done(frame.bytes) }
                state.waiting[index] = frame
                while let next = state.waiting.removeValue(forKey: state.next) {
                    state.next += 1
                    defer { done(next.bytes) }
                    try state.append(next)
                    try blocks?.add(next.hashes, firstBlock: next.offset / Int64(holeGranularity))
                }
            } catch {
                state.failure = state.failure ?? error
                for frame in state.waiting.values { done(frame.bytes) }
                state.waiting = [:]
            }
        }
    }

    /// Fills the rest with a hole, and writes the table that other tools find frames by.
    func finish(size: Int64) throws {
        try state.withLock { state in
            if let failure = state.failure { throw failure }
            try state.fillHole(upTo: size)
            try state.append(SeekTable.bytes(of: state.frames))
        }
    }

    /// What was written.
    var written: (frames: [Manifest.Frame], size: Int64, digest: SHA256Digest) {
        state.withLock { ($0.frames, $0.size, $0.hasher.finalize().sha256) }
    }
}

extension FrameOutput.State {
    fileprivate mutating func append(_ frame: EncodedFrame) throws {
        try fillHole(upTo: frame.offset)
        frames.append(
            Manifest.Frame(
                offset: frame.offset, size: frame.size, storedOffset: size, storedSize: frame.bytes.count,
                digests: (frame.stored, frame.plain)))
        try append(frame.bytes.bytes)
    }

    fileprivate mutating func fillHole(upTo offset: Int64) throws {
        var end = frames.last?.range.upperBound ?? 0
        while end < offset {
            let zeros = min(offset - end, Manifest.longestHole)
            let bytes = ZeroFrame.bytes(zeros: zeros)
            frames.append(
                Manifest.Frame(
                    offset: end, size: zeros, storedOffset: size, storedSize: bytes.count, digests: nil))
            try append(bytes)
            end += zeros
        }
    }

    fileprivate mutating func append(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try append($0) } }

    fileprivate mutating func append(_ bytes: UnsafeRawBufferPointer) throws {
        try file.write(bytes, at: size)
        hasher.update(bytes)
        size += Int64(bytes.count)
    }
}
