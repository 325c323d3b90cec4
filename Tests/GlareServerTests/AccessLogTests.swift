import Dispatch
import NIOPosix
import Synchronization
import Testing

@testable import GlareServer

@Suite("Access log")
struct AccessLogTests {
    /// The time of the example in Apache's documentation, in UTC.
    let entry = AccessLogEntry(
        remoteAddress: "127.0.0.1", time: 971_211_336, method: "GET", target: "/apache_pb.gif",
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

    @Test("nothing that a client sends ends a field or a line")
    func escaping() {
        var entry = entry
        entry.target = "/a\"b\\c\n\u{1B}é"
        entry.userAgent = "x\" 200 1\r\n"
        #expect(entry.combinedLogLine.contains(#""GET /a\"b\\c\x0a\x1b\xc3\xa9 HTTP/1.0""#))
        #expect(entry.combinedLogLine.hasSuffix(#""x\" 200 1\x0d\x0a""#))
    }

    @Test("entries are written in order; a writer that is stuck loses those beyond the limit, and holds up nobody")
    func stuckWriter() async throws {
        let thread = NIOThreadPool(numberOfThreads: 1)
        thread.start()
        let stuck = DispatchSemaphore(value: 0)
        let written = Mutex<[Int]>([])
        let log = AccessLog(thread: thread) { entries in
            if entries[0].status == 0 { stuck.wait() }
            written.withLock { $0 += entries.map(\.status) }
        }
        for number in 0..<AccessLog.limit + 5 {
            var entry = entry
            entry.status = number
            log.record(entry)
        }
        stuck.signal()
        let lost = try await log.drain()
        #expect(lost == 5)
        #expect(written.withLock { $0 } == Array(0..<AccessLog.limit))
        try await thread.shutdownGracefully()
    }
}
