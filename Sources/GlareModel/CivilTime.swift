/// A UTC time as people write it, in the proleptic Gregorian calendar.
///
/// Source of the arithmetic: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms",
/// `days_from_civil` and `civil_from_days`. Years begin in March there, so that the leap day is the
/// last day of its year, and are counted in eras of 400.
public struct CivilTime: Sendable {
    public let year: Int
    /// 1 to 12.
    public let month: Int
    /// 1 to 31.
    public let day: Int
    /// 0 is Sunday.
    public let weekday: Int
    public let hour: Int
    public let minute: Int
    public let second: Int

    private static let daysInEra = 146_097
    /// From 0000-03-01 to 1970-01-01.
    private static let daysTo1970 = 719_468

    /// - Parameter seconds: Since 1970-01-01 00:00:00 UTC.
    public init(seconds: Int64) {
        let (days, secondOfDay) = Int(seconds).flooringDivision(by: 86400)
        let (era, dayOfEra) = (days + Self.daysTo1970).flooringDivision(by: Self.daysInEra)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        weekday = (days + 4).flooringDivision(by: 7).remainder  // 1970-01-01 was a Thursday.
        (hour, minute, second) = (secondOfDay / 3600, secondOfDay / 60 % 60, secondOfDay % 60)
    }

    static func daysSince1970(year: Int, month: Int, day: Int) -> Int64 {
        let (era, yearOfEra) = (month <= 2 ? year - 1 : year).flooringDivision(by: 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return Int64(era * daysInEra + dayOfEra - daysTo1970)
    }

    static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// `08:49:37`
    public var clock: String { String(capacity: 8, writtenBy: writeClock) }

    func writeClock(to writer: inout TextWriter) {
        writer.write(decimal: UInt64(hour), digits: 2)
        writer.write(":")
        writer.write(decimal: UInt64(minute), digits: 2)
        writer.write(":")
        writer.write(decimal: UInt64(second), digits: 2)
    }
}

extension Int {
    /// In decimal, with zeros in front up to `width` digits.
    public func padded(_ width: Int) -> String {
        let digits = String(self)
        return String(repeating: "0", count: Swift.max(0, width - digits.utf8.count)) + digits
    }

    fileprivate func flooringDivision(by divisor: Int) -> (quotient: Int, remainder: Int) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
