/// Sources: UEFI specification 2.10, 5.2 "LBA 0 Format" and 5.3 "GUID Partition Table Disk Layout".
enum PartitionTable {
    static let bootSignature: Signature = [0x55, 0xaa]
    static let bootSignatureOffset = 510

    private static let gptSignature: Signature = "EFI PART"
    private static let entryOffsets = [446, 462, 478, 494]
    /// A partition of this type covers a disk that has a GPT, for programs that don't know GPTs.
    private static let protectiveType: UInt8 = 0xee

    /// The GPT's header is in the second sector, and sectors have 512 or 4096 bytes.
    static func gpt(_ head: HeaderBytes) -> String? {
        if head.has(gptSignature, at: 512) { return "raw disk with a GPT" }
        if head.has(gptSignature, at: 4096) { return "raw disk with a GPT for sectors of 4096 bytes" }
        return nil
    }

    /// The two bytes of the signature alone are in every boot sector, so the entries must make sense
    /// too: each active or not and nothing else, and at least one in use.
    static func mbr(_ head: HeaderBytes) throws -> String? {
        guard head.has(bootSignature, at: bootSignatureOffset) else { return nil }
        let entries = try entryOffsets.map { try Entry(head, at: $0) }
        let used = entries.filter(\.isUsed)
        guard entries.allSatisfy(\.isPlausible), !used.isEmpty else { return nil }
        let isProtective = used.allSatisfy { $0.type == protectiveType }
        return isProtective ? "raw disk with a protective MBR but no GPT" : "raw disk with an MBR"
    }

    private struct Entry {
        let status: UInt8
        let type: UInt8
        let sectorCount: UInt32

        init(_ head: HeaderBytes, at offset: Int) throws {
            status = try head.byte(offset)
            type = try head.byte(offset + 4)
            sectorCount = try head.littleEndian(offset + 12, as: UInt32.self)
        }

        var isPlausible: Bool { status == 0x00 || status == 0x80 }
        var isUsed: Bool { type != 0 && sectorCount != 0 }
    }
}
