import Dispatch
import Synchronization

/// Memory for blocks, page-aligned, that threads hand to each other: whoever has it may use it.
final class BlockBuffer: @unchecked Sendable {
    let memory: UnsafeMutableRawBufferPointer
    /// Bytes at the front that mean something.
    var count = 0

    init(capacity: Int) {
        memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, capacity), alignment: 4096)
    }

    deinit { memory.deallocate() }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[..<count]) }
}

/// As many buffers as there may be at a time: whoever asks for one more waits until one comes back.
final class BufferPool: Sendable {
    private let capacity: Int
    private let permits: DispatchSemaphore
    private let spare = Mutex<[BlockBuffer]>([])

    init(count: Int, capacity: Int) {
        self.capacity = capacity
        permits = .permits(count)
    }

    func take() -> BlockBuffer {
        permits.wait()
        let buffer = spare.withLock { $0.popLast() } ?? BlockBuffer(capacity: capacity)
        buffer.count = 0
        return buffer
    }

    func giveBack(_ buffer: BlockBuffer) {
        spare.withLock { $0.append(buffer) }
        permits.signal()
    }
}
