import CGlareSystem

extension Directory {
    /// What the filesystem is called, where it is one that several machines may have mounted; else nil.
    ///
    /// By its number in `statfs`. Source: Linux, `include/uapi/linux/magic.h` and the filesystems' own headers.
    public func sharedFilesystem() throws -> String? {
        let kind = try systemCall("examine the filesystem of", path) { cglare_filesystem_kind(descriptor) }
        return Self.sharedFilesystems[kind]
    }

    private static let sharedFilesystems: [Int64: String] = [
        0x6969: "NFS", 0xFF53_4D42: "CIFS", 0xFE53_4D42: "SMB", 0x517B: "SMB", 0x00C3_6400: "Ceph",
        0x0116_1970: "GFS2", 0x7461_636F: "OCFS2", 0x0102_1997: "9p", 0x6A65_6A63: "virtiofs",
        0x0BD0_0BD0: "Lustre", 0x4750_4653: "GPFS", 0x5346_414F: "AFS", 0x7375_7245: "Coda", 0x4B41_4653: "AFS",
    ]
}
