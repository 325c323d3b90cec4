import GlareModel
import GlareSystem

/// Walks over the target and says of each block where it comes from: a block of the base, an earlier one
/// of the target, or nowhere. Hashes find candidates; bytes decide.
struct BlockMatcher {
    private let base: BlockWindow
    private let earlier: BlockWindow
    private let baseTable: BlockTable
    private let targetTable: BlockTable
    /// Of the run before: how far its base blocks are from those of the target.
    private var shift: Int64?

    init(base: any BlockSource, _ baseTable: BlockTable, target: any BlockSource, _ targetTable: BlockTable) {
        self.base = BlockWindow(base)
        self.earlier = BlockWindow(target)
        self.baseTable = baseTable
        self.targetTable = targetTable
    }

    /// - Parameters:
    ///   - frame: Blocks of the target, the last filled up with zeros.
    ///   - first: The number of the first.
    ///   - run: Given each run, in order, and the bytes of the new ones.
    mutating func match(
        _ frame: UnsafeRawBufferPointer, first: Int64,
        run: (DeltaMap.Run.Origin, UnsafeRawBufferPointer) throws -> Void
    ) throws {
        let size = BlockHash.blockSize
        let hashes = BlockHash.ofBlocks(in: frame)
        for (index, hash) in hashes.enumerated() {
            let block = UnsafeRawBufferPointer(rebasing: frame[index * size..<(index + 1) * size])
            try run(try origin(of: block, first + Int64(index), hash), block)
        }
    }

    private mutating func origin(
        of block: UnsafeRawBufferPointer, _ number: Int64, _ hash: UInt64
    ) throws -> DeltaMap.Run.Origin {
        guard hash != BlockHash.zero || !block.isZero else { return .hole }
        // The run before goes on, or nothing has moved: most blocks, and without a look at the table.
        for shift in [shift, 0] {
            guard let shift, try base.hasBlock(number + shift, block) else { continue }
            self.shift = shift
            return .base(number + shift)
        }
        if let found = baseTable.firstBlock(of: hash), try base.hasBlock(found, block) {
            shift = found - number
            return .base(found)
        }
        if let found = targetTable.firstBlock(of: hash), found < number, try earlier.hasBlock(found, block) {
            return .copy(found)
        }
        return .new
    }
}

/// The blocks of a source around those that were looked at last.
private final class BlockWindow {
    private let source: any BlockSource
    private let count: Int64
    /// Two of a megabyte: where a run goes on, and where everything would stand if nothing had moved.
    private var frames: [(number: Int64, buffer: BlockBuffer)] = []
    private static let blocksPerFrame = Int64(Manifest.frameSize / BlockHash.blockSize)

    init(_ source: any BlockSource) {
        self.source = source
        count = blocks(source.size)
    }

    /// Whether the source has these bytes as its block of this number.
    func hasBlock(_ number: Int64, _ block: UnsafeRawBufferPointer) throws -> Bool {
        guard number >= 0, number < count else { return false }
        let offset = Int(number % Self.blocksPerFrame) * BlockHash.blockSize
        let frame = try frame(number / Self.blocksPerFrame)
        return UnsafeRawBufferPointer(rebasing: frame.bytes[offset..<offset + block.count]).hasSameBytes(as: block)
    }

    private func frame(_ number: Int64) throws -> BlockBuffer {
        if let index = frames.firstIndex(where: { $0.number == number }) {
            if index > 0 { frames.swapAt(0, index) }
            return frames[0].buffer
        }
        let buffer = frames.count < 4 ? BlockBuffer(capacity: Manifest.frameSize) : frames.removeLast().buffer
        buffer.count = Manifest.frameSize
        try source.fill(buffer.memory, at: number * Int64(Manifest.frameSize))
        frames.insert((number, buffer), at: 0)
        return buffer
    }
}
