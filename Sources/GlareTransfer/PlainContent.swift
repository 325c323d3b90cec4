public import GlareModel
public import GlareSystem

/// What one read of a file tells of its content.
public struct ContentSummary: Sendable {
    public let digests: ContentDigests
    /// Bytes in blocks of 4 KiB that are not all zero.
    public let dataSize: Int64
}

/// A whole file as it is: the way that every host understands.
public enum PlainContent {
    /// Reads a file once and digests it; holes are digested without being read.
    ///
    /// - Parameter activity: Advanced by each piece that is digested.
    public static func read(
        _ file: File, length: Int64, withMD5: Bool = false, activity: Activity? = nil
    ) throws -> ContentSummary {
        let digester = PieceDigester(withMD5: withMD5, activity: activity)
        try SparseReader(file, length: length).forEachPiece { digester.add($0) }
        return digester.summary
    }

    /// Fills the empty file `target` with `source`, by reflink or sparsely, and digests it in the same pass.
    ///
    /// - Parameters:
    ///   - activity: Advanced by each piece that is digested.
    ///   - willCopy: Called where blocks can't be shared, before the first is written.
    public static func copy(
        _ source: File, to target: File, length: Int64, withMD5: Bool = false, activity: Activity? = nil,
        willCopy: () throws -> Void
    ) throws -> ContentSummary {
        let digester = PieceDigester(withMD5: withMD5, activity: activity)
        try target.fill(from: source, length: length, willCopy: willCopy) { digester.add($0) }
        return digester.summary
    }
}
