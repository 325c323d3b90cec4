/// The containers whose marks a file has, also those that are not supported: a raw disk must have none, whatever else
/// it begins with, for another program may go by the mark. Partition tables, filesystems and ISO 9660 may coexist: an
/// ISO that is also a disk is made on purpose. Source of marks: QEMU, the `_probe` functions in `block/`.
enum Containers {
    private static let marks: [(name: String, format: DiskImageFormat?, offset: Int, signature: Signature)] = [
        ("qcow2", .qcow2, 0, [0x51, 0x46, 0x49, 0xfb]), ("VMDK", .vmdk, 0, "KDMV"), ("VHDX", .vhdx, 0, "vhdxfile"),
        ("VDI", .vdi, 0x40, [0x7f, 0x10, 0xda, 0xbe]), ("QED", nil, 0, [0x51, 0x45, 0x44, 0x00]),
        ("an ESX extent", nil, 0, "COWD"), ("Parallels", nil, 0, "WithoutFreeSpace"),
        ("Parallels", nil, 0, "WithouFreSpacExt"), ("Bochs", nil, 0, "Bochs Virtual HD Image"),
        ("cloop", nil, 0, "#!/bin/sh\n#V2.0 Format\n"),
    ]

    /// What a file may be taken for, beside raw data.
    static func found(in source: HeaderSource) throws -> [(name: String, format: DiskImageFormat?)] {
        var found = marks.filter { source.head.has($0.signature, at: $0.offset) }.map { ($0.name, $0.format) }
        let footer = try source.window(at: source.size - 512, count: 512)
        let (cookie, trailer): (Signature, Signature) = ("conectix", "koly")
        if source.head.has(cookie) || footer.has(cookie) { found.append(("VHD", .vpc)) }
        if footer.has(trailer) { found.append(("an Apple disk image", nil)) }
        if isDescriptor(source.head) { found.append(("a VMDK's descriptor", nil)) }
        return found
    }

    /// As QEMU decides: a line `version=1` to 3 behind comments and empty lines.
    private static func isDescriptor(_ head: HeaderBytes) -> Bool {
        var rest = head.bytes.prefix(2048)
        while !rest.isEmpty {
            // One line at a time: the first one decides nearly always.
            let end = rest.firstIndex(of: 0x0A) ?? rest.endIndex
            let line = rest[..<end].last == 0x0D ? rest[..<end].dropLast() : rest[..<end]
            rest = rest[end...].dropFirst()
            if line.first == UInt8(ascii: "#") || line.allSatisfy({ $0 == 0x20 }) { continue }
            return ["version=1", "version=2", "version=3"].contains { line.elementsEqual($0.utf8) }
        }
        return false
    }
}
