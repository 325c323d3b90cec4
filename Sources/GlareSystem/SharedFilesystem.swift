import SystemPackage

extension Directory {
    /// The type of its filesystem, as it is mounted, where that is one that several machines may have mounted;
    /// else nil.
    ///
    /// - Throws: `SystemError`, also where `/proc` does not tell: then nobody knows that it is not shared.
    public func sharedFilesystem() throws -> String? {
        let mounts = try File.open("/proc/self/mountinfo").readAll(limit: 64 << 20)
        let own = try File.open("/proc/self/fdinfo/\(descriptor)").readAll(limit: 1 << 16)
        guard
            let type = MountTable.filesystemType(
                ofMount: String(decoding: own, as: UTF8.self), in: String(decoding: mounts, as: UTF8.self))
        else { throw SystemError("find the mount of", path, code: .noSuchFileOrDirectory) }
        return MountTable.isShared(type) ? type : nil
    }
}

/// What `/proc` tells of mounts. Source: Linux, `Documentation/filesystems/proc.rst`, 3.5 and 3.8.
enum MountTable {
    /// - Parameters:
    ///   - descriptor: `/proc/self/fdinfo/N` of an open file, which has the number of its mount.
    ///   - mounts: `/proc/self/mountinfo`.
    static func filesystemType(ofMount descriptor: String, in mounts: String) -> String? {
        guard let line = descriptor.split(separator: "\n").first(where: { $0.hasPrefix("mnt_id:") }),
            let number = line.split(whereSeparator: \.isWhitespace).last
        else { return nil }
        for mount in mounts.split(separator: "\n") {
            let fields = mount.split(separator: " ")
            // Before the dash are as many fields as there are kinds of propagation.
            guard fields.first == number, let dash = fields.dropFirst(6).firstIndex(of: "-"), dash + 1 < fields.count
            else { continue }
            return String(fields[dash + 1])
        }
        return nil
    }

    /// By FUSE there may be anything: GlusterFS, CephFS, MooseFS, sshfs. Only a disk's own filesystem says that it
    /// is one, `fuseblk`.
    static func isShared(_ type: String) -> Bool {
        shared.contains(type) || type == "fuse" || type.hasPrefix("fuse.")
    }

    private static let shared: Set<String> = [
        "nfs", "nfs4", "cifs", "smb3", "smbfs", "ceph", "gfs", "gfs2", "ocfs2", "9p", "virtiofs", "lustre", "gpfs",
        "afs", "kafs", "coda", "beegfs", "glusterfs", "orangefs", "pvfs2", "vboxsf", "prl_fs", "vmhgfs",
    ]
}
