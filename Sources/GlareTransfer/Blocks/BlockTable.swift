public import GlareSystem
import Synchronization

/// Where the blocks of a version are, by their hashes: a file of sorted hashes and, beside each, the number
/// of the block. It is kept on disk, so that no image is too large for it, and can be made anew.
///
/// `GLAREBLK`, a version, the number of entries; then all hashes, 8 bytes each; then all block numbers, 4
/// bytes each. In the machine's own byte order: it never leaves the machine.
public final class BlockTable: Sendable {
    static let magic = Array("GLAREBLK".utf8)
    static let version: UInt64 = 1
    static let headerSize = 24
    /// Block numbers are 32 bits: images of up to 16 TiB.
    public static let largestImage = Int64(UInt32.max) * Int64(BlockHash.blockSize)

    /// Bytes of a block.
    public static let blockSize = Int64(BlockHash.blockSize)

    /// Blocks that are not all zero.
    public let count: Int
    private let file: MappedFile
    private let lookups = Atomic(0)
    /// So many lookups touch at most as many pages: 64 MiB, then they are given back.
    private static let lookupsPerRelease = 1 << 14

    /// Nil for a file that is no table, or a part of one: it is made anew.
    public init?(_ file: File) throws {
        let size = Int(clamping: try file.status().size)
        guard size >= Self.headerSize else { return nil }
        let mapped = try MappedFile(file, size: size)
        let header = mapped.bytes
        let count = Int(clamping: header.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
        guard header.prefix(8).elementsEqual(Self.magic),
            header.loadUnaligned(fromByteOffset: 8, as: UInt64.self) == Self.version,
            count <= size / 12, size == Self.headerSize + 12 * count
        else { return nil }
        self.file = mapped
        self.count = count
    }

    private func hash(at index: Int) -> UInt64 {
        file.bytes.loadUnaligned(fromByteOffset: Self.headerSize + 8 * index, as: UInt64.self)
    }

    private func block(at index: Int) -> Int64 {
        Int64(file.bytes.loadUnaligned(fromByteOffset: Self.headerSize + 8 * count + 4 * index, as: UInt32.self))
    }

    /// The lowest number of a block with this hash.
    func firstBlock(of hash: UInt64) -> Int64? {
        if lookups.wrappingAdd(1, ordering: .relaxed).newValue % Self.lookupsPerRelease == 0 { file.release() }
        let index = lowerBound(hash)
        return index < count && self.hash(at: index) == hash ? block(at: index) : nil
    }

    /// Index of the first hash that is not less. Hashes are evenly spread, so a guess is near.
    private func lowerBound(_ hash: UInt64) -> Int {
        guard count > 0 else { return 0 }
        let guess = Int(hash.multipliedFullWidth(by: UInt64(count)).high)
        var step = 64
        var (low, high) = (guess, guess)
        while low > 0 && self.hash(at: low - 1) >= hash {
            low = max(0, low - step)
            step *= 4
        }
        step = 64
        while high < count && self.hash(at: high) < hash {
            high = min(count, high + step)
            step *= 4
        }
        while low < high {
            let middle = (low + high) / 2
            if self.hash(at: middle) < hash { low = middle + 1 } else { high = middle }
        }
        return low
    }

    // MARK: How alike two are

    /// Blocks of this version that the other has not: from the hashes alone.
    public func missing(from other: BlockTable) -> Int {
        var (mine, theirs, missing) = (0, 0, 0)
        while mine < count {
            let hash = self.hash(at: mine)
            while theirs < other.count && other.hash(at: theirs) < hash { theirs += 1 }
            if theirs == other.count || other.hash(at: theirs) != hash { missing += 1 }
            mine += 1
        }
        file.release()
        other.file.release()
        return missing
    }

    /// The lowest hashes stand for all of them (bottom-k sketch: Broder, "On the resemblance and
    /// containment of documents", 1997).
    private var sketch: [UInt64] {
        var hashes: [UInt64] = []
        var index = 0
        while index < count && hashes.count < 1024 {
            let hash = self.hash(at: index)
            if hash != hashes.last { hashes.append(hash) }
            index += 1
        }
        return hashes
    }

    /// About how much of this version's content the other has too, from 0 to 1; reads some pages of each.
    public func share(in other: BlockTable) -> Double {
        guard count > 0, other.count > 0 else { return 0 }
        let (mine, theirs) = (sketch, Set(other.sketch))
        // Of both together, as far as both sketches reach.
        let union = Set(mine).union(theirs).sorted().prefix(1024)
        let common = union.count { hash in theirs.contains(hash) && self.contains(hash) }
        let resemblance = Double(common) / Double(union.count)
        let shared = resemblance / (1 + resemblance) * Double(count + other.count)
        return min(1, shared / Double(count))
    }

    private func contains(_ hash: UInt64) -> Bool {
        let index = lowerBound(hash)
        return index < count && self.hash(at: index) == hash
    }
}
