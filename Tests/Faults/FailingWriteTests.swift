import Foundation
import GlareTestSupport
import Testing

/// Every call that changes files fails in turn.
@Suite(
    .serialized,
    .enabled(if: Machine.has("python3") && Machine.has("strace"), "needs python3 and strace"))
struct FailingWriteTests {
    private static let errors = [
        "ENOSPC": "No space left on device", "EIO": "Input/output error", "EDQUOT": "Disk quota exceeded",
    ]

    @Test func addImage() throws { try step(PublishScene(limit: 2, grace: "0", isServed: false), "add-image") }

    @Test func rebuildIndex() throws { try step(RebuildScene(), "rebuild-index") }

    @Test(arguments: SyncScene.Way.allCases) func sync(_ way: SyncScene.Way) throws {
        try step(SyncScene(way), "sync by \(way.rawValue)")
    }

    /// Lets each call of each kind fail with each error, the first of each thread, then the second, until there is
    /// none any more; or, in the short run, some of them.
    private func step(_ scene: some Scene, _ command: String) throws {
        let attempt = try scene.prepare()
        let (result, clean) = try Trace.of(attempt.arguments)
        try #require(result.status == 0, "\(result.stderr)")
        let here = clean.calls.filter { $0.arguments.contains(scene.directory) }
        for error in Self.errors.keys.sorted() {
            var tally = Tally("\(error) at every write, \(command)")
            for name in Trace.changes {
                let count = Dictionary(grouping: here.filter { $0.name == name }, by: \.thread).values.map(\.count)
                    .max()
                guard let count else { continue }
                let steps = Effort.isSoak ? Array(1...1000) : [Int.random(in: 1...count)]
                for step in steps where try !fail(name, error, step, scene, &tally) { break }
            }
            tally.tell()
            #expect(tally.isFlawless, "\(tally.flaws)")
            if !Effort.isSoak && error == "EIO" { break }
        }
    }

    /// - Returns: Whether anything failed.
    private func fail(
        _ name: String, _ error: String, _ step: Int, _ scene: some Scene, _ tally: inout Tally
    ) throws -> Bool {
        let attempt = try scene.prepare()
        let (result, trace) = try Trace.of(
            attempt.arguments, calls: Trace.changes + ["openat"], injecting: "\(name):error=\(error):when=\(step)")
        let failed = trace.calls.filter(\.isInjected)
        let here = failed.filter { $0.arguments.contains(scene.directory) }
        // What fails elsewhere, as the close of a file of the system's that a library has read, no disk brings about.
        let isBroughtAbout = here.count == failed.count || result.status < 128
        if !here.isEmpty && isBroughtAbout {
            tally.points += 1
            let flaw = Failure(result: result, trace: trace, error: Self.errors[error] ?? "", scene.directory).flaw
            if let flaw { tally.stuck.append("\(name) number \(step): \(flaw)") }
        }
        try scene.judge(attempt, isDone: result.status == 0, &tally)
        try scene.mend(attempt, &tally)
        return !failed.isEmpty
    }
}

/// What a command made of a call that failed.
private struct Failure {
    let flaw: String?

    init(result: RunResult, trace: Trace, error: String, _ directory: String) {
        let failed = trace.calls.filter { $0.isInjected && $0.arguments.contains(directory) }
        flaw =
            if result.status == 0, let call = failed.first(where: { Self.matters($0, in: trace) }) {
                "the status is 0, though \(call.name)(\(call.arguments) failed"
            } else if result.status != 0, !(result.stderr.contains(error) && result.stderr.contains(directory)) {
                "the message does not name the file and \(error): \(result.status) \(result.stderr)"
            } else if let again = Self.retriedSync(in: trace, failed) {
                "a failed fsync was tried again: \(again.arguments)"
            } else {
                nil
            }
    }

    /// Only the close of what is about to be published tells anything: it was synced before.
    private static func matters(_ call: Trace.Call, in trace: Trace) -> Bool {
        guard call.name == "close" else { return true }
        guard call.path?.contains("/.glare/tmp/") == true || call.path?.contains("/partial/") == true else {
            return false
        }
        return !isReader(call, in: trace)
            && trace.calls.contains { $0.name == "fsync" && $0.path == call.path && $0.end < call.begin }
    }

    /// Whether what is closed was opened for reading alone: that tells nothing of what was written.
    private static func isReader(_ close: Trace.Call, in trace: Trace) -> Bool {
        let opened = trace.calls.last {
            $0.name == "openat" && $0.end < close.begin && $0.result.prefix { $0 != ">" } == close.descriptor
        }
        return opened?.arguments.contains("O_RDONLY") == true
    }

    private static func retriedSync(in trace: Trace, _ failed: [Trace.Call]) -> Trace.Call? {
        let syncs = ["fsync", "fdatasync"]
        return failed.filter { syncs.contains($0.name) }.lazy.compactMap { first in
            trace.calls.first {
                syncs.contains($0.name) && $0.begin > first.end && $0.descriptor == first.descriptor
            }
        }.first
    }
}
