import Dispatch
public import GlareModel
import Synchronization

/// An image that is put together from frames, each verified before it is written. Used by several threads.
public final class TargetImage: Sendable {
    public let manifest: Manifest
    /// What the file held when we began: it decides what may be left unwritten.
    public enum Beginning: Sendable {
        /// Nothing: all of it is zero.
        case empty
        /// The base of a delta, which a clone of its file showed at no cost.
        case clone
        /// What an earlier run left.
        case leftover
    }

    /// The image as far as it has come.
    let content: any BlockSink
    public let beginning: Beginning
    private let done: Mutex<[Bool]>
    private let activity: Activity?

    /// - Parameters:
    ///   - content: As long as the image.
    ///   - activity: Advanced by each frame that is no hole.
    /// - Throws: `SystemError`.
    public init(_ manifest: Manifest, in content: any BlockSink, beginning: Beginning, activity: Activity? = nil) throws
    {
        self.manifest = manifest
        self.content = content
        self.beginning = beginning
        self.activity = activity
        // A hole needs nobody to fetch it.
        done = Mutex(manifest.frames.map(\.isHole))
        guard beginning != .empty else { return }
        for frame in manifest.frames where frame.isHole { try clear(frame.range) }
    }

    /// Indexes of the frames that are still to come.
    public var missing: [Int] { done.withLock { done in done.indices.filter { !done[$0] } } }

    public func isDone(_ index: Int) -> Bool { done.withLock { $0[index] } }

    private func clear(_ range: Range<Int64>) throws {
        let data = try content.nextData(from: range.lowerBound)
        if !data.isEmpty && data.lowerBound < range.upperBound { try content.clear(range) }
    }

    /// Looks at what stands there already: what is right need not come again.
    public func examine(threads: Int) throws { try examine(Array(manifest.frames.indices), threads: threads) }

    /// The same for some of the frames, by their indexes.
    public func examine(_ indexes: [Int], threads: Int) throws {
        let kept = Atomic(Int64(0))
        try concurrently(indexes.filter { !manifest.frames[$0].isHole }, threads: threads) { group in
            let present = try group.filter { index, buffer in
                let frame = manifest.frames[index]
                buffer.count = Int(frame.size)
                return try content.fill(.init(rebasing: buffer.memory[..<buffer.count]), at: frame.offset)
            }
            for ((index, _), found) in zip(present, DigestedBuffer.each(of: present.map(\.1))) {
                let frame = manifest.frames[index]
                guard found.isRight(for: frame) else { continue }
                kept.wrappingAdd(frame.size, ordering: .relaxed)
                done.withLock { $0[index] = true }
            }
        }
        if let activity { activity.restart(at: activity.done + kept.load(ordering: .relaxed)) }
    }

    /// Takes frames for right that stand there already, because they were verified in the file that this one
    /// was cloned from, and nobody has touched that since.
    public func trust(_ indexes: [Int]) {
        let size = done.withLock { done in
            indexes.reduce(Int64(0)) { sum, index in
                defer { done[index] = true }
                return done[index] ? sum : sum + manifest.frames[index].size
            }
        }
        if let activity { activity.restart(at: activity.done + size) }
    }

    /// Writes a frame.
    ///
    /// - Parameters:
    ///   - index: Which it is.
    ///   - present: Parts of it, as ascending offsets within, that stand there already.
    func write(_ verified: borrowing VerifiedFrame, as index: Int, except present: [Range<Int>] = []) throws {
        let bytes = verified.buffer.bytes
        var position = 0
        for part in present + [bytes.count..<bytes.count] {
            if part.lowerBound > position {
                let piece = UnsafeRawBufferPointer(rebasing: bytes[position..<part.lowerBound])
                let offset = verified.frame.offset + Int64(position)
                if beginning == .empty {
                    try content.write(piece, at: offset)
                } else {
                    try content.overwrite(piece, at: offset)
                }
            }
            position = part.upperBound
        }
        done.withLock { $0[index] = true }
        activity?.advance(by: verified.frame.size)
    }
}

/// Does something with each of a list, on several threads, each with as many of them at a time as SHA-256 is
/// fastest with, and a buffer of a frame's size for each. The first failure ends it.
func concurrently(
    _ items: [Int], threads: Int, _ body: @Sendable ([(item: Int, buffer: BlockBuffer)]) throws -> Void
) throws {
    let failure = Mutex<(any Error)?>(nil)
    let next = Atomic(0)
    // Of few, each thread has one before any has two.
    let most = max(1, min(BinaryDigest.lanes, items.count / max(1, threads)))
    DispatchQueue.concurrentPerform(iterations: max(1, min(threads, items.count))) { _ in
        let buffers = (0..<most).map { _ in BlockBuffer(capacity: Manifest.frameSize) }
        while failure.withLock({ $0 == nil }) {
            let position = next.wrappingAdd(most, ordering: .relaxed).oldValue
            guard position < items.count else { return }
            do {
                try body(Array(zip(items[position..<min(items.count, position + most)], buffers)))
            } catch {
                failure.withLock { $0 = $0 ?? error }
            }
        }
    }
    if let failure = failure.withLock({ $0 }) { throw failure }
}
