import Foundation
import GlareTestSupport
import Testing

@testable import GlareSystem

@Suite("Programs that are run to their end")
struct ChildProcessTests {
    private func shell(_ text: String, seconds: Int64 = 60, environment: [String: String]? = nil) throws -> ChildProcess
    {
        try ChildProcess.run("sh", ["-c", text], environment: environment, seconds: seconds)
    }

    @Test func statusAndMessageAreTold() throws {
        let ended = try shell("echo nobody sees it; echo why >&2; exit 3")
        #expect(ended.status == 3 && ended.message == "why\n")
        #expect(try shell("kill -9 $$").status == 128 + 9)
    }

    @Test func theEnvironmentIsTheOneThatIsGiven() throws {
        #expect(try shell("echo \"$ONE\" >&2", environment: ["ONE": "1", "PATH": "/usr/bin:/bin"]).message == "1\n")
    }

    /// Of more than a pipe holds, the beginning.
    @Test func whoSaysMuchIsNotHeldUp() throws {
        let ended = try shell("head -c 1000000 /dev/zero | tr '\\0' x >&2")
        #expect(ended.status == 0 && ended.message.utf8.count == 16 << 10)
    }

    @Test func whoTakesTooLongIsEnded() throws {
        #expect(try shell("sleep 600 & wait", seconds: 1).status == nil)
        // Also one that closed its end.
        #expect(try shell("exec 2>&- >&-; sleep 600", seconds: 1).status == nil)
    }

    @Test func whatItLeftBehindEndsWithIt() throws {
        let ended = try shell("sleep 600 & echo $! >&2")
        let pid = try #require(Int32(ended.message.dropLast()))
        #expect(Processes.ends(pid))
    }

    /// One in a session of its own, which has the pipe.
    @Test func whatGotAwayIsNotWaitedFor() throws {
        let scratch = try Scratch()
        let start = ContinuousClock.now
        let ended = try shell(
            "cd '\(scratch.url.path)'; mkfifo up; setsid -f sh -c 'echo $$ >up; exec sleep 300'; cat up >&2")
        #expect(ended.status == 0 && ContinuousClock.now - start < .seconds(200))
        kill(try #require(Int32(ended.message.dropLast())), SIGKILL)
    }

    @Test func oneThatIsNotThereIsAnError() throws {
        #expect(try code { try ChildProcess.run("/nonexistent/program", [], seconds: 1) } == .noSuchFileOrDirectory)
    }
}
