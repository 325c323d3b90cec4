import Foundation
import GlareTestSupport
import Testing

/// Versions that were superseded: how long they stay in the cache.
struct SyncArchiveTests {
    private static let keepNothing = ["GLARE_KEEP_UNUSED": "0"]

    /// Syncs each of these contents in turn.
    private func history(
        _ seeds: ClosedRange<UInt64>, _ host: SyncFixture, environment: [String: String] = [:]
    ) throws -> [SyncFixture.Version] {
        try seeds.map { seed in
            let version = try host.publish(seed: seed)
            try host.mustSync(host.fileServer, environment: environment)
            return version
        }
    }

    @Test func allStayForAMonth() throws {
        let host = try SyncFixture()
        let versions = try history(1...4, host)
        let result = try host.mustSync(host.fileServer)
        #expect(try host.archived() == versions.map(\.fileName).sorted())
        #expect(result.stdout.contains("3 older versions in the archive, 204.0 KiB on disk"))
    }

    @Test func theFirstTimeThereIsNoneToTell() throws {
        let host = try SyncFixture()
        try host.publish(seed: 1)
        #expect(try !host.mustSync(host.fileServer).stdout.contains("older version"))
    }

    @Test func oldOnesGoAndThePreviousStays() throws {
        let host = try SyncFixture()
        let versions = try history(1...3, host)
        let result = try host.mustSync(host.fileServer, environment: Self.keepNothing)
        #expect(try host.archived() == versions.suffix(2).map(\.fileName).sorted())
        #expect(result.stdout.contains("\(host.path(versions[0].path)) was not used any more and is removed"))
        #expect(result.stdout.contains("1 older version in the archive, 68.0 KiB on disk"))
    }

    /// Syncs that follow each other within a second, as from a script: the last one before the current is
    /// still the one to go back to.
    @Test func thePreviousIsTheOneBeforeAlsoWithinASecond() throws {
        let names = ["a", "b", "c", "d", "e", "f"]
        let repositories = try (1...3).map { _ in try SyncFixture() }
        let versions = try repositories.enumerated().map { index, repository in
            try names.map { try repository.publish($0, seed: UInt64(index)) }
        }
        let host = try SyncFixture()
        for repository in repositories { try host.mustSync(repository.fileServer) }
        try host.mustSync(repositories[2].fileServer, environment: Self.keepNothing)
        #expect(try host.archived() == (versions[1] + versions[2]).map(\.fileName).sorted())
    }

    @Test func whatARollbackShowsIsNotOld() throws {
        let host = try SyncFixture()
        let first = try history(1...3, host)[0]
        try host.publish(seed: 1)
        try host.mustSync(host.fileServer, environment: Self.keepNothing)
        #expect(try host.digest() == first.sha256)
        #expect(host.exists(first.path))
    }

    @Test func oneThatIsOpenStays() throws {
        let host = try SyncFixture()
        let versions = try history(1...3, host)
        let user = try holdOpen(host.path(versions[0].path))
        // Every day that a VM runs it is so.
        #expect(try host.mustSync(host.fileServer, "-q", environment: Self.keepNothing).stderr.isEmpty)
        let result = try host.mustSync(host.fileServer, "-v", environment: Self.keepNothing)
        #expect(result.stderr.contains("\(host.path(versions[0].path)) is kept: somebody has it open"))
        #expect(try host.digest(versions[0].path) == versions[0].sha256)
        #expect(result.stdout.contains("2 older versions in the archive"))

        user.signal(SIGKILL)
        user.wait()
        try host.mustSync(host.fileServer, environment: Self.keepNothing)
        #expect(!host.exists(versions[0].path))
    }

    @Test func oneThatIsOpenByItsImagesNameStays() throws {
        let host = try SyncFixture()
        let first = try history(1...1, host)[0]
        let user = try holdOpen(host.path("disk"))
        _ = try history(2...3, host, environment: Self.keepNothing)
        #expect(try host.digest(first.path) == first.sha256)
        #expect(user.isRunning)
    }

    @Test func theTimeIsASetting() throws {
        let host = try SyncFixture()
        let versions = try history(1...3, host)
        try host.mustSync(host.fileServer, environment: ["GLARE_KEEP_UNUSED": "1h"])
        #expect(try host.archived() == versions.map(\.fileName).sorted())
        usleep(1_100_000)
        try host.mustSync(host.fileServer, environment: ["GLARE_KEEP_UNUSED": "1s"])
        #expect(try host.archived() == versions.suffix(2).map(\.fileName).sorted())
    }

    @Test func aMonthIsTheDefault() throws {
        let host = try SyncFixture()
        let versions = try history(1...3, host)
        try ageSuperseded(host, days: 29)
        try host.mustSync(host.fileServer)
        #expect(try host.archived().count == 3)
        try ageSuperseded(host, days: 2)
        try host.mustSync(host.fileServer)
        #expect(try host.archived() == versions.suffix(2).map(\.fileName).sorted())
    }

    /// Keeps a file open for reading, as a VM does.
    private func holdOpen(_ path: String) throws -> RunningProcess {
        let user = try RunningProcess("sh", ["-c", "exec sleep 600 <\"$0\"", path])
        let isOpen = user.waits {
            (try? String(contentsOfFile: "/proc/\(user.pid)/comm", encoding: .utf8)) == "sleep\n"
        }
        try #require(isOpen)
        return user
    }

    /// Moves the time at which versions were superseded, and seen unused, into the past, in the cache's own notes.
    private func ageSuperseded(_ host: SyncFixture, days: Int) throws {
        let path = host.path(".glare/state.json")
        var text = try String(contentsOfFile: path, encoding: .utf8)
        let pattern = try Regex("\"(superseded|unused)\" : \"([0-9]+)", as: (Substring, Substring, Substring).self)
        let matches = text.matches(of: pattern)
        try #require(matches.count == 4)
        for match in matches.reversed() {
            let seconds = try #require(Int(match.output.2)) - days * 86400
            text.replaceSubrange(match.range, with: "\"\(match.output.1)\" : \"\(seconds)")
        }
        try text.write(toFile: path, atomically: false, encoding: .utf8)
    }
}
