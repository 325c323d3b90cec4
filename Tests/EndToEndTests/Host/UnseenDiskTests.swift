import Foundation
import GlareTestSupport
import Testing

/// What can't be looked at may be made on any version: then all of them stay, and the reason is told.
@Suite("A disk that can't be looked at", .enabled(if: Machine.has("qemu-img")))
struct UnseenDiskTests {
    private let host: HostFixture
    private let versions: [SyncFixture.Version]

    init() throws {
        host = try HostFixture()
        versions = try host.history(1...3)
    }

    /// The oldest, which nothing but a disk keeps.
    private var oldest: String { host.sync.path(versions[0].path) }

    private func prune(_ directories: String...) throws -> RunResult {
        try host.prune(
            "--keep-unused", "0", "--disk-dirs",
            (directories.isEmpty ? [host.disks] : directories).joined(separator: " "))
    }

    private func expectKept(because reason: String, _ result: RunResult) throws {
        #expect(result.status == 0 && result.stdout.contains(reason), "\(result.stdout)\(result.stderr)")
        #expect(try host.sync.archived().count == 3)
    }

    private func elsewhere(_ name: String) throws -> String {
        try host.sync.scratch.directory("elsewhere") + "/" + name
    }

    @Test func aLinkThatLeadsToNothing() throws {
        try FileManager.default.createSymbolicLink(
            atPath: host.disk("vm.qcow2"), withDestinationPath: "/nonexistent/vm.qcow2")
        try expectKept(because: "what uses it is not known: \(host.disk("vm.qcow2"))", prune())
    }

    @Test func aChainWhoseMiddleIsAway() throws {
        let middle = try elsewhere("middle.qcow2")
        try mustRun("qemu-img", ["create", "-q", "-f", "qcow2", "-F", "raw", "-b", oldest, middle])
        try host.overlay("vm.qcow2", on: middle, format: "qcow2")
        try FileManager.default.removeItem(atPath: middle)
        try expectKept(
            because: "\(host.disk("vm.qcow2")): is made on a file that can't be looked at: \(middle)", prune())
    }

    @Test func oneBehindALinkToADirectory() throws {
        try mustRun("qemu-img", ["create", "-q", "-f", "qcow2", "-F", "raw", "-b", oldest, elsewhere("vm.qcow2")])
        try FileManager.default.createSymbolicLink(atPath: host.disk("pool"), withDestinationPath: "../elsewhere")
        // And one that goes in a circle.
        try FileManager.default.createSymbolicLink(atPath: host.disk("self"), withDestinationPath: ".")
        try expectKept(because: "\(host.disk("pool"))/vm.qcow2 is made on it", prune())
    }

    @Test func aNameThatIsNoText() throws {
        try mustRun("sh", ["-c", "cp \"$0\" \"$1/$(printf 'vm\\351.qcow2')\"", host.sync.path("disk"), host.disks])
        try expectKept(because: "its name is not UTF-8", prune())
    }

    @Test(arguments: ["qcow", "qed"]) func olderFormats(_ format: String) throws {
        try mustRun("qemu-img", ["create", "-q", "-f", format, "-F", "raw", "-b", oldest, host.disk("vm")])
        try expectKept(because: "\(host.disk("vm")) is made on it", prune())
    }

    @Test func aBackingFileThatIsNotAPath() throws {
        try host.overlay("vm.qcow2", on: "blkdebug::\(oldest)")
        try expectKept(because: "names its backing file in a way that is not known here", prune())
        try FileManager.default.removeItem(atPath: host.disk("vm.qcow2"))
        try Data("# Disk DescriptorFile\nversion=1\n".utf8).write(to: URL(fileURLWithPath: host.disk("vm.vmdk")))
        try expectKept(because: "is a VMDK that has its data in other files", prune())
    }

    @Test func anEmptyDirectoryBelowMayBeOneThatIsNotMounted() throws {
        try host.overlay("vm.qcow2", on: host.sync.path(versions[2].path))
        _ = try host.sync.scratch.directory("disks/mount")
        try expectKept(because: "goes in 30 days, as nothing is in \(host.disk("mount"))", prune())
    }

    /// Of a cache or a repository that is below as well. Where a symlink leads from there, nobody knows.
    @Test func glaresOwnDirectoriesOfOthersAreNone() throws {
        try host.overlay("vm.qcow2", on: host.sync.path(versions[2].path))
        _ = try host.sync.scratch.directory("disks/other/.glare/partial")
        _ = try host.sync.scratch.directory("elsewhere")
        try FileManager.default.createSymbolicLink(
            atPath: host.disk("other/.glare/mount"), withDestinationPath: "../../../elsewhere")
        try expectKept(because: "goes in 30 days, as nothing is in \(host.disk("other/.glare/mount"))", prune())
        try FileManager.default.removeItem(atPath: host.disk("other/.glare/mount"))
        #expect(try prune().stdout.contains("1 version removed"))
    }

    /// Of the sync's own user, and empty as long as nothing comes.
    @Test func theDirectoryForDownloadsIsNone() throws {
        try Data(count: 4096).write(to: URL(fileURLWithPath: host.disk("vm.raw")))
        try host.sync.mustSync(host.sync.fileServer, "-d", host.disks)
        try #require(
            try FileManager.default.contentsOfDirectory(atPath: host.disks).contains { $0.hasPrefix("glare-") })
        #expect(try prune().stdout.contains("1 version removed"))
    }

    @Test func whatIsLeftOutOfTheDirectoriesIsNone() throws {
        try Data([0x51, 0x46, 0x49, 0xFB, 0, 0, 0, 3, 0, 0]).write(to: URL(fileURLWithPath: host.disk("guest.raw")))
        _ = try host.sync.scratch.directory("disks/isos/lost+found/deep")
        chmod(host.disk("isos/lost+found"), 0o000)
        defer { chmod(host.disk("isos/lost+found"), 0o755) }
        try expectKept(because: "\(host.disk("guest.raw"))", prune())
        let left = try prune(host.disks, "!*/guest.*")
        #expect(left.stdout.contains("1 version removed"), "\(left.stdout)\(left.stderr)")
    }

    /// Opening one of these may do something, or wait for ever.
    @Test(.enabled(if: Machine.isRoot)) func whatIsNoFileIsNotOpened() throws {
        try mustRun("mkfifo", [host.disk("fifo")])
        try mustRun("mknod", [host.disk("tty"), "c", "5", "2"])
        try mustRun(
            "qemu-img",
            ["create", "-q", "-u", "-f", "qcow2", "-F", "raw", "-b", host.disk("tty"), host.disk("vm.qcow2"), "1M"])
        let trace = host.sync.scratch.path("trace")
        guard Machine.has("strace") else { return }
        try mustRun(
            "strace",
            [
                "-f", "-o", trace, "-e", "trace=openat,open", GlareBinary.path, "prune", "-t", host.target,
                "--disk-dirs", host.disks, "--keep-unused", "0",
            ])
        let opened = try String(contentsOfFile: trace, encoding: .utf8)
        #expect(opened.contains("vm.qcow2") && !opened.contains("/fifo") && !opened.contains("/tty"))
        #expect(try host.sync.archived().count == 2)
    }

    /// A libvirt pool in which the images are as well.
    @Test func disksBesideTheImages() throws {
        let pool = host.target
        try mustRun("qemu-img", ["create", "-q", "-f", "qcow2", "-F", "raw", "-b", oldest, pool + "/vm.qcow2"])
        try expectKept(because: "\(pool)/vm.qcow2 is made on it", prune(pool))
        // One that is not, on one that is there.
        try host.overlay("top.qcow2", on: pool + "/vm.qcow2", format: "qcow2")
        let doctor = try host.glare(["doctor", "-t", pool, "-s", host.sync.fileServer, "--disk-dirs", host.disks])
        #expect(doctor.status == 0, "\(doctor.stdout)")
        try expectKept(because: "\(host.disk("top.qcow2")) is made on it", prune())
        try FileManager.default.removeItem(atPath: host.disk("top.qcow2"))
        try FileManager.default.removeItem(atPath: pool + "/vm.qcow2")
        #expect(try prune(pool).stdout.contains("1 version removed"))
    }

    @Test(.enabled(if: Machine.canBeOthers)) func aNameMovesAllTheSameAndThatIsTold() throws {
        try host.overlay("vm.qcow2", on: host.target + "/disk")
        chmod(host.disk("vm.qcow2"), 0o600)
        chmod(host.disks, 0o755)
        try mustRun("chown", ["-R", "61002", host.target])
        let fourth = try host.sync.publish(seed: 4)
        let result = try PublisherUser.bob.glare(
            host.sync.publisher,
            ["sync", "-t", host.target, "-s", host.sync.fileServer, "--disk-dirs", host.disks, "--keep-unused", "0"])
        #expect(result.status == 0, "\(result.stderr)")
        #expect(
            result.stderr.contains(
                "disk: its name moves, and whether a disk is made on it is not known: \(host.disk("vm.qcow2"))"),
            "\(result.stderr)")
        #expect(try host.sync.digest() == fourth.sha256)
        #expect(try host.sync.archived().count == 4)
    }
}
