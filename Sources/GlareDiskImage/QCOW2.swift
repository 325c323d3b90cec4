/// QEMU's copy-on-write format. Source: QEMU, `docs/interop/qcow2.txt`, "Header". All big-endian.
enum QCOW2 {
    private static let magic: Signature = [0x51, 0x46, 0x49, 0xfb]  // "QFI\xfb"
    /// Version 1 has the same magic but is another format, which is refused by name.
    private static let predecessor: UInt32 = 1

    static func recognise(_ source: HeaderSource) throws -> Recognition? {
        let header = source.head
        guard header.has(magic) else { return nil }
        let version = try header.bigEndian(4, as: UInt32.self)
        if version == predecessor { return nil }
        guard let length = headerLength(version) else {
            throw MalformedHeader(
                expected: "qcow2 version 2 or 3", found: "version \(version)",
                advice: "convert it with the program that made it")
        }
        try header.requireLength(length)
        return try Recognition("qcow2 version \(version)", size: header.bigEndian(24, as: UInt64.self))
    }

    private static func headerLength(_ version: UInt32) -> Int? {
        switch version {
        case 2: 72
        case 3: 104
        default: nil
        }
    }
}
