/// A point in time as HTTP writes it, in whole seconds (RFC 9110, 5.6.7).
public struct HTTPDate: Hashable, Comparable, Sendable {
    /// Seconds since 1970-01-01 00:00:00 UTC.
    public let seconds: Int64

    public init(seconds: Int64) { self.seconds = seconds }

    public static func < (left: HTTPDate, right: HTTPDate) -> Bool { left.seconds < right.seconds }

    public static let monthNames = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    private static let dayNames = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let longDayNames = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]

    // MARK: Writing

    /// The preferred form, IMF-fixdate: `Sun, 06 Nov 1994 08:49:37 GMT`. Its year has four digits, so
    /// times outside the years 0 to 9999 are written as the nearest end.
    public var text: String { String(capacity: Self.byteCount, writtenBy: write) }

    /// Of ``text``.
    public static let byteCount = 29

    /// Writes ``text``.
    public func write(to writer: inout TextWriter) {
        let time = CivilTime(seconds: min(max(seconds, -62_167_219_200), 253_402_300_799))
        writer.write(Self.dayNames[time.weekday])
        writer.write(", ")
        writer.write(decimal: UInt64(time.day), digits: 2)
        writer.write(" ")
        writer.write(Self.monthNames[time.month - 1])
        writer.write(" ")
        writer.write(decimal: UInt64(time.year), digits: 4)
        writer.write(" ")
        time.writeClock(to: &writer)
        writer.write(" GMT")
    }

    // MARK: Reading

    /// Reads any of the three forms that a recipient must accept: IMF-fixdate, RFC 850 and asctime.
    ///
    /// - Parameter now: What tells the century of a year of two digits: one that appears to be more
    ///   than 50 years in the future is the most recent past year with those digits.
    public init?(_ text: String, now: HTTPDate) {
        let fields = text.split(separator: " ")
        switch fields.count {
        case 6: self.init(fixdate: fields)
        case 5: self.init(asctime: fields)
        case 4: self.init(rfc850: fields, now: now)
        default: return nil
        }
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`
    private init?(fixdate fields: [Substring]) {
        guard fields[0].hasSuffix(","), Self.dayNames.contains(String(fields[0].dropLast())), fields[5] == "GMT",
            let year = number(fields[3], digits: 4)
        else { return nil }
        self.init(year: year, month: fields[2], day: fields[1], clock: fields[4])
    }

    /// `Sunday, 06-Nov-94 08:49:37 GMT`
    private init?(rfc850 fields: [Substring], now: HTTPDate) {
        let date = fields[1].split(separator: "-", omittingEmptySubsequences: false)
        guard fields[0].hasSuffix(","), Self.longDayNames.contains(String(fields[0].dropLast())), fields[3] == "GMT",
            date.count == 3, let digits = number(date[2], digits: 2)
        else { return nil }
        let thisYear = CivilTime(seconds: now.seconds).year
        var year = thisYear - thisYear % 100 + digits
        if year > thisYear + 50 { year -= 100 }
        self.init(year: year, month: date[1], day: date[0], clock: fields[2])
    }

    /// `Sun Nov  6 08:49:37 1994`
    private init?(asctime fields: [Substring]) {
        guard Self.dayNames.contains(String(fields[0])), fields[2].utf8.count <= 2,
            let year = number(fields[4], digits: 4)
        else { return nil }
        let day = fields[2].utf8.count == 1 ? "0" + fields[2] : fields[2]
        self.init(year: year, month: fields[1], day: day, clock: fields[3])
    }

    private init?(year: Int, month: Substring, day: Substring, clock: Substring) {
        let parts = clock.split(separator: ":", omittingEmptySubsequences: false)
        guard let month = Self.monthNames.firstIndex(of: String(month)), let day = number(day, digits: 2),
            parts.count == 3, let hour = number(parts[0], digits: 2), let minute = number(parts[1], digits: 2),
            let second = number(parts[2], digits: 2),
            hour < 24, minute < 60, second <= 60,  // 60 is a leap second.
            (1...CivilTime.days(inMonth: month + 1, of: year)).contains(day)
        else { return nil }
        let days = CivilTime.daysSince1970(year: year, month: month + 1, day: day)
        self.init(seconds: days * 86400 + Int64(hour * 3600 + minute * 60 + second))
    }
}

/// Digits alone, and exactly so many.
private func number(_ text: Substring, digits: Int) -> Int? {
    text.utf8.count == digits && text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) ? Int(text) : nil
}
