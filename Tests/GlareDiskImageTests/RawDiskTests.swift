import GlareDiskImage
import GlareSystem
import GlareTestSupport
import Testing

/// Raw disks: known by what is on them, and as large as the file.
@Suite struct RawDiskTests {
    let scratch: Scratch
    init() throws { scratch = try Scratch() }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let file: SampleFile

        init(_ summary: String, _ file: SampleFile) { (testDescription, self.file) = (summary, file) }

        init(_ summary: String, _ offset: Int64, _ text: String) {
            self.init(summary, Headers.filesystem(Array(text.utf8), at: offset))
        }

        init(_ summary: String, _ offset: Int64, _ bytes: [UInt8]) {
            self.init(summary, Headers.filesystem(bytes, at: offset))
        }
    }

    static let partitioned = [
        Case("raw disk with a GPT", Headers.gpt()),
        Case("raw disk with a GPT for sectors of 4096 bytes", Headers.gpt(sectorSize: 4096)),
        Case("raw disk with an MBR", Headers.mbr()),
        Case("raw disk with an MBR", Headers.mbr(status: 0)),
        Case("raw disk with a protective MBR but no GPT", Headers.mbr(type: 0xee, status: 0)),
    ]

    static let fileAllocationTables = [
        Case("FAT12 filesystem", Headers.fat(sectors: 2880, perCluster: 1, tableSectors: 9)),
        Case("FAT16 filesystem", Headers.fat(sectors: 65_535, perCluster: 4, tableSectors: 64)),
        Case("FAT16 filesystem", Headers.fat(sectors: 200_000, perCluster: 4, tableSectors: 200)),
        Case("FAT32 filesystem", Headers.fat(sectors: 200_000, perCluster: 1, tableSectors: 1600, isFAT32: true)),
    ]

    static let extended = [
        Case("ext2 filesystem", Headers.ext(compatible: 0x38, incompatible: 0x2, readOnly: 0x3)),
        Case("ext3 filesystem", Headers.ext(compatible: 0x3c, incompatible: 0x6, readOnly: 0x7)),
        Case("ext4 filesystem", Headers.ext(compatible: 0x3c, incompatible: 0x2c2, readOnly: 0x46b)),
    ]

    static let signatures = [
        Case("XFS filesystem", 0, "XFSB"),
        Case("squashfs filesystem", 0, "hsqs"),
        Case("LUKS encrypted volume", 0, [0x4c, 0x55, 0x4b, 0x53, 0xba, 0xbe]),
        Case("NTFS filesystem", 3, "NTFS    "),
        Case("exFAT filesystem", 3, "EXFAT   "),
        Case("BitLocker encrypted volume", 3, "-FVE-FS-"),
        Case("ReFS filesystem", 3, [0x52, 0x65, 0x46, 0x53, 0, 0, 0, 0]),
        Case("APFS container", 32, "NXSB"),
        Case("LVM2 physical volume", 512, "LABELONE"),
        Case("LVM2 physical volume", 1536, "LABELONE"),
        Case("F2FS filesystem", 1024, [0x10, 0x20, 0xf5, 0xf2]),
        Case("EROFS filesystem", 1024, [0xe2, 0xe1, 0xf5, 0xe0]),
        Case("HFS+ filesystem", 1024, [0x48, 0x2b, 0, 4]),
        Case("HFSX filesystem", 1024, [0x48, 0x58, 0, 5]),
        Case("swap space", 4086, "SWAPSPACE2"),
        Case("swap space", 65_526, "SWAPSPACE2"),
        Case("UFS1 filesystem", 9564, [0x54, 0x19, 0x01, 0x00]),
        Case("UFS2 filesystem", 66_908, [0x19, 0x01, 0x54, 0x19]),
        Case("JFS filesystem", 32_768, "JFS1"),
        Case("UDF filesystem", 32_769, "BEA01"),
        Case("Btrfs filesystem", 65_600, "_BHRfS_M"),
    ]

    @Test(arguments: partitioned + fileAllocationTables + extended + signatures)
    func isRecognised(_ sample: Case) throws {
        let image = try DiskImage.recognise(sample.file.write(in: scratch))
        #expect(image.format == .raw)
        #expect(image.virtualSize == sample.file.size)
        #expect(image.summary == sample.testDescription)
    }

    /// A boot sector's signature proves nothing without entries that make sense.
    @Test(arguments: [
        Case("type 0", Headers.mbr(type: 0)), Case("no sectors", Headers.mbr(sectors: 0)),
        Case("status 1", Headers.mbr(status: 0x01)), Case("status 0x7f", Headers.mbr(status: 0x7f)),
    ])
    func implausibleMBRIsNone(_ sample: Case) throws {
        let file = try sample.file.write(in: scratch)
        #expect(throws: DiskImageError.notADiskImage(path: file.path, looksLike: nil)) {
            try DiskImage.recognise(file)
        }
    }

    @Test func filesystemBehindAnMBRIsALeftover() throws {
        let file = try Headers.mbr().write(in: scratch)
        try file.write(Array("_BHRfS_M".utf8), at: 65_600)
        #expect(try DiskImage.recognise(file).summary == "raw disk with an MBR")
    }

    @Test func bootSectorOfNTFSIsNoMBR() throws {
        let file = try Headers.mbr().write(in: scratch)
        try file.write(Array("NTFS    ".utf8), at: 3)
        #expect(try DiskImage.recognise(file).summary == "NTFS filesystem")
    }
}
