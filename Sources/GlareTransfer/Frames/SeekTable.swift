import GlareModel

/// The table at the end of a file of frames, in the zstd project's seekable format, version 0.1.0: a frame
/// that other readers skip, and that tools for seekable files find their way by.
enum SeekTable {
    private static let skippableMagic: UInt32 = 0x184D_2A5E
    private static let seekableMagic: UInt32 = 0x8F92_EAB1

    static func bytes(of frames: [Manifest.Frame]) -> [UInt8] {
        var writer = BinaryWriter()
        writer.integer(skippableMagic)
        writer.integer(UInt32(frames.count * 8 + 9))
        for frame in frames {
            writer.integer(UInt32(frame.storedSize))
            writer.integer(UInt32(frame.size))
        }
        writer.integer(UInt32(frames.count))
        // No checksums: the manifest has digests.
        writer.integer(UInt8(0))
        writer.integer(seekableMagic)
        return writer.bytes
    }
}
