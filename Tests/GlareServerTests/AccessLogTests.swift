import Testing

@testable import GlareServer

@Suite("Access log")
struct AccessLogTests {
    /// The time of the example in Apache's documentation, in UTC.
    let entry = AccessLogEntry(
        remoteAddress: "127.0.0.1", reader: nil, time: 971_211_336, method: "GET", target: "/apache_pb.gif",
        minorVersion: 0, status: 200, duration: 0.0012345,
        bytesSent: 2326, referrer: "http://www.example.com/start.html", userAgent: "Mozilla/4.08 [en] (Win98; I ;Nav)")

    @Test("a line in Combined Log Format")
    func combined() {
        #expect(
            entry.combinedLogLine
                == #"127.0.0.1 - - [10/Oct/2000:20:55:36 +0000] "GET /apache_pb.gif HTTP/1.0" 200 2326 "http://www.example.com/start.html" "Mozilla/4.08 [en] (Win98; I ;Nav)""#
        )
    }

    @Test("what is missing is a dash")
    func missing() {
        var entry = entry
        (entry.remoteAddress, entry.referrer, entry.userAgent, entry.bytesSent, entry.status) = (nil, nil, nil, 0, 304)
        #expect(
            entry.combinedLogLine == #"- - - [10/Oct/2000:20:55:36 +0000] "GET /apache_pb.gif HTTP/1.0" 304 - "-" "-""#)
    }

    @Test("a line in JSON; what the client did not say is not in it")
    func json() {
        var entry = entry
        entry.target = "/a\"\n\u{1B}b"
        entry.referrer = nil
        #expect(
            entry.jsonLine
                == #"{"bytes":2326,"method":"GET","protocol":"HTTP/1.0","remote_address":"127.0.0.1","seconds":0.001235,"status":200,"target":"/a\"\n\u001bb","time":"2000-10-10T20:55:36Z","user_agent":"Mozilla/4.08 [en] (Win98; I ;Nav)"}"#
        )
    }

    @Test("the reader who asked has its place, as one word")
    func reader() {
        var entry = entry
        entry.reader = "site 1\""
        #expect(entry.combinedLogLine.hasPrefix(#"127.0.0.1 - site\x201\" [10/Oct"#))
        #expect(entry.jsonLine.contains(#""reader":"site 1\"""#))
    }

    @Test("in JSON, nothing that a terminal or JavaScript takes for more than text is left as it came")
    func hiddenInJSON() {
        var entry = entry
        entry.target = "/a\u{7F}\u{85}\u{9B}31m\u{A0}\u{2028}\u{2029}\u{E9}"
        #expect(entry.jsonLine.contains("\"/a\\u007f\\u0085\\u009b31m\u{A0}\\u2028\\u2029\u{E9}\""))
    }

    @Test("nothing that a client sends ends a field or a line")
    func escaping() {
        var entry = entry
        entry.target = "/a\"b\\c\n\u{1B}é"
        entry.userAgent = "x\" 200 1\r\n"
        #expect(entry.combinedLogLine.contains(#""GET /a\"b\\c\x0a\x1b\xc3\xa9 HTTP/1.0""#))
        #expect(entry.combinedLogLine.hasSuffix(#""x\" 200 1\x0d\x0a""#))
    }

    @Test("of what a client sends, a KiB is kept, and a mark that there was more")
    func shortened() {
        let limit = AccessLogEntry.textLimit
        let fits = String(repeating: "a", count: limit)
        #expect(AccessLogEntry.shortened(fits) == fits)
        #expect(AccessLogEntry.shortened(fits + "b") == fits + "[...]")
        // Cut between characters: the last would be half in.
        let wide = "a" + String(repeating: "\u{E9}", count: limit)
        #expect(AccessLogEntry.shortened(wide) == "a" + String(repeating: "\u{E9}", count: (limit - 1) / 2) + "[...]")
    }
}
