import GlareModel
public import GlareSystem

/// Digests a content whose pieces arrive one after the other, whoever reads them.
///
/// Not safe for use by several threads at once: each piece follows the one before it.
public final class PieceDigester: @unchecked Sendable {
    private var hasher: ContentHasher
    private var dataSize: Int64 = 0

    public init(withMD5: Bool = false) { hasher = ContentHasher(withMD5: withMD5) }

    public func add(_ piece: Piece) {
        switch piece {
        case .data(let bytes):
            hasher.update(bytes)
            bytes.forEachNonZeroRun { dataSize += Int64($0.count) }
        case .hole(let count):
            hasher.updateZeros(count)
        }
    }

    /// What was added until now.
    public var summary: ContentSummary { ContentSummary(digests: hasher.finalize(), dataSize: dataSize) }
}
