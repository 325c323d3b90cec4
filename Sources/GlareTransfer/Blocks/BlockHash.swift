internal import CXXHash
import GlareSystem

/// What finds a block again: XXH3 of its 4 KiB. Only a comparison of the bytes says that two are equal.
enum BlockHash {
    static let blockSize = holeGranularity
    /// Of a block of zeros, which is a hole and never looked for.
    static let zero: UInt64 = [UInt8](repeating: 0, count: blockSize).withUnsafeBytes { ofBlocks(in: $0)[0] }

    /// Of each block; a shorter last one as if zeros followed.
    static func ofBlocks(in bytes: UnsafeRawBufferPointer) -> [UInt64] {
        let whole = bytes.count / blockSize
        let count = (bytes.count + blockSize - 1) / blockSize
        return [UInt64](unsafeUninitializedCapacity: count) { hashes, initialized in
            if whole > 0 { cxxhash_blocks(bytes.baseAddress, blockSize, whole, hashes.baseAddress) }
            if count > whole {
                var last = [UInt8](bytes[(whole * blockSize)...])
                last += [UInt8](repeating: 0, count: blockSize - last.count)
                cxxhash_blocks(last, blockSize, 1, hashes.baseAddress?.advanced(by: whole))
            }
            initialized = count
        }
    }
}
