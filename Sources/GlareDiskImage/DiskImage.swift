public import GlareSystem

/// What a file is, by its headers alone: which disk image format, and how large a disk.
///
/// A header's claims are reported, not proven; ``inspect(_:_:)`` looks at tables and at other files that are named.
public struct DiskImage: Sendable, Equatable {
    /// The container, or `raw` where there is none.
    public let format: DiskImageFormat
    /// Bytes of the disk that a VM sees. More than 0.
    public let virtualSize: Int64
    /// What was recognised, for people: `qcow2 version 3`, `raw disk with a GPT`, `ext4 filesystem`.
    public let summary: String

    /// Looks at a file's headers, reading at most 1.5 MiB of it, whatever its size. What it takes may still be
    /// what no host should open: that is ``inspect(_:_:)``'s to tell.
    ///
    /// Throws ``DiskImageError`` where the file is no disk image, and `SystemError` where it can't be read.
    public static func recognise(_ file: File) throws -> DiskImage {
        let source = try HeaderSource(file)
        guard source.size > 0 else { throw DiskImageError.empty(path: file.path) }
        for format in DiskImageFormat.inProbingOrder {
            do {
                guard let found = try format.recognise(source) else { continue }
                return DiskImage(format: format, virtualSize: found.virtualSize, summary: found.summary)
            } catch let problem as MalformedHeader {
                throw DiskImageError.malformed(path: file.path, format: format, reason: problem.reason)
            }
        }
        throw DiskImageError.notADiskImage(path: file.path, looksLike: try Lookalike.find(source)?.name)
    }
}
