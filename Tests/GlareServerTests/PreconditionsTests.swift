import GlareModel
import Testing

@testable import GlareServer

private let older = "Sun, 06 Nov 1994 08:49:36 GMT"
private let same = "Sun, 06 Nov 1994 08:49:37 GMT"
private let newer = "Sun, 06 Nov 1994 08:49:38 GMT"

@Suite("Conditional requests: RFC 9110, 13")
struct PreconditionsTests {
    let file = Validators(tag: EntityTag(opaque: "\"a\""), modified: HTTPDate(seconds: 784_111_777))
    let now = HTTPDate(seconds: 1_795_392_000)

    private func outcome(_ conditions: Preconditions) -> Preconditions.Outcome {
        conditions.outcome(for: file, now: now)
    }

    @Test(
        "13.1.1 If-Match: strong comparison",
        arguments: [
            ("\"a\"", true), ("\"b\", \"a\"", true), ("*", true), ("\"b\"", false), ("W/\"a\"", false), ("a", false),
            ("", false),
        ])
    func ifMatch(value: String, holds: Bool) {
        #expect(outcome(Preconditions(ifMatch: value)) == (holds ? .perform(rangeApplies: true) : .failed))
    }

    @Test(
        "13.1.2 If-None-Match: weak comparison",
        arguments: [
            ("\"a\"", false), ("W/\"a\"", false), ("\"b\", W/\"a\"", false), ("*", false), ("\"b\"", true), ("a", true),
            ("", true),
        ])
    func ifNoneMatch(value: String, holds: Bool) {
        #expect(outcome(Preconditions(ifNoneMatch: value)) == (holds ? .perform(rangeApplies: true) : .notModified))
    }

    @Test(
        "13.1.3 If-Modified-Since",
        arguments: [(older, true), (same, false), (newer, false), ("yesterday", true), ("\(older), \(older)", true)])
    func ifModifiedSince(value: String, holds: Bool) {
        #expect(outcome(Preconditions(ifModifiedSince: value)) == (holds ? .perform(rangeApplies: true) : .notModified))
    }

    @Test("13.1.4 If-Unmodified-Since", arguments: [(older, false), (same, true), (newer, true), ("yesterday", true)])
    func ifUnmodifiedSince(value: String, holds: Bool) {
        #expect(outcome(Preconditions(ifUnmodifiedSince: value)) == (holds ? .perform(rangeApplies: true) : .failed))
    }

    @Test(
        "13.1.5 If-Range: a strong tag, or exactly the date",
        arguments: [
            ("\"a\"", true), ("W/\"a\"", false), ("\"b\"", false), ("\"a\", \"b\"", false), ("*", false),
            (same, true), (older, false), (newer, false), ("Sunday, 06-Nov-94 08:49:37 GMT", true), ("a", false),
            ("", false),
        ])
    func ifRange(value: String, holds: Bool) {
        #expect(outcome(Preconditions(ifRange: value)) == .perform(rangeApplies: holds))
    }

    @Test("8.8.2.2: a date is a weak validator within its own second")
    func weakDate() {
        let conditions = Preconditions(ifRange: same)
        #expect(conditions.outcome(for: file, now: file.modified) == .perform(rangeApplies: false))
        let later = HTTPDate(seconds: file.modified.seconds + 1)
        #expect(conditions.outcome(for: file, now: later) == .perform(rangeApplies: true))
    }

    @Test("13.2.2 step 1 before 2: If-Match hides If-Unmodified-Since")
    func matchFirst() {
        #expect(outcome(Preconditions(ifMatch: "\"a\"", ifUnmodifiedSince: older)) == .perform(rangeApplies: true))
        #expect(outcome(Preconditions(ifMatch: "\"b\"", ifUnmodifiedSince: newer)) == .failed)
    }

    @Test("13.2.2 steps 1 and 2 before 3: a failed precondition is 412, not 304")
    func failureFirst() {
        #expect(outcome(Preconditions(ifMatch: "\"b\"", ifNoneMatch: "\"a\"")) == .failed)
        #expect(outcome(Preconditions(ifUnmodifiedSince: older, ifNoneMatch: "\"a\"")) == .failed)
        #expect(outcome(Preconditions(ifMatch: "\"a\"", ifNoneMatch: "\"a\"")) == .notModified)
    }

    @Test("13.2.2 step 3 before 4: If-None-Match hides If-Modified-Since")
    func noneMatchFirst() {
        #expect(outcome(Preconditions(ifNoneMatch: "\"b\"", ifModifiedSince: newer)) == .perform(rangeApplies: true))
        #expect(outcome(Preconditions(ifNoneMatch: "\"a\"", ifModifiedSince: older)) == .notModified)
    }

    @Test("13.2.2 step 5 comes last: If-Range changes no 304 and no 412")
    func rangeLast() {
        #expect(outcome(Preconditions(ifNoneMatch: "\"a\"", ifRange: "\"a\"")) == .notModified)
        #expect(outcome(Preconditions(ifMatch: "\"b\"", ifRange: "\"a\"")) == .failed)
        #expect(outcome(Preconditions(ifMatch: "\"a\"", ifRange: "\"b\"")) == .perform(rangeApplies: false))
    }
}
