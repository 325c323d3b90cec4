import GlareTestSupport
import Testing

@testable import GlareSystem

@Suite("Which filesystems several machines may have mounted")
struct SharedFilesystemTests {
    private let mounts = """
        22 28 0:20 / /sys rw,nosuid shared:7 - sysfs sysfs rw
        28 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
        96 28 0:52 / /srv/a\\040b rw,relatime shared:52 master:3 - nfs4 server:/export rw
        97 28 8:17 / /srv/disk rw - fuseblk /dev/sdb1 rw
        98 28 0:53 / /srv/gluster rw - fuse.glusterfs server:/volume rw
        """

    @Test(arguments: [("28", "ext4"), ("96", "nfs4"), ("97", "fuseblk"), ("98", "fuse.glusterfs"), ("9", nil)])
    func theMountTellsTheType(_ number: String, _ type: String?) {
        #expect(
            MountTable.filesystemType(ofMount: "pos:\t0\nflags:\t02100000\nmnt_id:\t\(number)\nino:\t2\n", in: mounts)
                == type)
    }

    @Test func whatMayComeByTheNetworkIsShared() {
        for type in [
            "nfs", "nfs4", "cifs", "virtiofs", "9p", "ceph", "beegfs", "kafs", "fuse", "fuse.sshfs", "fuse.ceph-fuse",
        ] {
            #expect(MountTable.isShared(type), "\(type)")
        }
        for type in ["ext4", "xfs", "btrfs", "tmpfs", "overlay", "zfs", "fuseblk", "fusectl"] {
            #expect(!MountTable.isShared(type), "\(type)")
        }
    }
}
