import CGlareSystem
import Dispatch
import Glibc
import SystemPackage

/// A stretch of a file, in order, without gaps: together all pieces make the file.
public enum Piece {
    /// Bytes that were read. The buffer is valid during the call.
    case data(UnsafeRawBufferPointer)
    /// So many bytes of zero that were not read, because the filesystem knows a hole there.
    case hole(Int64)
}

/// Reads a file once, front to back, without reading its holes.
public struct SparseReader {
    /// 1 MiB: a multiple of every filesystem's block, and large enough that a call's cost vanishes.
    static let blockSize = 1 << 20
    /// Blocks read ahead of the digest: 4 keep both threads busy; more gained nothing.
    private static let blocksInFlight = 4

    let file: File
    let length: Int64

    /// - Parameter length: How much of the file to read; a file that ends earlier is an error.
    public init(_ file: File, length: Int64) {
        self.file = file
        self.length = length
    }

    /// Gives each piece to `copy` with its offset, on this thread, and to `digest` on another one, so
    /// that hashing, the slower of the two, does not wait for the disk.
    public func forEachPiece(
        copy: (Piece, Int64) throws -> Void = { _, _ in }, digest: @escaping @Sendable (Piece) -> Void
    ) throws {
        file.adviseSequential()
        let buffers = BufferRing(count: Self.blocksInFlight, size: Self.blockSize)
        let queue = DispatchQueue(label: "glare.digest")
        // Even after an error the digest ends before its buffers go.
        defer { queue.sync {} }
        var offset: Int64 = 0
        while offset < length {
            let data = try file.nextData(from: offset, length: length)
            if data.lowerBound > offset {
                let hole = data.lowerBound - offset
                try copy(.hole(hole), offset)
                queue.async { digest(.hole(hole)) }
            }
            offset = data.lowerBound
            while offset < data.upperBound {
                let buffer = buffers.take()
                let count = Int(min(Int64(Self.blockSize), data.upperBound - offset))
                do {
                    try file.fill(buffer.memory(count), from: offset)
                    try copy(.data(buffer.bytes(count)), offset)
                } catch {
                    buffers.giveBack()
                    throw error
                }
                queue.async {
                    digest(.data(buffer.bytes(count)))
                    buffers.giveBack()
                }
                offset += Int64(count)
            }
        }
    }
}

extension File {
    /// The next stretch that is not a hole, within the first `length` bytes; empty at their end where none
    /// follows.
    public func nextData(from offset: Int64, length: Int64) throws -> Range<Int64> {
        let start = cglare_seek_data(descriptor, off_t(offset))
        if start < 0 {
            // ENXIO: only a hole follows. Anything else: a filesystem that can't tell, so all is data.
            guard Errno.current == .noSuchAddressOrDevice else { return offset..<length }
            // The end of the file gives the same answer as a hole up to it.
            guard try status().size >= length else {
                throw SystemError("read up to byte \(length) of", path, code: .ioError)
            }
            return length..<length
        }
        let end = cglare_seek_hole(descriptor, start)
        let lower = min(Int64(start), length)
        return lower..<max(lower, end < 0 ? length : min(Int64(end), length))
    }
}

/// A few buffers used in turn. The order of use is the order of return, so a counter suffices.
private final class BufferRing: @unchecked Sendable {
    struct Buffer: @unchecked Sendable {
        let start: UnsafeMutableRawPointer

        func memory(_ count: Int) -> UnsafeMutableRawBufferPointer { .init(start: start, count: count) }
        func bytes(_ count: Int) -> UnsafeRawBufferPointer { .init(start: start, count: count) }
    }

    private let buffers: [Buffer]
    private let free: DispatchSemaphore
    private var next = 0

    init(count: Int, size: Int) {
        buffers = (0..<count).map { _ in Buffer(start: .allocate(byteCount: size, alignment: 4096)) }
        free = DispatchSemaphore(value: count)
    }

    deinit { for buffer in buffers { buffer.start.deallocate() } }

    func take() -> Buffer {
        free.wait()
        defer { next = (next + 1) % buffers.count }
        return buffers[next]
    }

    func giveBack() { free.signal() }
}
