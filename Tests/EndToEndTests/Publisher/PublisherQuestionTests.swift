import Foundation
import GlareTestSupport
import Testing

/// Retention on a terminal: the list, the question, and five seconds to think again.
@Suite(.enabled(if: Machine.has("python3"))) struct PublisherQuestionTests {
    private static let question = "Would you like to cleanup these images now (y/n)?"
    let fixture: PublisherFixture
    let old: PublisherFixture.Version
    let middle: PublisherFixture.Version

    init() throws {
        fixture = try PublisherFixture()
        old = try fixture.publish(seed: 1)
        middle = try fixture.publish(seed: 2)
    }

    /// Adds a third content with a limit of one, and answers.
    private func session(_ exchanges: [PublisherTerminal.Exchange], options: [String] = []) throws
        -> PublisherTerminal.Session
    {
        let arguments = ["add-image", "-i", try fixture.image("disk", seed: 3), "-m", "m", "-d", fixture.repository]
        try fixture.letTimePass()
        return try PublisherTerminal.run(
            arguments + ["--limit", "1"] + options, exchanges, environment: ["GLARE_GRACE": "0"])
    }

    private func current() throws -> String { try String(sha256(fixture.path("disk")).prefix(32)) }

    @Test func theListComesBeforeTheQuestionOldestFirst() throws {
        let session = try session([(Self.question, "n\n")])
        let first = try #require(session.shown.range(of: "\n  \(old.fileName)  68.0 KiB, "))
        let second = try #require(session.shown.range(of: "\n  \(middle.fileName)  68.0 KiB, "))
        let question = try #require(session.shown.range(of: Self.question))
        #expect(first.lowerBound < second.lowerBound && second.lowerBound < question.lowerBound)
        // 68 KiB each: the noise, and the block of the partition table.
        #expect(session.shown.contains("136.0 KiB are freed now"))
    }

    @Test(arguments: ["n\n", "\n", "later\n", "\u{4}"])
    func anythingButYesKeepsThemAll(answer: String) throws {
        let session = try session([(Self.question, answer)])
        #expect(session.status == 0)
        #expect(try fixture.listed() == [current(), middle.id, old.id])
        #expect(try fixture.archived().count == 3)
        #expect(session.secondsAfter < 4)
    }

    @Test func yesWaitsFiveSecondsAndRemoves() throws {
        let session = try session([(Self.question, "y\n")])
        #expect(session.status == 0)
        #expect(session.secondsAfter >= 5)
        #expect(session.shown.contains("5 seconds; Ctrl+C aborts"))
        #expect(try fixture.listed() == [current()])
        #expect(try fixture.archived().count == 1)
    }

    @Test func controlCWithinTheFiveSecondsKeepsThemAll() throws {
        let session = try session([(Self.question, "y\n"), ("Ctrl+C aborts", "\u{3}")])
        #expect(session.status == 128 + SIGINT)
        #expect(session.secondsAfter < 4)
        #expect(try fixture.listed() == [current(), middle.id, old.id])
        #expect(try sha256(fixture.path("disk")) == sha256(fixture.scratch.path("images/disk")))
    }

    @Test(arguments: [("--yes", 1), ("--no", 3)])
    func anAnswerOnTheCommandLineIsNotAskedFor(option: String, kept: Int) throws {
        let session = try session([], options: [option])
        #expect(session.status == 0)
        #expect(!session.shown.contains(Self.question))
        #expect(try fixture.listed().count == kept)
    }

    @Test func withinTheLimitNothingIsAsked() throws {
        let arguments = ["add-image", "-i", try fixture.image("disk", seed: 3), "-m", "m", "-d", fixture.repository]
        try fixture.letTimePass()
        let session = try PublisherTerminal.run(arguments + ["--limit", "3"], [])
        #expect(session.status == 0)
        #expect(!session.shown.contains("cleanup"))
        #expect(try fixture.listed().count == 3)
    }
}
