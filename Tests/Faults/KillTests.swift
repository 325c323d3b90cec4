import Foundation
import GlareTestSupport
import Testing

/// Commands that are killed at any moment.
@Suite(.serialized, .enabled(if: Machine.has("python3"), "needs python3")) struct KillTests {
    private static let points = Effort.points(8, soak: 500)

    @Test func addImage() throws {
        var tally = Tally("kill, add-image")
        while tally.points < Self.points {
            try kill(PublishScene(), &tally, points: min(10, Self.points - tally.points))
        }
        tell(tally)
    }

    @Test func retention() throws {
        var tally = Tally("kill, add-image --limit 2 --grace 0")
        let scene = try PublishScene(limit: 2, grace: "0")
        let readers = try Watch(.catalogue, at: [scene.directory, scene.address ?? ""], threads: 2)
        try kill(scene, &tally, points: Self.points)
        // Without a grace time what a reader is about to fetch may be gone, but not be another.
        tally.torn += try readers.stop().flaws.filter { !$0.contains("FileNotFoundError") && $0 != "torn" }
        tell(tally)
    }

    @Test func rebuildIndex() throws {
        var tally = Tally("kill, rebuild-index")
        try kill(RebuildScene(), &tally, points: Self.points)
        tell(tally)
    }

    @Test(arguments: SyncScene.Way.allCases) func sync(_ way: SyncScene.Way) throws {
        var tally = Tally("kill, sync by \(way.rawValue)")
        let scene = try SyncScene(way)
        let readers = try Watch(.names, at: [scene.directory], published: scene.versions.map(\.sha256))
        try kill(scene, &tally, points: Self.points)
        let seen = try readers.stop()
        tally.torn += seen.flaws
        #expect(seen.whole > 0)
        tell(tally)
    }

    private func tell(_ tally: Tally) {
        tally.tell()
        #expect(tally.isFlawless, "\(tally.flaws)")
    }

    /// Kills the scene's command at moments that are spread evenly over its life.
    private func kill(_ scene: some Scene, _ tally: inout Tally, points: Int) throws {
        var (left, life) = (points, 0.1)
        for _ in 0..<20 * points where left > 0 {
            let attempt = try scene.prepare()
            let start = Date()
            let command = try Program.start(attempt.arguments)
            usleep(UInt32(Double.random(in: 0...life) * 1e6))
            command.signal(SIGKILL)
            let status = command.wait()
            if status == 128 + SIGKILL {
                (left, tally.points) = (left - 1, tally.points + 1)
                life *= 1.02
            } else {
                if status != 0 { tally.stuck.append("status \(status): \(command.stderr)") }
                life = (life + Date().timeIntervalSince(start)) / 2 * 0.9
            }
            try scene.judge(attempt, isDone: status == 0, &tally)
            try scene.mend(attempt, &tally)
        }
        try #require(left == 0, "the command ended before it was killed, over and over")
    }
}
