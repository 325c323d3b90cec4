/// VMware's format, as one sparse extent. Source: VMware, "Virtual Disk Format 5.0", "Hosted Sparse
/// Extent Header" and "Stream-Optimized Compressed Sparse Extents". All little-endian.
enum VMDK {
    private static let magic: Signature = "KDMV"
    private static let descriptor: Signature = "# Disk DescriptorFile"
    private static let headerLength = 512
    private static let sectorSize: UInt64 = 512
    private static let knownVersions: ClosedRange<UInt32> = 1...3

    static func recognise(_ source: HeaderSource) throws -> Recognition? {
        if source.head.has(descriptor) { throw descriptorAlone }
        guard source.head.has(magic) else { return nil }
        let header = try currentHeader(source)
        try header.requireLength(headerLength)
        let version = try header.littleEndian(4, as: UInt32.self)
        guard knownVersions.contains(version) else {
            throw MalformedHeader(expected: "VMDK version 1, 2 or 3", found: "version \(version)")
        }
        let isCompressed = try header.littleEndian(77, as: UInt16.self) != 0
        return try Recognition(
            isCompressed ? "stream-optimized VMDK version \(version)" : "sparse VMDK version \(version)",
            size: header.littleEndian(12, as: UInt64.self), unit: sectorSize)
    }

    /// A writer that could not seek leaves what it did not know yet to a copy of the header in the
    /// last sector but one, and says so with a grain directory "at the end".
    static func currentHeader(_ source: HeaderSource) throws -> HeaderBytes {
        let grainDirectory = try source.head.littleEndian(56, as: UInt64.self)
        guard grainDirectory == .max else { return source.head }
        let footer = try source.window(at: source.size - 1024, count: headerLength)
        guard footer.has(magic) else {
            throw MalformedHeader(
                expected: "a VMDK footer 1024 bytes before the end", found: "something else",
                advice: "the file is probably cut off: copy it again")
        }
        return footer
    }

    private static var descriptorAlone: MalformedHeader {
        MalformedHeader(
            expected: "the file that holds the disk", found: "a text descriptor that only names it",
            advice: "give its -flat.vmdk file, or make one file of all with"
                + " 'qemu-img convert -O qcow2 NAME.vmdk NAME.qcow2'")
    }
}
