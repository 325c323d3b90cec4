import GlareModel
import GlareTransfer
import NIOCore

/// Brings the frames that an image lacks, over several connections.
struct FrameFetch: Sendable {
    let read: RangedRead
    /// Of the file that has the frames, relative to the repository.
    let path: String
    let target: TargetImage
    let queue: FrameQueue
    let connections: Int

    init(_ target: TargetImage, path: String, connections: Int, read: RangedRead) {
        self.read = read
        self.path = path
        self.target = target
        self.connections = connections
        queue = FrameQueue(target)
    }

    func run() async throws {
        let missing = target.missing
        guard !missing.isEmpty else { return }
        do {
            try await fetch(FrameRequest.cover(missing, of: target.manifest, connections: connections))
        } catch SyncError.noRanges {
            try await fetch([.whole(target.missing, of: target.manifest)])
        }
    }

    private func fetch(_ requests: [FrameRequest]) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            var waiting = requests[...]
            func startNext() {
                guard let request = waiting.popFirst() else { return }
                group.addTask { try await fetch(request) }
            }
            for _ in 0..<connections { startNext() }
            while try await group.next() != nil { startNext() }
        }
    }

    private func fetch(_ request: FrameRequest) async throws {
        let isWhole = request.range == 0..<target.manifest.storedSize
        var collector: FrameCollector?
        try await read.run(path, size: target.manifest.storedSize, upTo: request.range.upperBound) {
            let missing = request.frames.filter { !target.isDone($0) }
            guard let first = missing.first else { return nil }
            let start = isWhole ? 0 : target.manifest.frames[first].storedOffset
            collector = FrameCollector(missing, from: start, of: target.manifest, queue)
            return start
        } take: { bytes, address in
            try await collector?.add(bytes, from: address)
        } settle: {
            try await collector?.settle()
        }
    }
}

/// Puts frames together from what comes of one request; each is expanded, verified and written while the
/// next ones come.
private final class FrameCollector {
    private let manifest: Manifest
    private let queue: FrameQueue
    /// Indexes of those that are still to come.
    private var frames: ArraySlice<Int>
    /// In the file that holds the frames, in bytes.
    private var position: Int64
    private var filling = ByteBuffer()
    private var spare: [ByteBuffer] = []
    private var underway: [Task<ByteBuffer, any Error>] = []
    /// Frames on their way to the disk, for each connection: one is written while another is expanded.
    private static let most = 2

    init(_ frames: [Int], from position: Int64, of manifest: Manifest, _ queue: FrameQueue) {
        self.frames = frames[...]
        self.position = position
        self.manifest = manifest
        self.queue = queue
    }

    func add(_ bytes: ByteBuffer, from address: String) async throws {
        var bytes = bytes
        while bytes.readableBytes > 0, let index = frames.first {
            let frame = manifest.frames[index]
            let gap = min(Int64(bytes.readableBytes), frame.storedOffset - position)
            if gap > 0 {
                bytes.moveReaderIndex(forwardBy: Int(gap))
                position += gap
                continue
            }
            let wanted = min(bytes.readableBytes, frame.storedSize - filling.readableBytes)
            if filling.capacity < frame.storedSize { filling.reserveCapacity(frame.storedSize) }
            guard var part = bytes.readSlice(length: wanted) else { return }
            filling.writeBuffer(&part)
            position += Int64(wanted)
            if filling.readableBytes == frame.storedSize {
                frames.removeFirst()
                try await handOver(index, from: address)
            }
        }
        position += Int64(bytes.readableBytes)
    }

    private func handOver(_ index: Int, from address: String) async throws {
        let (frame, queue) = (filling, queue)
        underway.append(
            Task {
                do {
                    try await queue.store(frame, as: index, from: address)
                } catch let error as WrongFrame {
                    throw SyncError.wrongContent(
                        address: address,
                        expected: "the published frame of the \(error.size) bytes at \(error.offset)",
                        found: "another SHA-256")
                }
                return frame
            })
        if underway.count > Self.most { spare.append(try await underway.removeFirst().value) }
        filling = spare.popLast() ?? ByteBuffer()
        filling.clear()
    }

    /// Waits for all that is on its way.
    func settle() async throws {
        let tasks = underway
        underway = []
        // All of them, also behind one that failed: nobody else may write while they do.
        for task in tasks { _ = await task.result }
        for task in tasks { _ = try await task.value }
    }
}
