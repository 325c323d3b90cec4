import Testing

@testable import GlareSync

@Suite("how fast a body comes")
struct PaceTests {
    private let rule = StallRule(seconds: 60, bytesPerSecond: 1000)

    /// - Returns: After how many seconds it was too slow; nil where it never was.
    private func end(of pieces: [(bytes: Int, seconds: Double)], _ rule: StallRule? = nil) -> Double? {
        var pace = Pace(rule ?? self.rule)
        var time = 0.0
        for piece in pieces {
            time += piece.seconds
            do { try pace.add(piece.bytes, after: .seconds(piece.seconds)) } catch { return time }
        }
        return nil
    }

    @Test func whatComesFastEnoughNeverEnds() {
        #expect(end(of: Array(repeating: (1100, 1), count: 1000)) == nil)
        #expect(end(of: Array(repeating: (1_000_000, 0.0001), count: 1000)) == nil)
    }

    @Test func whatIsTooSlowEndsWhenTheTimeIsOver() throws {
        let seconds = try #require(end(of: Array(repeating: (900, 1), count: 1000)))
        #expect((60...66).contains(seconds))
    }

    @Test func aFastBeginningIsForgotten() throws {
        let seconds = try #require(end(of: [(50_000_000, 1)] + Array(repeating: (100, 1), count: 1000)))
        #expect((60...75).contains(seconds))
    }

    @Test func aPauseIsMadeUpFor() {
        #expect(end(of: Array(repeating: (60_000, 50), count: 20)) == nil)
    }

    @Test func withoutALeastSpeedAByteIsEnough() {
        #expect(end(of: Array(repeating: (1, 59), count: 20), StallRule(seconds: 60, bytesPerSecond: 0)) == nil)
    }

    @Test func theReasonIsInWords() {
        #expect(Stalled(slowFor: StallRule()).description == "under 1 KiB/s for 60 s")
        #expect(Stalled(slowFor: rule).description == "under 1000 bytes/s for 60 s")
        #expect(Stalled(silentFor: rule).description == "nothing came for 60 s")
    }
}
