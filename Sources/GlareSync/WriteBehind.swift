import NIOCore

/// Writes and digests a download behind the network's back: while one block of 1 MiB is on its way to
/// the disk, the next is filled.
final class WriteBehind {
    private static let blockSize = 1 << 20

    private final class Block: @unchecked Sendable {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: WriteBehind.blockSize, alignment: 4096)
        deinit { memory.deallocate() }
    }

    private let download: Download
    private var filling = Block()
    private var spare = Block()
    private var filled = 0
    /// Where the block that is being filled ends: at a multiple of its size, so that blocks of zeros in
    /// the image are blocks of zeros here, wherever the download was resumed.
    private var capacity: Int
    private var underway: Task<Void, any Error>?

    init(_ download: Download) {
        self.download = download
        capacity = Self.blockSize - Int(download.received % Int64(Self.blockSize))
    }

    func write(_ buffer: ByteBuffer) async throws {
        var offset = 0
        while offset < buffer.readableBytes {
            let count = min(buffer.readableBytes - offset, capacity - filled)
            buffer.withUnsafeReadableBytes { bytes in
                let target = UnsafeMutableRawBufferPointer(rebasing: filling.memory[filled..<filled + count])
                target.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count]))
            }
            filled += count
            offset += count
            if filled == capacity { try await handOver() }
        }
    }

    /// Writes the rest and waits for all of it.
    func finish() async throws {
        if filled > 0 { try await handOver() }
        try await underway?.value
    }

    /// Waits for what is under way, after an error: nobody else may touch the download before.
    func abandon() async { _ = await underway?.result }

    private func handOver() async throws {
        try await underway?.value
        let (block, count, download) = (filling, filled, self.download)
        underway = Task {
            try await FileThreads.run {
                try download.append(UnsafeRawBufferPointer(rebasing: block.memory[..<count]))
            }
        }
        (filling, spare) = (spare, block)
        (filled, capacity) = (0, Self.blockSize)
    }
}
