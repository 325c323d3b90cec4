import Foundation
import GlareTestSupport
import Testing

@Suite("A disk that is elsewhere than files usually are", .enabled(if: Machine.has("qemu-img")))
struct MovedDiskTests {
    private let host: HostFixture
    private let versions: [SyncFixture.Version]

    init() throws {
        host = try HostFixture()
        versions = try host.history(1...3)
    }

    /// `F_SETSIG`, `F_SETLEASE` and `F_GETLEASE`, which Glibc's module does not have.
    private static let setSignal: Int32 = 10
    private static let setLease: Int32 = 1024
    private static let getLease: Int32 = 1025

    /// From a directory that is not looked at yet to one that was.
    @Test(.timeLimit(.minutes(3))) func oneThatIsMovedMeanwhileIsSeenByTheSecondLook() throws {
        let (first, second) = (try host.sync.scratch.directory("first"), try host.sync.scratch.directory("second"))
        try mustRun(
            "qemu-img",
            [
                "create", "-q", "-f", "qcow2", "-F", "raw", "-b", host.sync.path(versions[0].path),
                second + "/vm.qcow2",
            ])
        try mustRun("cp", ["/dev/null", second + "/other"])
        for attempt in 1...10 {
            let said = try pruned(whileMovingFrom: second, to: first)
            #expect(host.sync.exists(versions[0].path))
            if said.contains("\(first)/vm.qcow2 is made on it") { return }
            // On a machine so busy that we were late, the gate itself could not be looked at.
            try #require(attempt < 10 && said.contains("\(first)/gate"), "\(said)")
            try mustRun("mv", [first + "/vm.qcow2", second + "/vm.qcow2"])
        }
    }

    private func pruned(whileMovingFrom second: String, to first: String) throws -> String {
        // Whoever opens this one has to wait for us: that is where the first look is in the midst of it.
        try mustRun("sh", ["-c", "echo > \"$0\"", first + "/gate"])
        let gate = open(first + "/gate", O_RDONLY | O_CLOEXEC)
        defer { close(gate) }
        // Its default ends the process.
        _ = fcntl(gate, Self.setSignal, SIGURG)
        // A child that another test is just starting has it as well, for a moment.
        while fcntl(gate, Self.setLease, F_WRLCK) != 0 { usleep(1000) }
        let prune = try RunningProcess(
            GlareBinary.path,
            ["prune", "-t", host.target, "--keep-unused", "0", "--disk-dirs", "\(first) \(second)"],
            environment: GlareBinary.environment())
        while prune.isRunning, fcntl(gate, Self.getLease) == F_WRLCK { usleep(1000) }
        rename(second + "/vm.qcow2", first + "/vm.qcow2")
        _ = fcntl(gate, Self.setLease, F_UNLCK)
        #expect(prune.wait() == 0, "\(prune.stderr)")
        return prune.stdout
    }

    /// As a logical volume is, whose name is a symlink.
    @Test(.enabled(if: Machine.canBeOthers && Machine.has("losetup"))) func oneOnABlockDevice() throws {
        let file = host.sync.scratch.path("volume")
        try mustRun(
            "qemu-img", ["create", "-q", "-f", "qcow2", "-F", "raw", "-b", host.sync.path(versions[0].path), file])
        try mustRun("truncate", ["-s", "1M", file])
        let device = try mustRun("losetup", ["--find", "--show", file]).trimmingCharacters(in: .whitespacesAndNewlines)
        defer { _ = try? run("losetup", ["--detach", device]) }
        try FileManager.default.createSymbolicLink(atPath: host.disk("vm"), withDestinationPath: device)
        let result = try host.prune("--keep-unused", "0", "--disk-dirs", host.disks)
        #expect(result.stdout.contains("\(host.disk("vm")) is made on it"), "\(result.stdout)\(result.stderr)")
        #expect(host.sync.exists(versions[0].path))
    }
}
