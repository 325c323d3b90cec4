import NIOCore

/// Bytes on their way from the network to the disk. Filled by one task, then read by others, never both
/// at once.
final class Block: @unchecked Sendable {
    /// 1 MiB, a multiple of every filesystem's block.
    static let size = 1 << 20

    private let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 4096)
    private var count = 0

    deinit { memory.deallocate() }

    var filled: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[..<count]) }

    /// Takes bytes up to `capacity` in all; answers how many it took.
    func add(_ bytes: UnsafeRawBufferPointer, capacity: Int) -> Int {
        let taken = min(bytes.count, capacity - count)
        UnsafeMutableRawBufferPointer(rebasing: memory[count..<count + taken])
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<taken]))
        count += taken
        return taken
    }

    func clear() { count = 0 }
}

/// Writes and digests a download behind the network's back: while one block is on its way to the disk,
/// the next is filled.
final class WriteBehind {
    private let download: Download
    private var filling = Block()
    private var spare = Block()
    /// Where the block that is being filled ends: at a multiple of its size in the file, so that blocks of
    /// zeros in the image are blocks of zeros here, wherever the download was resumed.
    private var capacity: Int
    private var underway: Task<Void, any Error>?
    private var lastHandOver = ContinuousClock.now
    /// What comes slowly is handed over in parts, so that an interruption loses a second and not a block.
    private static let longestDelay = Duration.seconds(1)

    init(_ download: Download) {
        self.download = download
        capacity = Self.capacity(at: download.received)
    }

    private static func capacity(at position: Int64) -> Int { Block.size - Int(position % Int64(Block.size)) }

    func write(_ buffer: ByteBuffer) async throws {
        var offset = 0
        while offset < buffer.readableBytes {
            offset += buffer.withUnsafeReadableBytes { bytes in
                filling.add(UnsafeRawBufferPointer(rebasing: bytes[offset...]), capacity: capacity)
            }
            if filling.filled.count == capacity { try await handOver() }
        }
        if !filling.filled.isEmpty, ContinuousClock.now - lastHandOver > Self.longestDelay { try await handOver() }
    }

    /// Writes the rest and waits for all of it.
    func finish() async throws {
        if !filling.filled.isEmpty { try await handOver() }
        try await underway?.value
    }

    /// Waits for what is under way, after an error: nobody else may touch the download before.
    func abandon() async { _ = await underway?.result }

    private func handOver() async throws {
        try await underway?.value
        let (block, download) = (filling, download)
        // What is before it is written: the wait above was for that.
        capacity = Self.capacity(at: download.received + Int64(block.filled.count))
        lastHandOver = .now
        underway = Task { try await download.append(block) }
        (filling, spare) = (spare, block)
        filling.clear()
    }
}
