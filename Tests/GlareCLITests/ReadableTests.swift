import Foundation
import Testing

@testable import GlareCLI

@Suite("Numbers as people read them")
struct ReadableTests {
    @Test(
        "sizes",
        arguments: [
            (0, "0 B"), (1, "1 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1075, "1.0 KiB"), (1076, "1.1 KiB"),
            (1536, "1.5 KiB"),
            (1 << 20, "1.0 MiB"), (10 << 30, "10.0 GiB"), (5 << 40, "5.0 TiB"), (3 << 50, "3.0 PiB"), (.max, "8.0 EiB"),
        ] as [(Int64, String)])
    func sizes(bytes: Int64, text: String) {
        #expect(Readable.size(bytes) == text)
    }

    @Test(
        "a size that rounds to the next unit is one of that",
        arguments: [((1 << 20) - 1, "1.0 MiB"), ((1 << 30) - 1, "1.0 GiB")] as [(Int64, String)])
    func roundedUp(bytes: Int64, text: String) {
        #expect(Readable.size(bytes) == text)
    }

    @Test(
        "one digit after the point",
        arguments: [(0, "0.0"), (0.04, "0.0"), (0.05, "0.1"), (0.96, "1.0"), (12.34, "12.3"), (99.99, "100.0")])
    func decimals(value: Double, text: String) {
        #expect(Readable.decimal(value) == text)
    }

    @Test(
        "durations",
        arguments: [
            (.zero, "0.0 s"), (.milliseconds(1250), "1.3 s"), (.milliseconds(49), "0.0 s"), (.seconds(100), "100.0 s"),
        ] as [(Duration, String)])
    func durations(duration: Duration, text: String) {
        #expect(Readable.seconds(duration) == text)
    }

    @Test(
        "spans have their largest unit alone",
        arguments: [
            (0, "0 seconds"), (1, "1 second"), (59, "59 seconds"), (60, "1 minute"), (119, "1 minute"),
            (120, "2 minutes"),
            (3599, "59 minutes"), (3600, "1 hour"), (86_399, "23 hours"), (86_400, "1 day"), (172_800, "2 days"),
            (31_536_000, "365 days"),
        ] as [(Int64, String)])
    func spans(seconds: Int64, text: String) {
        #expect(Readable.span(seconds) == text)
    }

    @Test("ages", arguments: [(0, "0 seconds ago"), (90, "1 minute ago"), (-5, "in the future")] as [(Double, String)])
    func ages(seconds: Double, text: String) {
        let now = Date(timeIntervalSince1970: 1_767_323_045)
        #expect(Readable.age(of: now.addingTimeInterval(-seconds), now: now) == text)
    }

    @Test("counts", arguments: [(0, "0 images"), (1, "1 image"), (2, "2 images")])
    func counts(count: Int, text: String) {
        #expect(Readable.count(count, "image") == text)
    }
}
