/// The filesystem of optical disks. Source: ECMA-119, 4th edition, 9.1 and 9.4.
enum ISO9660 {
    private static let identifier: Signature = "CD001"
    private static let sectorSize = 2048
    /// Volume descriptors begin at sector 16, one a sector; the primary one is the first but for
    /// oddities, so more than a few need not be looked at.
    private static let descriptorSectors = 16..<32

    static func recognise(_ source: HeaderSource) throws -> Recognition? {
        guard try descriptor(descriptorSectors.lowerBound, source).has(identifier, at: 1) else { return nil }
        guard let primary = try primaryDescriptor(source) else {
            throw MalformedHeader(
                expected: "a primary volume descriptor", found: "only others", advice: "copy the file again")
        }
        let blockSize = try primary.littleEndian(128, as: UInt16.self)
        guard [512, 1024, 2048].contains(blockSize) else {
            throw MalformedHeader(expected: "blocks of 512, 1024 or 2048 bytes", found: "\(blockSize)")
        }
        // A hybrid image begins with a partition table, so that it can be copied to a USB stick too.
        let isHybrid = source.head.has(PartitionTable.bootSignature, at: PartitionTable.bootSignatureOffset)
        return try Recognition(
            isHybrid ? "ISO 9660 filesystem with an MBR" : "ISO 9660 filesystem",
            size: UInt64(primary.littleEndian(80, as: UInt32.self)), unit: UInt64(blockSize))
    }

    private static func primaryDescriptor(_ source: HeaderSource) throws -> HeaderBytes? {
        for sector in descriptorSectors {
            let descriptor = try descriptor(sector, source)
            guard descriptor.has(identifier, at: 1) else { return nil }
            switch try descriptor.byte(0) {
            case 1: return descriptor
            case 255: return nil  // The set's terminator.
            default: continue
            }
        }
        return nil
    }

    private static func descriptor(_ sector: Int, _ source: HeaderSource) throws -> HeaderBytes {
        try source.window(at: Int64(sector * sectorSize), count: sectorSize)
    }
}
