/// Headers written by hand from the formats' specifications, so that a test can set any field.
enum Headers {
    static let mib: UInt64 = 1 << 20

    static func qcow2(version: UInt32 = 3, size: UInt64 = 64 * mib) -> SampleFile {
        SampleFile(size: 262_144).piece(at: 0, count: 112) {
            $0.put([0x51, 0x46, 0x49, 0xfb], at: 0)
            $0.putBig(version, at: 4)
            $0.putBig(UInt32(16), at: 20)
            $0.putBig(size, at: 24)
            $0.putBig(UInt32(104), at: 100)
        }
    }

    static func vmdk(version: UInt32 = 1, sectors: UInt64 = 2048) -> SampleFile {
        SampleFile(size: 65_536).piece(at: 0, count: 512) { fillVMDK(&$0, version, sectors, directory: 26) }
    }

    /// As a writer that can't seek leaves it: the header at the start does not know the size.
    static func streamedVMDK(sectors: UInt64 = 2048) -> SampleFile {
        SampleFile(size: 65_536)
            .piece(at: 0, count: 512) { fillVMDK(&$0, 3, 0, directory: .max) }
            .piece(at: 65_536 - 1024, count: 512) {
                fillVMDK(&$0, 3, sectors, directory: 26)
                $0.putLittle(UInt16(1), at: 77)
            }
    }

    private static func fillVMDK(_ bytes: inout [UInt8], _ version: UInt32, _ sectors: UInt64, directory: UInt64) {
        bytes.put("KDMV", at: 0)
        bytes.putLittle(version, at: 4)
        bytes.putLittle(sectors, at: 12)
        bytes.putLittle(directory, at: 56)
    }

    static func vdi(version: UInt32 = 0x0001_0001, size: UInt64 = 64 * mib) -> SampleFile {
        SampleFile(size: 2 << 20).piece(at: 0, count: 512) {
            $0.put("<<< QEMU VM Virtual Disk Image >>>\n", at: 0)
            $0.putLittle(UInt32(0xbeda_107f), at: 0x40)
            $0.putLittle(version, at: 0x44)
            $0.putLittle(size, at: 0x170)
        }
    }

    /// The footer is at the start and at the end, as a dynamic disk has it, or only at the end.
    static func vhd(kind: UInt32 = 3, size: UInt64 = 64 * mib, fileSize: Int64 = 65_536) -> SampleFile {
        func fill(_ bytes: inout [UInt8]) {
            bytes.put("conectix", at: 0)
            bytes.putBig(UInt32(0x0001_0000), at: 12)
            bytes.putBig(size, at: 48)
            bytes.putBig(kind, at: 60)
        }
        let file = SampleFile(size: fileSize).piece(at: fileSize - 512, count: 512, fill)
        return kind == 2 ? file : file.piece(at: 0, count: 512, fill)
    }

    static func vhdx(size: UInt64 = 64 * mib, metadata: UInt64 = 2 * mib, itemOffset: UInt32 = 65_536) -> SampleFile {
        let table = Int64(exactly: metadata).flatMap { $0 < 4 << 20 ? $0 : nil } ?? 2 << 20
        return SampleFile(size: 4 << 20)
            .piece(at: 0, count: 16) { $0.put("vhdxfile", at: 0) }
            .piece(at: 192 << 10, count: 80) {
                $0.put("regi", at: 0)
                $0.putLittle(UInt32(2), at: 8)
                $0.put(guid("8b7ca206-4790-4b9a-b8fe-575f050f886e"), at: 48)
                $0.putLittle(metadata, at: 64)
            }
            .piece(at: table, count: 96) {
                $0.put("metadata", at: 0)
                $0.putLittle(UInt16(2), at: 10)
                $0.put(guid("2fa54224-cd1b-4876-b211-5dbed83bf4b8"), at: 64)
                $0.putLittle(itemOffset, at: 80)
            }
            .piece(at: table + 65_536, count: 8) { $0.putLittle(size, at: 0) }
    }

    /// A GUID as it is stored: its first three fields little-endian.
    private static func guid(_ text: String) -> [UInt8] {
        let fields = text.split(separator: "-").map { field in
            stride(from: 0, to: field.count, by: 2).compactMap { UInt8(field.dropFirst($0).prefix(2), radix: 16) }
        }
        return fields[0].reversed() + fields[1].reversed() + fields[2].reversed() + fields[3] + fields[4]
    }

    static func iso(blocks: UInt32 = 200, blockSize: UInt16 = 2048) -> SampleFile {
        SampleFile(size: 409_600)
            .piece(at: 32_768, count: 256) {
                $0[0] = 1
                $0.put("CD001", at: 1)
                $0.putLittle(blocks, at: 80)
                $0.putBig(blocks, at: 84)
                $0.putLittle(blockSize, at: 128)
                $0.putBig(blockSize, at: 130)
            }
            .piece(at: 34_816, count: 8) {
                $0[0] = 255
                $0.put("CD001", at: 1)
            }
    }

    static func gpt(sectorSize: Int64 = 512) -> SampleFile {
        mbr(type: 0xee).piece(at: sectorSize, count: 92) { $0.put("EFI PART", at: 0) }
    }

    static func mbr(type: UInt8 = 0x83, status: UInt8 = 0x80, sectors: UInt32 = 2048) -> SampleFile {
        SampleFile(size: 2 << 20).piece(at: 0, count: 512) {
            $0[446] = status
            $0[450] = type
            $0.putLittle(UInt32(2048), at: 454)
            $0.putLittle(sectors, at: 458)
            $0.put([0x55, 0xaa], at: 510)
        }
    }

    /// - Parameter sectors: Goes to the field for 16 bits where it fits and `isFAT32` is not set.
    static func fat(sectors: UInt32, perCluster: UInt8, tableSectors: UInt32, isFAT32: Bool = false) -> SampleFile {
        SampleFile(size: Int64(sectors) * 512).piece(at: 0, count: 512) {
            $0.put([0xeb, 0x3c, 0x90], at: 0)
            $0.putLittle(UInt16(512), at: 11)
            $0[13] = perCluster
            $0.putLittle(UInt16(isFAT32 ? 32 : 1), at: 14)
            $0[16] = 2
            $0.putLittle(UInt16(isFAT32 ? 0 : 512), at: 17)
            let isShort = !isFAT32 && sectors < 65_536
            $0.putLittle(UInt16(isShort ? sectors : 0), at: 19)
            $0[21] = 0xf8
            $0.putLittle(UInt16(isFAT32 ? 0 : tableSectors), at: 22)
            $0.putLittle(isShort ? 0 : sectors, at: 32)
            if isFAT32 { $0.putLittle(tableSectors, at: 36) }
            // Boot code and messages go where an MBR has its entries.
            $0.put("Remove disks or other media. Press any key to restart", at: 440)
            $0.put([0x55, 0xaa], at: 510)
        }
    }

    static func ext(compatible: UInt32, incompatible: UInt32, readOnly: UInt32) -> SampleFile {
        SampleFile(size: 1 << 20).piece(at: 1024, count: 1024) {
            $0.putLittle(UInt32(2), at: 24)
            $0.put([0x53, 0xef], at: 56)
            $0.putLittle(UInt32(1), at: 76)
            $0.putLittle(compatible, at: 92)
            $0.putLittle(incompatible, at: 96)
            $0.putLittle(readOnly, at: 100)
        }
    }

    static func filesystem(_ signature: [UInt8], at offset: Int64) -> SampleFile {
        SampleFile(size: 1 << 20).piece(at: offset, count: signature.count) { $0 = signature }
    }
}
