import Foundation
import Testing

@testable import GlareModel

@Suite("Dates: RFC 9110, 5.6.7")
struct HTTPDateTests {
    /// 2026-11-23 00:00:00 UTC
    let now = HTTPDate(seconds: 1_795_392_000)

    @Test(
        "all three forms are read",
        arguments: [
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
            ("Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777),
            ("Sun Nov  6 08:49:37 1994", 784_111_777),
            ("Wed Nov 16 08:49:37 1994", 784_975_777),
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Wed, 31 Dec 1969 23:59:59 GMT", -1),
            ("Thu, 29 Feb 2024 12:00:00 GMT", 1_709_208_000),
            ("Tue, 29 Feb 2000 00:00:00 GMT", 951_782_400),
            ("Sat, 31 Dec 2016 23:59:60 GMT", 1_483_228_800),
        ] as [(String, Int64)])
    func reading(text: String, seconds: Int64) {
        #expect(HTTPDate(text, now: now)?.seconds == seconds)
    }

    @Test(
        "a year of two digits that is more than 50 years ahead is a past one",
        arguments: [
            ("Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT"),
            ("Friday, 06-Nov-76 00:00:00 GMT", "Fri, 06 Nov 2076 00:00:00 GMT"),
            ("Sunday, 06-Nov-77 00:00:00 GMT", "Sun, 06 Nov 1977 00:00:00 GMT"),
            ("Thursday, 01-Jan-26 00:00:00 GMT", "Thu, 01 Jan 2026 00:00:00 GMT"),
        ])
    func century(text: String, expected: String) {
        #expect(HTTPDate(text, now: now)?.text == expected)
    }

    @Test(
        "anything else is no date",
        arguments: [
            "", "0", "784111777", "1994-11-06T08:49:37Z", "Sun, 6 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 1994 08:49:37 +0000",
            "sun, 06 Nov 1994 08:49:37 GMT", "Sun 06 Nov 1994 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT",
            "Sun, 31 Nov 1994 08:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT", "Wed, 29 Feb 2023 12:00:00 GMT",
            "Thu, 29 Feb 1900 12:00:00 GMT", "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:37 GMT",
            "Sun, 06 Nov 1994 08:49:61 GMT", "Sun, 06 Nov 1994 8:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT",
            "Sun, 06 Nov 94 08:49:37 GMT", "Sun, 06-Nov-94 08:49:37 GMT", "Sunday, 06-Nov-1994 08:49:37 GMT",
            "Sun Nov 6 08:49:37 94", "Sun Nov 006 08:49:37 1994", "Sun, +6 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
        ])
    func malformed(text: String) {
        #expect(HTTPDate(text, now: now) == nil)
    }

    @Test("what is written is what Foundation writes, and is read back")
    func writing() throws {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "GMT")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        for seconds in stride(from: Int64(-2_000_000_000), to: 10_000_000_000, by: 7_654_321) {
            let date = HTTPDate(seconds: seconds)
            #expect(date.text == formatter.string(from: Date(timeIntervalSince1970: Double(seconds))))
            #expect(HTTPDate(date.text, now: now) == date)
        }
    }

    @Test("times beyond four digits of year keep the form")
    func extremes() {
        #expect(HTTPDate(seconds: .max).text == "Fri, 31 Dec 9999 23:59:59 GMT")
        #expect(HTTPDate(seconds: .min).text == "Sat, 01 Jan 0000 00:00:00 GMT")
    }
}
