import Foundation
import GlareTestSupport
import Testing

/// A file that somebody still writes.
@Suite struct PublisherGrowingFileTests {
    let fixture: PublisherFixture
    init() throws { fixture = try PublisherFixture() }

    /// Appends to a file until it is ended.
    private func appender(to path: String) throws -> RunningProcess {
        let appender = try RunningProcess("sh", ["-c", "while :; do echo more >>'\(path)'; sleep 0.002; done"])
        let size = try PublisherFixture.Facts(path).size
        try #require(appender.waits(until: { (try? PublisherFixture.Facts(path).size) ?? 0 > size }))
        return appender
    }

    @Test(.timeLimit(.minutes(1))) func isRefusedWithNothingLost() throws {
        let current = try fixture.publish(seed: 1)
        let before = try fixture.snapshot()
        let path = try DiskImages.raw(at: fixture.scratch.path("images/disk"), seed: 2, size: 256 << 20)
        let appender = try appender(to: path)
        let result = try fixture.add(path)
        #expect(appender.isRunning)
        appender.signal(SIGKILL)
        #expect(result.status == 75)
        #expect(result.stderr.contains("\(path) changed while it was read"))
        #expect(try fixture.snapshot() == before)
        #expect(try fixture.link("disk") == current.path)
        #expect(try fixture.leftovers() == [])
    }

    @Test func isTakenWhenTheWriterHasFinished() throws {
        let path = try DiskImages.raw(at: fixture.scratch.path("images/disk"), seed: 2, size: 64 << 20)
        let appender = try appender(to: path)
        appender.signal(SIGKILL)
        appender.wait()
        let result = try fixture.add(path)
        #expect(result.status == 0, "\(result.stderr)")
        #expect(try sha256(fixture.path("disk")) == sha256(path))
    }
}
