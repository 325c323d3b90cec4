import GlareModel
public import GlareSystem
import Synchronization

/// Makes a ``BlockTable`` of hashes that come in the order of their blocks: sorted in parts that fit into
/// memory, which are then merged.
public final class BlockTableBuilder: Sendable {
    /// 1 Mi entries, 16 MiB: the blocks of 4 GiB of data.
    private static let partSize = 1 << 20

    struct Entry: Comparable {
        let hash: UInt64
        let block: UInt32

        static func < (left: Entry, right: Entry) -> Bool { (left.hash, left.block) < (right.hash, right.block) }
    }

    private struct State: @unchecked Sendable {
        var part: [Entry] = []
        /// In the file of parts: where each begins, and how many entries it has.
        var parts: [(offset: Int64, count: Int)] = []
        var spill: File?
        var count = 0
    }

    private let state = Mutex(State())
    private let makeSpill: @Sendable () throws -> File
    private let partSize: Int

    /// - Parameter spill: Makes an empty file for what does not fit into memory, which nobody needs after.
    public init(partSize: Int? = nil, spill: @escaping @Sendable () throws -> File) {
        makeSpill = spill
        self.partSize = partSize ?? Self.partSize
    }

    func add(_ hashes: [UInt64], firstBlock: Int64) throws {
        try state.withLock { state in
            for (index, hash) in hashes.enumerated() where hash != BlockHash.zero {
                state.part.append(Entry(hash: hash, block: UInt32(firstBlock + Int64(index))))
            }
            if state.part.count >= partSize { try spillPart(&state) }
        }
    }

    /// Reads a whole source.
    ///
    /// - Parameter activity: Told how far it is.
    public func add(_ source: any BlockSource, activity: Activity? = nil) throws {
        let buffer = BlockBuffer(capacity: Manifest.frameSize)
        var end: Int64 = 0
        try FrameReader(source).forEach(
            buffer: { buffer },
            frame: { buffer, offset in
                try add(BlockHash.ofBlocks(in: buffer.bytes), firstBlock: offset / Int64(BlockHash.blockSize))
                activity?.advance(by: offset + Int64(buffer.count) - end)
                end = offset + Int64(buffer.count)
            })
    }

    private func spillPart(_ state: inout State) throws {
        let file = try state.spill ?? makeSpill()
        state.spill = file
        state.part.sort()
        let end = state.parts.last.map { $0.offset + Int64($0.count * MemoryLayout<Entry>.stride) } ?? 0
        try state.part.withUnsafeBytes { try file.write($0, at: end) }
        state.parts.append((end, state.part.count))
        state.count += state.part.count
        state.part.removeAll(keepingCapacity: true)
    }

    /// Writes the table into an empty file.
    public func write(to file: File) throws {
        try state.withLock { state in
            if !state.parts.isEmpty, !state.part.isEmpty { try spillPart(&state) }
            state.part.sort()
            let count = state.parts.isEmpty ? state.part.count : state.count
            var header = BlockTable.magic
            for field in [BlockTable.version, UInt64(count)] {
                withUnsafeBytes(of: field) { header.append(contentsOf: $0) }
            }
            try file.write(header)
            let hashes = BufferedWriter(file, at: Int64(BlockTable.headerSize))
            let blocks = BufferedWriter(file, at: Int64(BlockTable.headerSize + 8 * count))
            try forEachSorted(state) { entry in
                try hashes.append(entry.hash)
                try blocks.append(entry.block)
            }
            try hashes.flush()
            try blocks.flush()
        }
    }

    private func forEachSorted(_ state: State, _ body: (Entry) throws -> Void) throws {
        guard let spill = state.spill else { return try state.part.forEach(body) }
        // Few parts: one for 4 GiB of data. The least of their heads is found by looking at each.
        var parts = try state.parts.map { try PartReader(spill, offset: $0.offset, count: $0.count) }
        while let least = parts.indices.min(by: { parts[$0].head < parts[$1].head }) {
            try body(parts[least].head)
            if try !parts[least].advance() { parts.remove(at: least) }
        }
    }
}

/// Entries of one sorted part, read some thousands at a time.
private struct PartReader {
    private let file: File
    private var offset: Int64
    private var left: Int
    private var buffer: ArraySlice<BlockTableBuilder.Entry> = []
    private(set) var head = BlockTableBuilder.Entry(hash: 0, block: 0)
    private static let step = 4096

    /// - Parameter count: At least 1.
    init(_ file: File, offset: Int64, count: Int) throws {
        (self.file, self.offset, left) = (file, offset, count)
        _ = try advance()
    }

    /// Takes the next entry as the head; false where there is none.
    mutating func advance() throws -> Bool {
        if buffer.isEmpty {
            guard left > 0 else { return false }
            let count = min(left, Self.step)
            let entries = try [BlockTableBuilder.Entry](unsafeUninitializedCapacity: count) { target, initialized in
                let bytes = UnsafeMutableRawBufferPointer(target)
                let wanted = count * MemoryLayout<BlockTableBuilder.Entry>.stride
                try file.fill(.init(rebasing: bytes[..<wanted]), from: offset)
                initialized = count
            }
            buffer = entries[...]
            offset += Int64(count * MemoryLayout<BlockTableBuilder.Entry>.stride)
            left -= count
        }
        head = buffer.removeFirst()
        return true
    }
}

/// Writes small values behind each other, some thousands at a time.
private final class BufferedWriter {
    private let file: File
    private var offset: Int64
    private var buffer: [UInt8] = []
    private static let step = 1 << 16

    init(_ file: File, at offset: Int64) { (self.file, self.offset) = (file, offset) }

    func append(_ value: some FixedWidthInteger) throws {
        withUnsafeBytes(of: value) { buffer.append(contentsOf: $0) }
        if buffer.count >= Self.step { try flush() }
    }

    func flush() throws {
        try file.write(buffer, at: offset)
        offset += Int64(buffer.count)
        buffer.removeAll(keepingCapacity: true)
    }
}
