import Foundation
import GlareTestSupport
import Testing

/// How many versions stay, without a terminal.
@Suite struct PublisherRetentionTests {
    let fixture: PublisherFixture
    init() throws { fixture = try PublisherFixture() }

    /// Publishes the contents of these seeds in turn; with the last one the limit.
    private func publish(_ seeds: ClosedRange<UInt64>, options: [String], grace: String? = nil) throws -> [String] {
        let earlier = try seeds.dropLast().map { try fixture.publish(seed: $0, options: ["--no"]).id }
        let last = try fixture.publish(
            seed: seeds.upperBound, options: options, environment: grace.map { ["GLARE_GRACE": $0] } ?? [:])
        return (earlier + [last.id]).reversed()
    }

    @Test func withoutATerminalTheOldestBeyondTheLimitLeaveTheCatalogue() throws {
        let ids = try publish(1...4, options: ["--limit", "2"])
        #expect(try fixture.listed() == Array(ids.prefix(2)))
        #expect(try fixture.text("archive/SHA256SUMS").split(separator: "\n").count == 2)
    }

    @Test(arguments: [(["--yes"], 2), (["--no"], 4)])
    func yesAndNoAnswerBeforehand(answer: [String], kept: Int) throws {
        let ids = try publish(1...4, options: ["-l", "2"] + answer)
        #expect(try fixture.listed() == Array(ids.prefix(kept)))
    }

    @Test func yesAndNoTogetherAreAMistake() throws {
        let result = try fixture.add(fixture.image("disk", seed: 1), options: ["--yes", "--no"])
        #expect(result.status == 64)
        #expect(!fixture.exists("disk"))
    }

    @Test func fiveVersionsStayWhereNobodySaysOtherwise() throws {
        let ids = try publish(1...6, options: [])
        #expect(try fixture.listed() == Array(ids.prefix(5)))
    }

    @Test func whatIsBeyondTheLimitIsToldWithItsSizeAndTime() throws {
        let ids = try publish(1...2, options: ["--no"])
        try fixture.letTimePass()
        let result = try fixture.add(fixture.image("disk", seed: 3), options: ["--limit", "1"])
        for id in ids {
            #expect(result.stdout.contains("disk: version \(id) is beyond the limit; 68.0 KiB are freed"))
        }
        #expect(result.stdout.contains("after 1 day"))
    }

    @Test func theCurrentVersionStaysHoweverOldItIs() throws {
        let ids = try publish(1...3, options: ["--no"])
        // The oldest is current again, then a limit of one.
        try fixture.publish(seed: 1, options: ["--limit", "1"])
        #expect(try fixture.listed() == [ids[2]])
        #expect(try sha256(fixture.path("disk")).hasPrefix(ids[2]))
    }

    @Test func otherImagesAreLeftAlone() throws {
        let others = try [11, 12].map { try fixture.publish("other", seed: $0, options: ["--no"]).id }
        _ = try publish(1...2, options: ["--limit", "1"])
        #expect(try fixture.listed("other") == others.reversed())
    }

    @Test func theLimitHoldsAlsoWhereTheContentIsCurrentAlready() throws {
        let ids = try publish(1...3, options: ["--no"])
        try fixture.publish(seed: 3, options: ["--limit", "2"])
        #expect(try fixture.listed() == Array(ids.prefix(2)))
    }

    @Test(arguments: ["0", "-1", "abc", "1.5", "", " 3", "99999999999999999999"])
    func anImpossibleLimitIsRefused(limit: String) throws {
        let result = try fixture.add(fixture.image("disk", seed: 1), options: ["--limit=\(limit)"])
        #expect(result.status == 64)
        #expect(result.stderr.lowercased().contains("limit"), "\(result.stderr)")
        #expect(try fixture.names(in: "") == [])
    }

    @Test(arguments: ["0", "abc"])
    func theMessageSaysWhatWasFoundWhereAndWhatIsExpected(limit: String) throws {
        let result = try fixture.add(fixture.image("disk", seed: 1), options: ["--limit", limit])
        #expect(result.stderr.contains("LIMIT=\(limit) (from the command line): expected a whole number of at least 1"))
    }
}
