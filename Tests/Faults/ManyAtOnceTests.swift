import Foundation
import GlareTestSupport
import Testing

/// Publishers, retention and readers, all at the same time.
@Suite(.serialized, .enabled(if: Machine.has("python3"), "needs python3")) struct ManyAtOnceTests {
    private let scratch: Scratch
    private let repository: String
    private let seconds = Double(Effort.points(8, soak: 300))
    private let publishers = Effort.points(5, soak: 20)
    private let grace = Effort.points(4, soak: 10)

    init() throws {
        scratch = try Scratch()
        repository = try scratch.directory("repository")
        for index in 0..<publishers { _ = try scratch.directory("\(index)") }
    }

    /// An image of its own for each, of which a few versions are kept.
    private func add(_ index: Int, round: Int) throws -> [String] {
        let file = try SmallImage.write(index * 1000 + round, to: scratch.path("\(index)/image-\(index)"))
        return [
            "add-image", "-i", file, "-m", "round \(round)", "-d", repository, "--limit", "2", "--yes",
            "--grace", "\(grace)s",
        ]
    }

    @Test func everyCatalogueHoldsForItsGraceTime() throws {
        let server = try GlareServer(serving: repository)
        let readers = try (0..<Effort.points(2, soak: 5)).map { _ in
            try Watch(
                .catalogue, at: [repository, server.address], threads: Effort.points(4, soak: 10), grace: Double(grace))
        }
        var tally = Tally("\(publishers) add-image, rebuild-index and readers at once")
        var entries = [[String]](repeating: [], count: publishers)
        let end = Date().addingTimeInterval(seconds)
        var round = 0
        while round < 2 || Date() < end {
            let commands = try (0..<publishers).map { try add($0, round: round) }
            let rebuild = ["rebuild-index", "-d", repository, "--grace", "\(grace)s"]
            let running = try (commands + [rebuild]).map { try Program.start($0) }
            for command in running where command.wait() != 0 { tally.stuck.append(command.stderr) }
            for index in 0..<publishers {
                entries[index].insert(
                    String(try sha256(scratch.path("\(index)/image-\(index)")).prefix(32)), at: 0)
            }
            tally.points += running.count
            round += 1
        }
        for reader in readers {
            let seen = try reader.stop()
            tally.torn += seen.flaws
            #expect(seen.whole > 0)
        }
        let seen = try Standing(.repository, at: repository)
        tally.torn += seen.torn
        tally.leftovers += seen.temporary ?? []
        for index in 0..<publishers {
            let name = "image-\(index)"
            if seen.headings?[name] != entries[index] { tally.lost.append("entries of \(name).md") }
            if seen.current[name]?.prefix(32) != entries[index][0].prefix(32) { tally.lost.append("current \(name)") }
        }
        tally.tell()
        #expect(tally.isFlawless, "\(tally.flaws)")
    }

    /// The same content from several, with its delta: whoever is first publishes it, the others find it there.
    @Test func theSameUpdateFromSeveralIsPublishedOnce() throws {
        for round in 0..<Effort.points(3, soak: 50) {
            let running = try [[String]](repeating: add(0, round: round), count: 4).map { try Program.start($0) }
            for command in running { #expect(command.wait() == 0, "\(command.stderr)") }
            let seen = try Standing(.repository, at: repository)
            #expect(seen.torn == [] && seen.temporary == [])
            #expect(seen.headings?["image-0"]?.count == round + 1)
        }
    }

    @Test func syncsOfOneCacheWhileItsRepositoryMovesOn() throws {
        let (cache, server) = (scratch.path("cache"), try GlareServer(serving: repository))
        try #require(Program.run(add(0, round: 0)).status == 0)
        let sync = ["sync", "-t", cache, "-s", server.address]
        try #require(Program.run(sync).status == 0)
        let rounds = Effort.points(4, soak: 100)
        let published = try (0...rounds).map { round in
            _ = try add(0, round: round)
            return try sha256(scratch.path("0/image-0"))
        }
        let readers = try Watch(.names, at: [cache], threads: 2, published: published)
        // One that has the first version open all the while.
        let held = try FileHandle(forReadingFrom: URL(fileURLWithPath: cache + "/image-0"))
        for round in 1...rounds {
            let commands = try [add(0, round: round), sync, sync]
            let running = try commands.map { try Program.start($0) }
            for command in running { #expect(command.wait() == 0, "\(command.stderr)") }
        }
        try #require(Program.run(sync).status == 0)
        let seen = try readers.stop()
        #expect(seen.flaws == [] && seen.whole > 0)
        #expect(try Standing(.cache, at: cache).current["image-0"] == published.last)
        let copy = scratch.path("held")
        try (held.readToEnd() ?? Data()).write(to: URL(fileURLWithPath: copy))
        #expect(try sha256(copy) == published[0])
    }
}
