import Foundation
import GlareTestSupport
import Testing

/// What left the catalogue stays for the grace time after the last moment at which a reader could get that catalogue.
@Suite(.enabled(if: Machine.has("python3") && Machine.has("strace"), "needs python3 and strace")) struct GraceTests {
    let scratch: Scratch
    let repository: String

    init() throws {
        scratch = try Scratch()
        repository = try scratch.directory("repository")
    }

    private func add(_ seed: Int) throws -> [String] {
        [
            "add-image", "-i", try SmallImage.write(seed, to: scratch.path("disk")), "-m", "m", "-d", repository,
            "--limit", "1", "--yes", "--grace", "2s",
        ]
    }

    /// The state knows what is retired before the catalogue that drops it is there: a publish that is cut off between
    /// the two leaves the old catalogue standing, for as long as nobody publishes.
    @Test func aPublishThatIsCutOffDoesNotUseUpTheGrace() throws {
        try #require(Program.run(add(1)).status == 0)
        let (result, clean) = try Trace.of(add(2))
        try #require(result.status == 0, "\(result.stderr)")
        let renames = clean.calls.filter { $0.name == "renameat" && $0.arguments.contains(repository) }
        let thread = try #require(renames.last?.thread)
        let own = renames.filter { $0.thread == thread }
        let last = try #require(own.lastIndex { $0.operands.last == .name("images.json") })
        let saved = try #require(own[..<last].lastIndex { $0.operands.last == .name("state.json") })

        // The next rename after the state was saved.
        let (killed, _) = try Trace.of(add(3), injecting: "renameat:signal=KILL:when=\(saved + 2)")
        try #require(killed.status == 128 + SIGKILL)
        let seen = try Standing(.repository, at: repository)
        try #require(seen.torn == [])
        // A reader gets the catalogue now; the grace time counts from when it is superseded.
        sleep(4)
        let catalogue = try String(contentsOfFile: repository + "/images.json", encoding: .utf8)
        let mended = try Program.run(["rebuild-index", "-d", repository, "--grace", "2s"])
        #expect(mended.status == 0, "\(mended.stderr)")
        try #require(try String(contentsOfFile: repository + "/images.json", encoding: .utf8) != catalogue)
        for ids in seen.listed {
            for id in ids.value {
                let path = "\(repository)/archive/\(ids.key)-\(id)"
                #expect(FileManager.default.fileExists(atPath: path), "\(path) was removed under its readers")
            }
        }
    }
}
