/// A filesystem, or another thing that a disk without partitions holds, that a few bytes at a known
/// place suffice to recognise. Source of places and bytes: util-linux, `libblkid/src/superblocks`.
struct FilesystemSignature: Sendable {
    let offset: Int
    let signature: Signature
    let name: String

    init(_ offset: Int, _ signature: Signature, _ name: String) {
        self.offset = offset
        self.signature = signature
        self.name = name
    }

    var isInFirstSector: Bool { offset < 512 }

    /// The name of the first one that `head` has, of those that the filter lets through.
    static func name(_ head: HeaderBytes, where isWanted: (FilesystemSignature) -> Bool) -> String? {
        all.first { isWanted($0) && head.has($0.signature, at: $0.offset) }?.name
    }

    private static let all = inFirstSector + behind + lvm + swap

    private static let inFirstSector = [
        FilesystemSignature(0, "XFSB", "XFS filesystem"),
        FilesystemSignature(0, "hsqs", "squashfs filesystem"),
        FilesystemSignature(0, [0x4c, 0x55, 0x4b, 0x53, 0xba, 0xbe], "LUKS encrypted volume"),
        FilesystemSignature(3, "NTFS    ", "NTFS filesystem"),
        FilesystemSignature(3, "EXFAT   ", "exFAT filesystem"),
        FilesystemSignature(3, "-FVE-FS-", "BitLocker encrypted volume"),
        FilesystemSignature(3, [0x52, 0x65, 0x46, 0x53, 0, 0, 0, 0], "ReFS filesystem"),
        FilesystemSignature(32, "NXSB", "APFS container"),
    ]

    private static let behind = [
        FilesystemSignature(1024, [0x10, 0x20, 0xf5, 0xf2], "F2FS filesystem"),
        FilesystemSignature(1024, [0xe2, 0xe1, 0xf5, 0xe0], "EROFS filesystem"),
        FilesystemSignature(1024, [0x48, 0x2b, 0, 4], "HFS+ filesystem"),
        FilesystemSignature(1024, [0x48, 0x58, 0, 5], "HFSX filesystem"),
        FilesystemSignature(9564, [0x54, 0x19, 0x01, 0x00], "UFS1 filesystem"),
        FilesystemSignature(66_908, [0x19, 0x01, 0x54, 0x19], "UFS2 filesystem"),
        FilesystemSignature(32_768, "JFS1", "JFS filesystem"),
        FilesystemSignature(32_769, "BEA01", "UDF filesystem"),
        FilesystemSignature(65_600, "_BHRfS_M", "Btrfs filesystem"),
    ]

    /// The label may be in any of the first four sectors.
    private static let lvm = [0, 512, 1024, 1536].map { FilesystemSignature($0, "LABELONE", "LVM2 physical volume") }

    /// The signature ends the first page, of whatever size the machine's pages are.
    private static let swap = [4096, 8192, 16_384, 32_768, 65_536].map {
        FilesystemSignature($0 - 10, "SWAPSPACE2", "swap space")
    }
}
