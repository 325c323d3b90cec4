import Foundation
import GlareTestSupport
import Testing

/// A write may do a part of what it was asked to, and say so.
@Suite(.enabled(if: Machine.has("python3") && Machine.has("gcc"), "needs python3 and gcc")) struct ShortWriteTests {
    private func expectWhole(_ scene: some Scene) throws {
        let scratch = try Scratch()
        let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "short-writes.c")
        let library = scratch.path("short-writes.so")
        try mustRun("gcc", ["-shared", "-fPIC", "-o", library, source.path])
        var tally = Tally("short writes")
        let attempt = try scene.prepare()
        let environment = Program.environment.merging(["LD_PRELOAD": library]) { _, new in new }
        let result = try run(Program.path, attempt.arguments, environment: environment)
        #expect(result.status == 0, "\(result.stderr)")
        try scene.judge(attempt, isDone: true, &tally)
        #expect(tally.isFlawless, "\(tally.flaws)")
    }

    @Test func addImage() throws { try expectWhole(PublishScene(isServed: false)) }
    @Test func rebuildIndex() throws { try expectWhole(RebuildScene()) }
    @Test(arguments: SyncScene.Way.allCases) func sync(_ way: SyncScene.Way) throws { try expectWhole(SyncScene(way)) }
}
