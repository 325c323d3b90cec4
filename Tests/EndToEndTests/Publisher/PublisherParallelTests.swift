import Foundation
import GlareTestSupport
import Testing

/// Several publishers at once, and publishers that die.
@Suite struct PublisherParallelTests {
    let fixture: PublisherFixture
    init() throws { fixture = try PublisherFixture() }

    private func start(_ path: String, _ message: String = "m", options: [String] = []) throws -> RunningProcess {
        try RunningProcess(
            GlareBinary.path, ["add-image", "-i", path, "-m", message, "-d", fixture.repository] + options,
            environment: GlareBinary.environment())
    }

    @Test func tenDifferentImagesAreAllPublished() throws {
        let names = (0..<10).map { "image-\($0)" }
        let paths = try names.enumerated().map { try fixture.image($1, seed: UInt64($0 + 1)) }
        let publishers = try paths.map { try start($0) }
        for publisher in publishers { #expect(publisher.wait() == 0, "\(publisher.stderr)") }
        #expect(try fixture.text("images.txt") == names.map { $0 + "\n" }.joined())
        #expect(try fixture.catalogue().images.map(\.name) == names)
        #expect(try fixture.catalogue().images.map(\.sha256) == paths.map { try sha256($0) })
        #expect(
            try mustRun("sha256sum", ["-c", "SHA256SUMS"], directory: fixture.repository).split(separator: "\n").count
                == 10)
        #expect(try fixture.leftovers() == [])
        #expect(try fixture.rebuild().stderr == "")
    }

    @Test func ofOneImageEveryContentIsKeptWithItsEntry() throws {
        let paths = try (1...3).map { try fixture.image("content-\($0)", seed: UInt64($0)) }
        let publishers = try paths.enumerated().map { try start($1, "content \($0)", options: ["--name", "disk"]) }
        for publisher in publishers { #expect(publisher.wait() == 0, "\(publisher.stderr)") }
        let ids = try paths.map { String(try sha256($0).prefix(32)) }
        #expect(try fixture.headings().sorted() == ids.sorted())
        #expect(try fixture.listed().sorted() == ids.sorted())
        #expect(try fixture.headings().first == fixture.record().current)
        #expect(try fixture.link("disk") == "archive/disk-\(fixture.record().current)")
        for index in 0..<3 { #expect(try fixture.text("disk.md").contains("## content \(index)\n")) }
    }

    @Test func theSameContentFromSeveralIsPublishedOnce() throws {
        let path = try fixture.image("disk", seed: 1)
        let publishers = try (0..<4).map { _ in try start(path) }
        for publisher in publishers { #expect(publisher.wait() == 0, "\(publisher.stderr)") }
        #expect(publishers.count { $0.stdout.contains("published version") } == 1)
        #expect(publishers.count { $0.stdout.contains("is current already") } == 3)
        #expect(try fixture.headings().count == 1)
        #expect(try fixture.archived().count == 1)
    }

    @Test(.enabled(if: Machine.has("flock"))) func whoWaitsIsToldForWhom() throws {
        try fixture.publish(seed: 1)
        let release = fixture.scratch.path("release")
        try mustRun("mkfifo", [release])
        let lock = fixture.path(".glare/lock")
        try "alice on her-host: glare add-image, process 4711\n".write(toFile: lock, atomically: false, encoding: .utf8)
        let holder = try RunningProcess("flock", [lock, "sh", "-c", "echo held; cat '\(release)'"])
        try #require(holder.waits(until: { holder.stdout.contains("held") }))

        try fixture.letTimePass()
        let publisher = try start(fixture.image("disk", seed: 2))
        let tells = "waiting for alice on her-host: glare add-image, process 4711…"
        #expect(publisher.waits(until: { publisher.stderr.contains(tells) }))
        #expect(try fixture.archived().count == 1)
        try mustRun("sh", ["-c", "echo >'\(release)'"])
        #expect(publisher.wait() == 0)
        #expect(try sha256(fixture.path("disk")) == sha256(fixture.scratch.path("images/disk")))
    }

    /// Starts a publish that takes long, and stops it when its copy and its frames have begun.
    private func startLong(size: Int) throws -> RunningProcess {
        let large = try DiskImages.raw(at: fixture.scratch.path("images/large"), seed: 9, size: size)
        let publisher = try start(large)
        let hasBegun = publisher.waits {
            // Looked at while it stands still: else it may be past that by the time it is stopped.
            publisher.signal(SIGSTOP)
            if (try? fixture.leftovers().count) == 2 { return true }
            publisher.signal(SIGCONT)
            return false
        }
        try #require(hasBegun)
        return publisher
    }

    @Test func aPublisherThatIsKilledLeavesTheRepositoryAsItWas() throws {
        try fixture.publish(seed: 1)
        let before = try fixture.snapshot()
        let publisher = try startLong(size: 8 << 30)
        publisher.signal(SIGKILL)
        #expect(publisher.wait() == 128 + SIGKILL)
        #expect(try fixture.snapshot() == before)
        try #require(fixture.leftovers().count == 2)
        try fixture.publish(seed: 2)
        #expect(try fixture.leftovers() == [])
    }

    /// The lock covers the publish, not the copying before it.
    @Test func aLongPublishHoldsUpNobodyAndLosesNothing() throws {
        let publisher = try startLong(size: 2 << 30)
        try fixture.publish("small", seed: 1)
        #expect(try fixture.text("images.txt") == "small\n")
        #expect(try fixture.leftovers().count == 2)
        publisher.signal(SIGCONT)
        #expect(publisher.wait() == 0, "\(publisher.stderr)")
        #expect(try fixture.text("images.txt") == "large\nsmall\n")
        #expect(try fixture.catalogue().images.first?.sha256 == sha256(fixture.scratch.path("images/large")))
    }
}
