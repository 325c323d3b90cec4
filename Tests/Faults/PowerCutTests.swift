import Foundation
import GlareTestSupport
import Testing

/// A filesystem whose power is cut: right after a command said that it succeeded, and in the middle of one.
@Suite(.serialized, .enabled(if: LoopDisk.canMount && Machine.has("python3"), "\(LoopDisk.needs), and python3"))
struct PowerCutTests {
    enum Command: String, CaseIterable, Sendable {
        case addImage = "add-image"
        case rebuildIndex = "rebuild-index"
        case sync
    }

    struct Cut: CustomTestStringConvertible, Sendable {
        let command: Command
        let filesystem: LoopDisk.Filesystem
        let flushesLog: Bool

        var testDescription: String {
            "\(command.rawValue) on \(filesystem.rawValue), log \(flushesLog ? "flushed" : "lost")"
        }

        static let all = Command.allCases.flatMap { command in
            LoopDisk.Filesystem.allCases.flatMap { filesystem in
                [false, true].map { Cut(command: command, filesystem: filesystem, flushesLog: $0) }
            }
        }

        func scene(on disk: LoopDisk) throws -> any Scene {
            switch command {
            case .addImage: try PublishScene(in: disk.directory, limit: 2, grace: "0", isServed: false)
            case .rebuildIndex: try RebuildScene(in: disk.directory)
            case .sync: try SyncScene(.frames, in: disk.directory)
            }
        }
    }

    private static let rounds = Effort.points(1, soak: 50)

    @Test(arguments: Cut.all) func afterSuccess(_ cut: Cut) throws {
        let disk = try LoopDisk(cut.filesystem)
        let scene = try cut.scene(on: disk)
        var tally = Tally("power cut after \(cut.testDescription)")
        for _ in 0..<Self.rounds {
            let attempt = try scene.prepare()
            let result = try Program.run(attempt.arguments)
            try #require(result.status == 0, "\(result.stderr)")
            try disk.cutPower(flushingLog: cut.flushesLog)
            try disk.start()
            tally.points += 1
            try scene.judge(attempt, isDone: true, &tally)
        }
        tally.tell()
        #expect(tally.isFlawless, "\(tally.flaws)")
    }

    @Test(arguments: Cut.all) func inTheMiddle(_ cut: Cut) throws {
        let disk = try LoopDisk(cut.filesystem)
        let scene = try cut.scene(on: disk)
        var tally = Tally("power cut during \(cut.testDescription)")
        var life = 0.2
        while tally.points < Self.rounds {
            let attempt = try scene.prepare()
            // What the attempt begins with was there for long.
            try disk.sync()
            let start = Date()
            let command = try Program.start(attempt.arguments)
            usleep(UInt32(Double.random(in: 0...life) * 1e6))
            try disk.cutPower(flushingLog: cut.flushesLog)
            let status = command.wait()
            try disk.start()
            life = status == 0 ? max(0.05, Date().timeIntervalSince(start) / 2) : life * 1.05
            tally.points += status == 0 ? 0 : 1
            try scene.judge(attempt, isDone: status == 0, &tally)
            try scene.mend(attempt, &tally)
        }
        tally.tell()
        #expect(tally.isFlawless, "\(tally.flaws)")
    }
}
