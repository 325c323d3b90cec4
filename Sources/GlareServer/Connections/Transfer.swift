import GlareSystem
import NIOCore

/// The content of an answer on its way: what is next of it, and how that is best sent.
///
/// Small runs are read into the buffer that has the head, so that most answers are one write. Large ones go by
/// `sendfile`, which copies nothing and takes no memory; before each step it is looked whether the file's
/// pages are in memory, and where they are not, a thread that may wait reads them first.
struct Transfer {
    enum Step {
        /// What is in the buffer is to be written before anything else.
        case bytes
        /// To be sent from the file, whose pages are in memory.
        case file(Range<Int64>)
        /// To be read by a thread that may wait; the bytes are given to ``took(_:)``.
        case read(Range<Int64>)
        /// To be brought into memory by a thread that may wait, and then told to ``warmed()``.
        case warm(Range<Int64>)
        /// All is sent.
        case end
    }

    /// Bytes of the largest run that is copied even where `sendfile` would do. 64 KiB are sent 1.05 times as fast by
    /// `sendfile` to 200 clients, and need no memory.
    static let largestCopied = 32 << 10
    /// Bytes that are copied at a time: what a connection takes of memory.
    static let copySize = 128 << 10
    /// Bytes that `sendfile` is given at a time.
    static let directSize = 512 << 10

    let served: ServedFile
    /// Whether `sendfile` may be used: not where what is sent is encrypted.
    private let isDirect: Bool
    private var pieces: ArraySlice<Answer.Piece>
    /// What is left of the run that is being sent.
    private var run: Range<Int64> = 0..<0
    /// Whether the next step's pages were just brought in.
    private var isWarm = false

    init(_ served: ServedFile, _ run: Range<Int64>, isDirect: Bool) {
        self.init(served, [], isDirect: isDirect)
        self.run = run
    }

    init(_ served: ServedFile, _ pieces: [Answer.Piece], isDirect: Bool) {
        self.served = served
        self.isDirect = isDirect
        self.pieces = pieces[...]
    }

    /// The next step. Bytes count as sent with it, a range when ``sent(_:)`` says so.
    ///
    /// - Parameter buffer: What is to be written before, to which bytes are added. Passed on as the one copy
    ///   that there is, or each change would copy all of it.
    mutating func next(_ buffer: inout ByteBuffer) -> Step {
        while !run.isEmpty || takePiece(into: &buffer) {
            if isDirect && run.count > Self.largestCopied {
                if buffer.readableBytes > 0 { return .bytes }
                let range = run.start(Self.directSize)
                return isWarm || isCached(range) ? .file(range) : .warm(range)
            }
            guard buffer.readableBytes < Self.copySize, let count = copy(run.start(Self.copySize), to: &buffer) else {
                return buffer.readableBytes > 0 ? .bytes : .read(run.start(Self.copySize))
            }
            run = run.lowerBound + count..<run.upperBound
        }
        return buffer.readableBytes > 0 ? .bytes : .end
    }

    /// Goes on to the next run of the file; false where there is none.
    private mutating func takePiece(into buffer: inout ByteBuffer) -> Bool {
        while let piece = pieces.popFirst() {
            switch piece {
            case .text(let text): buffer.writeString(text)
            case .bytes(let range) where !range.isEmpty:
                run = range
                return true
            case .bytes: break
            }
        }
        return false
    }

    mutating func sent(_ range: Range<Int64>) {
        run = range.upperBound..<run.upperBound
        isWarm = false
    }

    mutating func took(_ bytes: ByteBuffer) {
        run = run.lowerBound + Int64(bytes.readableBytes)..<run.upperBound
    }

    mutating func warmed() { isWarm = true }

    // MARK: What is in memory

    private func isCached(_ range: Range<Int64>) -> Bool {
        [range.lowerBound, range.upperBound - 1].allSatisfy { position in
            withUnsafeTemporaryAllocation(byteCount: 1, alignment: 1) {
                served.readCached(into: $0, at: position) != nil
            }
        }
    }

    /// Reads what is in memory of a range; nil for nothing.
    private func copy(_ range: Range<Int64>, to buffer: inout ByteBuffer) -> Int64? {
        var found: Int?
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: range.count) { space in
            let wanted = UnsafeMutableRawBufferPointer(rebasing: space[..<range.count])
            found = served.readCached(into: wanted, at: range.lowerBound)
            return found ?? 0
        }
        return found.map(Int64.init)
    }
}

extension Range<Int64> {
    fileprivate func start(_ count: Int) -> Range<Int64> {
        lowerBound..<Swift.min(lowerBound + Int64(count), upperBound)
    }
}

/// What is done with a file by a thread that may wait. All throw ``Interrupted``.
enum WaitingRead {
    /// The file became shorter than it was when its length was announced, or can't be read.
    struct Interrupted: Error, CustomStringConvertible {
        let path: String
        let offset: Int64
        let reason: String

        var description: String { "\(path): cannot send the bytes from \(offset) on: \(reason)" }
    }

    /// Reads a run of bytes, holes as zeros.
    static func bytes(_ range: Range<Int64>, of file: File) throws -> ByteBuffer {
        var buffer = ByteBuffer()
        try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: range.count) { space in
            try fill(UnsafeMutableRawBufferPointer(rebasing: space[..<range.count]), from: range.lowerBound, of: file)
            return range.count
        }
        return buffer
    }

    /// Brings a run of bytes into the page cache.
    static func warm(_ range: Range<Int64>, of file: File) throws {
        let step = 64 << 10
        try withUnsafeTemporaryAllocation(byteCount: step, alignment: 16) { space in
            for start in stride(from: range.lowerBound, to: range.upperBound, by: step) {
                let count = Int(min(Int64(step), range.upperBound - start))
                try fill(UnsafeMutableRawBufferPointer(rebasing: space[..<count]), from: start, of: file)
            }
        }
    }

    private static func fill(_ space: UnsafeMutableRawBufferPointer, from offset: Int64, of file: File) throws {
        let found: Int
        do {
            found = try file.read(into: space, at: offset)
        } catch {
            throw Interrupted(path: file.path, offset: offset, reason: "\(error)")
        }
        guard found == space.count else {
            throw Interrupted(
                path: file.path, offset: offset,
                reason: "expected \(space.count) bytes, found \(found); the file was shortened while it was sent")
        }
    }
}
