/// Partitions that end behind the end of the disk: of a raw disk that was cut off, or one that is to be grown.
enum PartitionBounds {
    static func warnings(_ source: HeaderSource, _ format: DiskImageFormat) throws -> [String] {
        guard format == .raw else { return [] }
        let end = try gptEnd(source) ?? mbrEnd(source.head)
        guard let end, end > UInt64(source.size) else { return [] }
        return [
            "a partition ends at byte \(end), and the disk at \(source.size): was it copied whole?"
        ]
    }

    /// The largest end of the partitions of a GPT, in bytes. Source: UEFI specification 2.10, 5.3.
    private static func gptEnd(_ source: HeaderSource) throws -> UInt64? {
        let signature: Signature = "EFI PART"
        guard let sector = [512, 4096].first(where: { source.head.has(signature, at: $0) }) else { return nil }
        let header = source.head
        let table = try header.littleEndian(sector + 72, as: UInt64.self)
        let count = try header.littleEndian(sector + 80, as: UInt32.self)
        let entrySize = try header.littleEndian(sector + 84, as: UInt32.self)
        guard (1...1024).contains(count), (128...1024).contains(entrySize),
            let place = Int64(exactly: table.multipliedReportingOverflow(by: UInt64(sector)).partialValue)
        else { return nil }
        let entries = try source.window(at: place, count: Int(count * entrySize))
        var end: UInt64?
        for offset in stride(from: 0, to: entries.count - Int(entrySize) + 1, by: Int(entrySize)) {
            guard entries.bytes.dropFirst(offset).prefix(16).contains(where: { $0 != 0 }) else { continue }
            let last = try entries.littleEndian(offset + 40, as: UInt64.self)
            let (bytes, overflow) = last.addingReportingOverflow(1).partialValue
                .multipliedReportingOverflow(by: UInt64(sector))
            end = max(end ?? 0, overflow ? .max : bytes)
        }
        return end
    }

    private static func mbrEnd(_ head: HeaderBytes) -> UInt64? {
        guard (try? PartitionTable.mbr(head)) != nil else { return nil }
        let ends = [446, 462, 478, 494].compactMap { offset -> UInt64? in
            guard let type = try? head.byte(offset + 4), type != 0, type != 0xee,
                let first = try? head.littleEndian(offset + 8, as: UInt32.self),
                let count = try? head.littleEndian(offset + 12, as: UInt32.self)
            else { return nil }
            return (UInt64(first) + UInt64(count)) * 512
        }
        return ends.max()
    }
}
