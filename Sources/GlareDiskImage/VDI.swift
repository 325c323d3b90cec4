/// VirtualBox's format. Source: VirtualBox, `src/VBox/Storage/VDICore.h`, `VDIPREHEADER` and
/// `VDIHEADER1`. All little-endian.
enum VDI {
    private static let magic: Signature = [0x7f, 0x10, 0xda, 0xbe]
    private static let headerLength = 0x178

    static func recognise(_ source: HeaderSource) throws -> Recognition? {
        let header = source.head
        guard header.has(magic, at: 0x40) else { return nil }
        try header.requireLength(headerLength)
        let minor = try header.littleEndian(0x44, as: UInt16.self)
        let major = try header.littleEndian(0x46, as: UInt16.self)
        guard (major, minor) == (1, 1) else {
            throw MalformedHeader(expected: "VDI version 1.1", found: "version \(major).\(minor)")
        }
        return try Recognition("VDI version 1.1", size: header.littleEndian(0x170, as: UInt64.self))
    }
}
