import NIOCore
import Testing

@testable import GlareServer

@Suite("Heads of answers: RFC 9112, 4 and 5")
struct AnswerHeadTests {
    @Test("every status, with and without what is said of the connection")
    func everyStatus() {
        let statuses = (100...599).compactMap(Status.init(rawValue:))
        #expect(statuses.count > 15)
        for status in statuses {
            let answer = Answer.error(status, fields: [HeaderField("retry-after", .max)])
            for (option, line) in [
                (Answer.ConnectionOption?.none, ""), (.close, "connection: close\r\n"),
                (.keepAlive, "connection: keep-alive\r\n"),
            ] {
                var buffer = ByteBuffer(string: "what was before ")
                answer.writeHead(to: &buffer, date: "Sun, 06 Nov 1994 08:49:37 GMT", connection: option)
                let hasLength = status != .notModified && status != .noContent
                let length = hasLength ? "content-length: \(answer.contentLength)\r\n" : ""
                #expect(
                    String(buffer: buffer) == """
                        what was before HTTP/1.1 \(status.rawValue) \(status.reason)\r
                        server: Glare\r
                        date: Sun, 06 Nov 1994 08:49:37 GMT\r
                        retry-after: 18446744073709551615\r
                        content-type: text/plain; charset=utf-8\r
                        cache-control: no-cache\r
                        \(length)x-content-type-options: nosniff\r
                        \(line)\r

                        """)
            }
        }
    }
}
