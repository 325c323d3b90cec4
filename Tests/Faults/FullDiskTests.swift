import Foundation
import GlareTestSupport
import Testing

/// A cache on a filesystem that is full but for a little.
@Suite(.serialized, .enabled(if: Machine.canBeOthers && Machine.has("python3"), "needs root and python3"))
struct FullDiskTests {
    /// What an image's data takes; a little more is not enough, because the filesystem needs some for itself.
    private static let data = 2 << 20

    @Test(
        "it is told before anything is fetched", arguments: [SyncScene.Way.frames, .delta], [1 << 20, data + 40 << 10])
    func sync(_ way: SyncScene.Way, _ free: Int) throws {
        let disk = try MemoryDisk(megabytes: 16)
        let scene = try SyncScene(way, in: disk.directory)
        let attempt = try scene.prepare()
        try disk.fill(leaving: free)
        let before = scene.transfers.count
        let result = try Program.run(attempt.arguments)
        #expect(result.status == 73, "\(result.status): \(result.stderr)")
        #expect(result.stderr.contains("No space left on device") && result.stderr.contains(scene.directory))
        #expect(scene.transfers.count == before, "\(scene.transfers)")
        var tally = Tally("")
        try scene.judge(attempt, isDone: false, &tally)
        try disk.empty()
        try scene.mend(attempt, &tally)
        #expect(tally.isFlawless, "\(tally.flaws)")
    }

    @Test("a repository says it before it reads the image") func addImage() throws {
        let disk = try MemoryDisk(megabytes: 16)
        let scene = try PublishScene(in: disk.directory, isServed: false)
        let attempt = try scene.prepare()
        try disk.fill(leaving: Self.data + 40 << 10)
        let (result, trace) = try Trace.of(attempt.arguments)
        #expect(result.status == 73, "\(result.status): \(result.stderr)")
        #expect(result.stderr.contains("No space left on device"))
        #expect(
            !trace.calls.contains {
                $0.name == "pwrite64" && $0.arguments.contains("/tmp/") && $0.arguments.contains(scene.directory)
            })
        var tally = Tally("")
        try scene.judge(attempt, isDone: false, &tally)
        try disk.empty()
        try scene.mend(attempt, &tally)
        #expect(tally.isFlawless, "\(tally.flaws)")
    }
}

/// A filesystem in memory, mounted while the object lives.
private final class MemoryDisk {
    private let scratch: Scratch
    let directory: String

    init(megabytes: Int) throws {
        scratch = try Scratch()
        directory = try scratch.directory("mounted")
        try mustRun("mount", ["-t", "tmpfs", "-o", "size=\(megabytes)m", "glare-test", directory])
    }

    deinit { _ = try? mustRun("umount", ["--lazy", directory]) }

    func fill(leaving bytes: Int) throws {
        let free = try FileManager.default.attributesOfFileSystem(forPath: directory)[.systemFreeSize] as? NSNumber
        try mustRun("fallocate", ["-l", String((free?.intValue ?? 0) - bytes), directory + "/fill"])
    }

    func empty() throws { try FileManager.default.removeItem(atPath: directory + "/fill") }
}
