import FoundationEssentials

/// Numbers as people read them. Programs get bytes and ISO dates.
enum Readable {
    /// `412 B`, `1.5 GiB`.
    static func size(_ bytes: Int64) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
        var value = Double(bytes)
        var unit = 0
        // As it will be shown: 1023.96 KiB are 1.0 MiB.
        while (value * 10).rounded() >= 10240 && unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        return unit == 0 ? "\(bytes) B" : "\(decimal(value)) \(units[unit])"
    }

    /// One digit after the point, rounded.
    static func decimal(_ value: Double) -> String {
        let tenths = Int64((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

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
