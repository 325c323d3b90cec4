public import GlareModel
public import GlareSystem
import Synchronization

/// What is cut into blocks: the bytes of an image, wherever they come from. Read by several threads at once.
public protocol BlockSource: Sendable {
    /// In bytes.
    var size: Int64 { get }
    /// Its number in the formats.
    var kind: BlockSourceKind { get }

    /// Fills the buffer with the bytes at `offset`, all of which lie within the size.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws

    /// The next stretch at or after `offset` that is not known to be zero; empty at the end where none
    /// follows.
    func nextData(from offset: Int64) throws -> Range<Int64>
}

/// Where blocks go: an image that comes into being, of its full size from the beginning. Written by several
/// threads at once, each place by one of them.
public protocol BlockSink: BlockSource {
    /// Writes bytes where all is zero; zeros among them stay holes.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws
    /// Writes bytes whatever stood there; zeros among them become holes.
    func overwrite(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws
    /// Makes a stretch zero.
    func clear(_ range: Range<Int64>) throws
}

/// A file as it is.
public struct FileBlocks: BlockSink {
    public let file: File
    public let size: Int64
    public var kind: BlockSourceKind { .file }
    private let borrowed: BorrowedPages?
    private let known = KnownData()

    /// - Parameter givesBack: Whether what is read should leave no trace in the system's memory: that is for
    ///   the virtual machines which run from the same files.
    public init(_ file: File, size: Int64, givesBack: Bool = false) {
        self.file = file
        self.size = size
        borrowed = givesBack ? BorrowedPages(file) : nil
    }

    /// Call it before the file is closed. Nothing where reads leave their traces.
    public func giveBack() { borrowed?.giveBack() }

    public func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws {
        if let borrowed {
            try borrowed.fill(buffer, from: offset)
        } else {
            try file.fill(buffer, from: offset)
        }
    }

    public func nextData(from offset: Int64) throws -> Range<Int64> {
        try known.next(from: offset) { try file.nextData(from: offset, length: size) }
    }

    public func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws {
        try file.writeSparsely(bytes, at: offset)
    }

    public func overwrite(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws {
        try file.overwriteSparsely(bytes, at: offset)
    }

    public func clear(_ range: Range<Int64>) throws { try file.clear(range) }
}

/// The stretch of data that was found last. What became a hole since reads as zeros, so to call it data is no harm.
///
/// To find where data ends, tmpfs looks at every page up to there: asked anew for each MiB of 1 GiB without a hole,
/// that took 13 of the 18 s of its publish.
private final class KnownData: Sendable {
    private let stretch = Mutex<Range<Int64>>(0..<0)

    func next(from offset: Int64, _ find: () throws -> Range<Int64>) rethrows -> Range<Int64> {
        let known = stretch.withLock { $0 }
        if known.contains(offset) { return offset..<known.upperBound }
        let found = try find()
        if !found.isEmpty { stretch.withLock { $0 = found } }
        return found
    }
}

extension BlockSource {
    /// Fills a buffer, reading only what is data. What lies beyond the end of the source is zeros.
    ///
    /// - Returns: Whether any of it was data.
    @discardableResult
    func fill(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws -> Bool {
        let end = min(size, offset + Int64(buffer.count))
        // Of little, to ask where it is takes longer than to read its zeros: 25,000 questions of a delta's 13,000
        // runs took a third of its time.
        if buffer.count <= 64 << 10, end > offset {
            try read(into: .init(rebasing: buffer[..<Int(end - offset)]), at: offset)
            zero(buffer, Int(end - offset)..<buffer.count)
            return true
        }
        var position = offset
        var hasData = false
        while position < end {
            let data = try nextData(from: position)
            let (lower, upper) = (min(data.lowerBound, end), min(data.upperBound, end))
            zero(buffer, Int(position - offset)..<Int(lower - offset))
            if upper > lower {
                hasData = true
                let part = UnsafeMutableRawBufferPointer(
                    rebasing: buffer[Int(lower - offset)..<Int(upper - offset)])
                try read(into: part, at: lower)
            }
            position = max(upper, lower)
        }
        zero(buffer, Int(max(0, end - offset))..<buffer.count)
        return hasData
    }
}

private func zero(_ buffer: UnsafeMutableRawBufferPointer, _ range: Range<Int>) {
    guard !range.isEmpty else { return }
    UnsafeMutableRawBufferPointer(rebasing: buffer[range]).initializeMemory(as: UInt8.self, repeating: 0)
}
