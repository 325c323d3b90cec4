import FoundationEssentials
import GlareModel

/// Numbers as people read them. Programs get bytes and ISO dates.
enum Readable {
    /// `412 B`, `1.5 GiB`.
    static func size(_ bytes: Int64) -> String { bytes.readableSize }

    /// One digit after the point, rounded.
    static func decimal(_ value: Double) -> String { value.readable }

    static func seconds(_ duration: Duration) -> String {
        decimal(Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18) + " s"
    }

    /// As programs get it: seconds, to the millisecond.
    static func milliseconds(_ duration: Duration) -> Double { (duration / .milliseconds(1)).rounded() / 1000 }

    /// As a clock shows it: `0:07`, `1:02:03`.
    static func clock(_ seconds: Int64) -> String {
        let two = { (number: Int64) in number < 10 ? "0\(number)" : "\(number)" }
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60)
        return hours > 0
            ? "\(hours):\(two(minutes)):\(two(seconds % 60))" : "\(minutes):\(two(seconds % 60))"
    }

    /// The largest unit alone: `3 days`.
    static func span(_ seconds: Int64) -> String {
        for (unit, length) in [("day", Int64(86400)), ("hour", 3600), ("minute", 60)] where seconds >= length {
            let count = seconds / length
            return "\(count) \(unit)\(count == 1 ? "" : "s")"
        }
        return "\(seconds) second\(seconds == 1 ? "" : "s")"
    }

    static func age(of date: Date, now: Date = Date()) -> String {
        let seconds = Int64(now.timeIntervalSince(date))
        return seconds < 0 ? "in the future" : "\(span(seconds)) ago"
    }

    static func count(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
}
