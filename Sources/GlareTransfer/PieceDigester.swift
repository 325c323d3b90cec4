import GlareModel
public import GlareSystem

/// Digests a content whose pieces arrive one after the other, whoever reads them.
///
/// Not safe for use by several threads at once: each piece follows the one before it.
public final class PieceDigester: @unchecked Sendable {
    private var hasher: ContentHasher
    private var dataSize: Int64 = 0

    private let measuresData: Bool
    private let activity: Activity?

    /// - Parameters:
    ///   - measuresData: Whether ``summary`` is to tell what of the content is not zero; else it counts
    ///     all that was not a hole.
    ///   - activity: Advanced by each piece.
    public init(withMD5: Bool = false, measuresData: Bool = true, activity: Activity? = nil) {
        hasher = ContentHasher(withMD5: withMD5)
        self.measuresData = measuresData
        self.activity = activity
    }

    public func add(_ piece: Piece) {
        switch piece {
        case .data(let bytes):
            hasher.update(bytes)
            activity?.advance(by: Int64(bytes.count))
            guard measuresData else {
                dataSize += Int64(bytes.count)
                return
            }
            bytes.forEachNonZeroRun { dataSize += Int64($0.count) }
        case .hole(let count):
            // In parts, so that whoever watches sees it move: SHA-256 takes its time over zeros too.
            for start in stride(from: 0, to: count, by: 64 << 20) {
                let part = min(count - start, 64 << 20)
                hasher.updateZeros(part)
                activity?.advance(by: part)
            }
        }
    }

    /// What was added until now.
    public var summary: ContentSummary { ContentSummary(digests: hasher.finalize(), dataSize: dataSize) }
}
