import GlareModel
import NIOCore

/// An answer before it is sent: what it says, and which bytes follow.
///
/// HEAD's is the one that GET would get, with the content left out when it is sent (RFC 9110, 9.3.2).
struct Answer: Sendable {
    enum Content: Sendable {
        case none
        case text(String)
        /// Of one file, one run after another, with what separates them.
        case file(ServedFile, [Piece])
    }

    enum Piece: Sendable {
        case text(String)
        case bytes(Range<Int64>)
    }

    let status: Status
    private(set) var fields: [(name: StaticString, value: String)]
    let content: Content
    /// Bytes.
    let contentLength: Int64

    private init(_ status: Status, _ fields: [(StaticString, String)], _ content: Content) {
        self.status = status
        self.content = content
        self.fields = fields
        contentLength = content.length
        // A 304 must not tell another length than the 200 would, and a 204 none at all (8.6).
        if status != .notModified && status != .noContent {
            self.fields.append(("content-length", String(contentLength)))
        }
        self.fields.append(("x-content-type-options", "nosniff"))
    }

    // MARK: Without a file

    /// An answer that is no file's: its status, in words for people.
    static func error(_ status: Status, fields: [(StaticString, String)] = []) -> Answer {
        let common: [(StaticString, String)] = [
            ("content-type", ContentLabel.text), ("cache-control", ContentLabel.revalidate),
        ]
        return Answer(status, fields + common, .text("\(status.rawValue) \(status.reason)\n"))
    }

    /// To OPTIONS (9.3.7), and part of what every other method gets (15.5.6).
    static let methods = "GET, HEAD, OPTIONS"
    static let options = Answer(.noContent, [("allow", methods)], .none)
    static let methodNotAllowed = error(.methodNotAllowed, fields: [("allow", methods)])

    /// Something that was made for this request.
    static func text(_ text: String, contentType: String) -> Answer {
        Answer(.ok, [("content-type", contentType), ("cache-control", "no-store")], .text(text))
    }

    // MARK: With one

    /// What a GET or HEAD of a file is answered with (RFC 9110, 9.3.1, 13.2.2 and 14.2).
    ///
    /// - Parameters:
    ///   - range: The Range field. Only GET has one: of others it is to be ignored (14.2).
    init(for file: ServedFile, preconditions: Preconditions, range: String?, now: HTTPDate) {
        // Never later than the answer itself (8.8.2.1).
        let validators = Validators(tag: file.tag, modified: min(file.modified, now))
        var fields: [(StaticString, String)] = [
            ("etag", file.tag.text),
            ("last-modified", validators.modified.text),
            ("cache-control", file.cacheControl),
            ("accept-ranges", "bytes"),
        ]
        if let policy = file.contentSecurityPolicy { fields.append(("content-security-policy", policy)) }
        switch preconditions.outcome(for: validators, now: now) {
        case .failed: self = .error(.preconditionFailed)
        case .notModified: self.init(.notModified, fields, .none)
        case .perform(let rangeApplies):
            let selection = ByteSelection(range: rangeApplies ? range : nil, size: file.size)
            self.init(for: file, selection, fields)
        }
    }

    private init(for file: ServedFile, _ selection: ByteSelection, _ fields: [(StaticString, String)]) {
        switch selection {
        case .whole:
            self.init(.ok, fields + [("content-type", file.contentType)], .file(file, [.bytes(0..<file.size)]))
        case .part(let range):
            let extent = Self.contentRange(range, of: file)
            self.init(
                .partialContent, fields + [("content-type", file.contentType), ("content-range", extent)],
                .file(file, [.bytes(range)]))
        case .parts(let ranges):
            let separator = file.partSeparator
            self.init(
                .partialContent, fields + [("content-type", "multipart/byteranges; boundary=\(separator)")],
                .file(file, Self.multipart(ranges, of: file, separator: separator)))
        case .unsatisfiable:
            self = .error(
                .rangeNotSatisfiable, fields: [("content-range", "bytes */\(file.size)"), ("accept-ranges", "bytes")])
        }
    }

    private static func contentRange(_ range: Range<Int64>, of file: ServedFile) -> String {
        "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(file.size)"
    }

    /// The media type multipart/byteranges (RFC 9110, 14.6; RFC 2046, 5.1.1).
    private static func multipart(_ ranges: [Range<Int64>], of file: ServedFile, separator: String) -> [Piece] {
        let parts = ranges.flatMap { range -> [Piece] in
            let head = "content-type: \(file.contentType)\r\ncontent-range: \(contentRange(range, of: file))\r\n\r\n"
            return [.text("\r\n--\(separator)\r\n\(head)"), .bytes(range)]
        }
        return parts + [.text("\r\n--\(separator)--\r\n")]
    }

    /// The same for readers who had to say who they are: a cache that several share keeps what is `public`
    /// for all of them (RFC 9111, 3.5).
    func forThemAlone() -> Answer {
        var answer = self
        answer.fields = fields.map { name, value in
            (name, value == ContentLabel.immutable ? ContentLabel.immutableForOne : value)
        }
        return answer
    }

    // MARK: On the wire

    /// Writes the status line and the fields (RFC 9112, 4), all in lowercase but for the line itself: names
    /// have no case.
    ///
    /// - Parameter date: The Date field's value (RFC 9110, 6.6.1).
    func writeHead(to buffer: inout ByteBuffer, date: String, connection: ConnectionOption?) {
        buffer.writeStaticString("HTTP/1.1 ")
        buffer.writeString(String(status.rawValue))
        buffer.writeStaticString(" ")
        buffer.writeStaticString(status.reason)
        buffer.writeStaticString("\r\nserver: Glare\r\ndate: ")
        buffer.writeString(date)
        for (name, value) in fields {
            buffer.writeStaticString("\r\n")
            buffer.writeStaticString(name)
            buffer.writeStaticString(": ")
            buffer.writeString(value)
        }
        if let connection { buffer.writeStaticString(connection.line) }
        buffer.writeStaticString("\r\n\r\n")
    }

    /// What the client is told of the connection, where that is not what it expects (RFC 9112, 9.3).
    enum ConnectionOption {
        case close
        case keepAlive

        fileprivate var line: StaticString {
            switch self {
            case .close: "\r\nconnection: close"
            case .keepAlive: "\r\nconnection: keep-alive"
            }
        }
    }
}

extension Answer.Content {
    fileprivate var length: Int64 {
        switch self {
        case .none: 0
        case .text(let text): Int64(text.utf8.count)
        case .file(_, let pieces):
            pieces.reduce(0) { sum, piece in
                switch piece {
                case .text(let text): sum + Int64(text.utf8.count)
                case .bytes(let range): sum + range.upperBound - range.lowerBound
                }
            }
        }
    }
}
