/// Why a file was not taken for a disk image.
public enum DiskImageError: Error, Equatable, CustomStringConvertible {
    /// A file of 0 bytes.
    case empty(path: String)
    /// No signature of a disk image, a partition table or a filesystem was found.
    ///
    /// - Parameter looksLike: What the file seems to be, where that is a common mistake: `gzip data`.
    case notADiskImage(path: String, looksLike: String?)
    /// The file has the format's signature, but not a header that makes sense.
    ///
    /// - Parameter reason: What was expected, what was found and what to do.
    case malformed(path: String, format: DiskImageFormat, reason: String)

    public var description: String {
        switch self {
        case .empty(let path):
            return "\(path): expected a disk image, found an empty file; check that it was copied or downloaded whole"
        case .notADiskImage(let path, let looksLike):
            let advice = Lookalike.advice(for: looksLike)
            return "\(path): expected a disk image (\(Self.expected)), found \(looksLike ?? "unknown data"); \(advice)"
        case .malformed(let path, let format, let reason):
            return "\(path): not a valid \(format.rawValue) image: \(reason)"
        }
    }

    private static let expected =
        DiskImageFormat.allCases.filter { $0 != .raw }.map(\.rawValue).joined(separator: ", ")
        + ", or a raw disk with a partition table or a filesystem"
}
