import Foundation
import GlareTestSupport
import Testing

/// Filesystems that can't do what most can, and files that change under a command.
@Suite(.serialized, .enabled(if: Machine.has("python3") && Machine.has("strace"), "needs python3 and strace"))
struct OddPlaceTests {
    private func traced(_ attempt: Attempt, _ injection: String) throws -> RunResult {
        try Trace.of(attempt.arguments, calls: ["lseek", "flock", "pwrite64"], injecting: injection).result
    }

    private func expectFlawless(_ scene: some Scene, _ attempt: Attempt, isDone: Bool) throws {
        var tally = Tally("")
        try scene.judge(attempt, isDone: isDone, &tally)
        try scene.mend(attempt, &tally)
        #expect(tally.isFlawless, "\(tally.flaws)")
    }

    @Test("without flock nothing is written, and the message says why", arguments: ["ENOLCK", "EOPNOTSUPP", "ENOSYS"])
    func flock(_ error: String) throws {
        let scenes: [any Scene] = [try PublishScene(isServed: false), try SyncScene(.frames)]
        for scene in scenes {
            let attempt = try scene.prepare()
            let result = try traced(attempt, "flock:error=\(error)")
            #expect(result.status == 74, "\(result.status): \(result.stderr)")
            #expect(result.stderr.contains("lock (flock)") && result.stderr.contains(scene.directory))
            try expectFlawless(scene, attempt, isDone: false)
        }
    }

    @Test("without SEEK_HOLE and SEEK_DATA the bytes are the same") func seek() throws {
        let scenes: [any Scene] = [try PublishScene(isServed: false), try SyncScene(.delta)]
        for scene in scenes {
            let attempt = try scene.prepare()
            let result = try traced(attempt, "lseek:error=EINVAL")
            #expect(result.status == 0, "\(result.stderr)")
            try expectFlawless(scene, attempt, isDone: true)
        }
    }

    @Test("an archive on another filesystem is told at once", .enabled(if: Machine.canBeOthers, "needs root"))
    func otherFilesystem() throws {
        let scenes: [any Scene] = [try PublishScene(isServed: false), try SyncScene(.frames)]
        for scene in scenes {
            let attempt = try scene.prepare()
            let archive = scene.directory + "/archive"
            try mustRun("mount", ["-t", "tmpfs", "glare-test", archive])
            let result = try Program.run(attempt.arguments)
            try mustRun("umount", [archive])
            #expect(result.status == 73, "\(result.status): \(result.stderr)")
            #expect(result.stderr.contains(archive) && result.stderr.contains("on one mounted filesystem"))
            try expectFlawless(scene, attempt, isDone: false)
        }
    }

    @Test("a filesystem that can do less, as NFS and FAT: no rename that keeps what is there, no holes punched")
    func poorFilesystem() throws {
        let scenes: [any Scene] = [
            try PublishScene(isServed: false), try RebuildScene(), try SyncScene(.delta), try SyncScene(.frames),
        ]
        for scene in scenes {
            let attempt = try scene.prepare()
            let (result, trace) = try Trace.of(
                attempt.arguments, calls: Trace.changes + ["openat", "ioctl"],
                injecting: "renameat2:error=EINVAL", "fallocate,copy_file_range:error=EOPNOTSUPP",
                "ioctl:error=ENOTTY")
            #expect(result.status == 0, "\(result.stderr)")
            // Nor can all of them make a file that has no name yet.
            #expect(!trace.calls.contains { $0.arguments.contains("O_TMPFILE") })
            try expectFlawless(scene, attempt, isDone: true)
        }
    }

    /// Kernels before 6.12 mount no filesystem whose blocks are larger than a page.
    private static let canMountLargeBlocks = LoopDisk.canMount && (try? largeBlocks()) != nil

    private static func largeBlocks() throws -> LoopDisk { try LoopDisk(.xfs, "-b", "size=16384", megabytes: 512) }

    @Test(
        "a filesystem with blocks of 16 KiB",
        .enabled(if: canMountLargeBlocks, "\(LoopDisk.needs), and a kernel that mounts blocks larger than a page"))
    func blocksLargerThanOurs() throws {
        let disk = try Self.largeBlocks()
        let scenes: [any Scene] = [
            try PublishScene(in: disk.directory, limit: 2, grace: "0", isServed: false),
            try SyncScene(.delta, in: disk.directory),
        ]
        for scene in scenes {
            for _ in 0..<2 {
                let attempt = try scene.prepare()
                #expect(try Program.run(attempt.arguments).status == 0)
                try expectFlawless(scene, attempt, isDone: true)
            }
        }
    }

    @Test("updates that share their blocks, one after another", .enabled(if: LoopDisk.canMount, "\(LoopDisk.needs)"))
    func fragmented() throws {
        let disk = try LoopDisk(.xfs, "-m", "reflink=1")
        let scene = try SyncScene(.delta, in: disk.directory)
        for _ in 0..<Effort.points(6, soak: 50) {
            let attempt = try scene.prepare()
            #expect(try Program.run(attempt.arguments).status == 0)
            try expectFlawless(scene, attempt, isDone: true)
        }
    }

    @Test(
        "a base that changes while a delta is applied to it", arguments: ["truncate -s 1M", "truncate -s 0", "noise"])
    func changingBase(_ change: String) throws {
        let scene = try SyncScene(.delta)
        let attempt = try scene.prepare()
        let base = scene.directory + "/archive/" + (try #require(attempt.kept.first))
        let scratch = try Scratch()
        // Slow enough to be met in the middle.
        let command = try RunningProcess(
            "strace",
            [
                "-f", "-o", scratch.path("trace"), "-e", "trace=pwrite64", "-e", "inject=pwrite64:delay_enter=300000",
                Program.path,
            ] + attempt.arguments, environment: Program.environment)
        let partial = scene.directory + "/.glare/partial/disk.data"
        #expect(command.waits { FileManager.default.fileExists(atPath: partial) })
        let noise = "dd if=/dev/urandom bs=4096 seek=256 count=512 conv=notrunc status=none of=\(base)"
        try mustRun("sh", ["-c", change == "noise" ? noise : "\(change) \(base)"])
        let status = command.wait()
        #expect(status < 128, "\(command.stderr)")
        let mended = try Program.run(attempt.arguments)
        #expect(mended.status == 0, "\(mended.stderr)")
        let seen = try Standing(.cache, at: scene.directory)
        #expect(seen.current == attempt.after)
        #expect(seen.temporary == [])
    }
}
