/// The containers whose marks a file has. Partition tables, filesystems and ISO 9660 may coexist: an ISO that is
/// also a disk is made on purpose. And a fixed VHD is a raw disk with a footer.
enum Containers {
    private static let marks: [(name: String, offset: Int, signature: Signature)] = [
        ("qcow2", 0, [0x51, 0x46, 0x49, 0xfb]), ("QED", 0, [0x51, 0x45, 0x44, 0x00]), ("VMDK", 0, "KDMV"),
        ("VHDX", 0, "vhdxfile"), ("VDI", 0x40, [0x7f, 0x10, 0xda, 0xbe]),
    ]

    static func found(in source: HeaderSource) throws -> [String] {
        var found = marks.filter { source.head.has($0.signature, at: $0.offset) }.map(\.name)
        let footer = try source.window(at: source.size - 512, count: 512)
        let cookie: Signature = "conectix"
        if source.head.has(cookie) || footer.has(cookie) { found.append("VHD") }
        if !found.isEmpty, source.head.has("CD001", at: 0x8001) { found.append("ISO 9660") }
        return found
    }
}
