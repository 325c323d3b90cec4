import GlareTransfer
import Testing

@testable import GlareCLI

@Suite("What of a line goes first")
struct ProgressLayoutTests {
    private let plain = Style(isColoured: false, isUnicode: false)
    private let line = ProgressLine(
        kind: .copying, subject: "debian-12", done: 1 << 30, total: 4 << 30, rate: 100_000_000, elapsed: 65)

    private func text(_ line: ProgressLine, _ width: Int, _ style: Style? = nil) -> String {
        ProgressLine.aligned([line], width: width, style: style ?? plain)[0]
    }

    /// In the order in which a growing window has room for them.
    private static let parts = ["25 %", "0:33 left", "95.4 MiB/s", "1.0 GiB of 4.0 GiB"]

    @Test func eachIsThereFromSomeWidthOnAndTheMostWantedFirst() {
        let first = Self.parts.map { part in (1...200).first { text(line, $0).contains(part) } ?? .max }
        #expect(first == first.sorted() && Set(first).count == first.count, "\(first)")
        for (part, start) in zip(Self.parts, first) {
            #expect((start...200).allSatisfy { text(line, $0).contains(part) }, "\(part)")
        }
    }

    @Test func aBarGrowsToFortyColumns() {
        let bars = (1...200).map { width in text(line, width).count { "#-".contains($0) } - 1 }
        #expect(bars.last == 40)
        #expect(bars.allSatisfy { $0 == -1 || $0 == 0 || (8...40).contains($0) }, "\(bars)")
    }

    @Test func coloursTakeNoColumns() {
        let coloured = text(line, 100, Style(isColoured: true, isUnicode: false))
        #expect(coloured.contains("\u{1B}[32m#"))
        #expect(coloured.replacing(/\x{1B}\[[0-9;]*m/, with: "") == text(line, 100))
    }

    @Test func unicodeLooksTheSameButForItsMarks() {
        let unicode = text(line, 100, Style(isColoured: false, isUnicode: true))
        #expect(unicode.contains("━─") && !unicode.contains("#"))
        #expect(unicode.count == text(line, 100).count)
        #expect(text(line, 100).allSatisfy { $0.isASCII })
    }

    @Test(
        arguments: [
            (-1, 4, "0 %"), (0, 4, "0 %"), (3, 400, "0 %"), (399, 400, "99 %"), (4, 4, "100 %"), (9, 4, "100 %"),
        ]
            as [(Int64, Int64, String)])
    func itIsAllOnlyWhenAllIsDone(done: Int64, total: Int64, shown: String) {
        let line = ProgressLine(
            kind: .fetching, subject: "a", done: max(0, done), total: total, rate: nil, elapsed: 1)
        #expect(text(line, 100).contains(" \(shown)  "))
    }

    @Test func aStallHasNoTimeLeft() {
        for rate in [0, 0.5, nil] as [Double?] {
            var stalled = line
            stalled.rate = rate
            #expect(!text(stalled, 200).contains("left") && !text(stalled, 200).contains("/s"))
        }
        var slow = line
        slow.rate = 2
        #expect(!text(slow, 200).contains("left") && text(slow, 200).contains("2 B/s"))
    }

    @Test func withoutATotalItIsBytesAndTime() {
        var unknown = line
        unknown.total = nil
        #expect(text(unknown, 80) == "debian-12  copying  1.0 GiB  1:05")
        #expect(text(unknown, 29) == "debian-12  copying  1.0 GiB")
    }

    @Test(
        arguments: [
            (.copying, "copying"), (.reading, "reading"), (.verifying, "verifying"), (.flushing, "writing to disk"),
        ]
            as [(Activity.Kind, String)])
    func eachKindHasItsWord(kind: Activity.Kind, word: String) {
        let line = ProgressLine(kind: kind, subject: "a", done: 0, total: nil, rate: nil, elapsed: 0)
        #expect(text(line, 80) == "a  \(word)  0:00")
    }

    @Test func noLinesAreNone() {
        #expect(ProgressLine.aligned([], width: 80, style: plain).isEmpty)
    }

    @Test(
        arguments: [
            (0, "0:00"), (7, "0:07"), (59, "0:59"), (60, "1:00"), (3599, "59:59"), (3600, "1:00:00"),
            (36_610, "10:10:10"),
        ]
            as [(Int64, String)])
    func clocks(seconds: Int64, shown: String) {
        #expect(Readable.clock(seconds) == shown)
    }

    @Test(
        arguments: [([:], false), (["TERM": ""], false), (["TERM": "dumb"], false), (["TERM": "xterm"], true)]
            as [([String: String], Bool)])
    func someTerminalsCanNotMove(environment: [String: String], can: Bool) {
        #expect(Style.canMove(environment) == can)
    }
}

@Suite("What is under way")
struct ActivityTests {
    private struct Broken: Error {}
    private let activities = Activities()

    @Test func itIsListedForAsLongAsItTakesInTheOrderOfItsBeginning() {
        activities.during(.copying, "a", total: 3) { first in
            activities.during(.flushing, "b") { _ in
                #expect(activities.underway.map(\.subject) == ["a", "b"])
            }
            #expect(activities.underway.map(\.total) == [3])
            first.advance(by: 2)
            #expect(activities.underway[0].done == 2)
        }
        #expect(activities.underway.isEmpty)
    }

    @Test func whatFailsIsOverToo() async {
        #expect(throws: Broken.self) { try activities.during(.reading, "a") { _ in throw Broken() } }
        await #expect(throws: Broken.self) {
            try await activities.during(.fetching, "a") { _ in
                await Task.yield()
                throw Broken()
            }
        }
        #expect(activities.underway.isEmpty)
    }

    @Test func whatWasThereAlreadyIsNoWork() {
        activities.during(.fetching, "a", total: 100) { activity in
            activity.restart(at: 60)
            #expect(activity.done == 60 && activity.worked == 0)
            activity.advance(by: 5)
            #expect(activity.done == 65 && activity.worked == 5)
            activity.restart(at: 0)
            #expect(activity.done == 0 && activity.worked == 0)
        }
    }

    @Test func nothingIsLostBetweenThreads() async {
        await activities.during(.copying, "a") { activity in
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<8 { group.addTask { for _ in 0..<1000 { activity.advance(by: 1) } } }
            }
            #expect(activity.done == 8000)
        }
    }
}

@Suite("A rate over time")
struct RateOverTimeTests {
    private let start = ContinuousClock.now

    @Test func itFollowsASpeedThatChangesWithinSeconds() throws {
        var (meter, bytes, rate) = (RateMeter(), Int64(0), Double?.none)
        for tick in 0..<800 {
            // 100 seconds at 8000 bytes a second, then a tenth of that.
            bytes += tick < 720 ? 1000 : 100
            rate = meter.add(bytes, at: start + .milliseconds(125) * tick)
            if tick == 700 { #expect(abs((rate ?? 0) - 8000) < 1) }
        }
        #expect(abs((rate ?? 0) - 800) < 1)
    }

    @Test func thereIsNoneBeforeTimeHasPassed() {
        var meter = RateMeter()
        #expect(meter.add(0, at: start) == nil)
        #expect(meter.add(1000, at: start + .milliseconds(50)) == nil)
        #expect(meter.add(1000, at: start + .milliseconds(100)) == 10_000)
    }
}

@Suite("Names that are wider than their window")
struct NarrowLayoutTests {
    private func texts(_ subjects: [String], width: Int) -> [String] {
        let lines = subjects.map {
            ProgressLine(kind: .fetching, subject: $0, done: 1, total: 4, rate: nil, elapsed: 1)
        }
        return ProgressLine.aligned(lines, width: width, style: Style(isColoured: false, isUnicode: false))
    }

    @Test func aShortNameBesideALongOneIsNotCut() {
        let short = texts(["a", String(repeating: "b", count: 30)], width: 36)[0]
        #expect(!short.contains("..."), "\(short)")
    }

    @Test func theNameGivesWayBeforeThePercentage() {
        let long = texts([String(repeating: "b", count: 30)], width: 40)[0]
        #expect(long.contains("25 %"), "\(long)")
    }
}
