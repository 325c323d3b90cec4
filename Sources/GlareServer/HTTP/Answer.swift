import GlareModel
import NIOCore

/// An answer before it is sent: what it says, and which bytes follow.
///
/// HEAD's is the one that GET would get, with the content left out when it is sent (RFC 9110, 9.3.2).
struct Answer: Sendable {
    enum Content: Sendable {
        case none
        case text(String)
        /// One run of a file.
        case run(ServedFile, Range<Int64>)
        /// Several runs of a file, with what separates them.
        case pieces(ServedFile, [Piece])
    }

    enum Piece: Sendable {
        case text(String)
        case bytes(Range<Int64>)
    }

    let status: Status
    private(set) var fields: [HeaderField]
    let content: Content
    /// Bytes.
    let contentLength: Int64
    /// Who asked, where that is known.
    private(set) var reader: String?

    private init(_ status: Status, _ fields: [HeaderField], _ content: Content) {
        self.status = status
        self.content = content
        self.fields = fields
        contentLength = content.length
        // A 304 must not tell another length than the 200 would, and a 204 none at all (8.6).
        if status != .notModified && status != .noContent {
            self.fields.append(HeaderField("content-length", UInt64(contentLength)))
        }
        self.fields.append(HeaderField("x-content-type-options", "nosniff"))
    }

    // MARK: Without a file

    /// An answer that is no file's: its status, in words for people.
    static func error(_ status: Status, fields: [HeaderField] = []) -> Answer {
        let common = [
            HeaderField("content-type", ContentLabel.text),
            HeaderField("cache-control", ContentLabel.revalidate),
        ]
        return Answer(status, fields + common, .text("\(status.rawValue) \(status.reason)\n"))
    }

    /// To OPTIONS (9.3.7), and part of what every other method gets (15.5.6).
    static let methods = "GET, HEAD, OPTIONS"
    static let options = Answer(.noContent, [HeaderField("allow", methods)], .none)
    private static let methodNotAllowed = error(.methodNotAllowed, fields: [HeaderField("allow", methods)])
    /// Methods of RFC 9110, 9.3, and RFC 5789 that no file has.
    private static let methodsOfOthers: Set = ["POST", "PUT", "DELETE", "CONNECT", "TRACE", "PATCH"]

    /// To every other method: one that is known is not allowed, what is none is not implemented (9.1).
    static func refusal(of method: String) -> Answer {
        methodsOfOthers.contains(method) ? methodNotAllowed : error(.notImplemented)
    }

    /// Something that was made for this request.
    static func text(_ text: String, contentType: String) -> Answer {
        let fields = [
            HeaderField("content-type", contentType),
            HeaderField("cache-control", "no-store"),
        ]
        return Answer(.ok, fields, .text(text))
    }

    // MARK: With one

    /// What a GET or HEAD of a file is answered with (RFC 9110, 9.3.1, 13.2.2 and 14.2).
    ///
    /// - Parameters:
    ///   - range: The Range field. Only GET has one: of others it is to be ignored (14.2).
    init(for file: ServedFile, preconditions: Preconditions, range: String?, now: HTTPDate) {
        // Never later than the answer itself (8.8.2.1).
        let validators = Validators(tag: file.tag, modified: min(file.modified, now))
        var fields: [HeaderField] = []
        fields.reserveCapacity(Self.mostFields)
        fields.append(HeaderField("etag", file.tag.text))
        fields.append(HeaderField("last-modified", validators.modified))
        fields.append(HeaderField("cache-control", file.cacheControl))
        fields.append(HeaderField("accept-ranges", "bytes"))
        if let policy = file.contentSecurityPolicy {
            fields.append(HeaderField("content-security-policy", policy))
        }
        switch preconditions.outcome(for: validators, now: now) {
        case .failed: self = .error(.preconditionFailed)
        case .notModified: self.init(.notModified, fields, .none)
        case .perform(let rangeApplies):
            let selection = ByteSelection(range: rangeApplies ? range : nil, size: file.size)
            self.init(for: file, selection, fields)
        }
    }

    /// Fields of the answer that has most; with more, the array of them would only be made twice.
    private static let mostFields = 9

    private init(for file: ServedFile, _ selection: ByteSelection, _ common: [HeaderField]) {
        var fields = common
        switch selection {
        case .whole:
            fields.append(HeaderField("content-type", file.contentType))
            self.init(.ok, fields, .run(file, 0..<file.size))
        case .part(let range):
            fields.append(HeaderField("content-type", file.contentType))
            fields.append(HeaderField("content-range", Self.contentRange(range, of: file)))
            self.init(.partialContent, fields, .run(file, range))
        case .parts(let ranges):
            let separator = file.partSeparator
            fields.append(HeaderField("content-type", "multipart/byteranges; boundary=\(separator)"))
            self.init(
                .partialContent, fields, .pieces(file, Self.multipart(ranges, of: file, separator: separator)))
        case .unsatisfiable:
            self = .error(
                .rangeNotSatisfiable,
                fields: [
                    HeaderField("content-range", "bytes */\(file.size)"),
                    HeaderField("accept-ranges", "bytes"),
                ])
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

    /// The same for a reader who had to say who that is: a cache that several share keeps what is `public`
    /// for all of them (RFC 9111, 3.5).
    func forThemAlone(_ reader: String) -> Answer {
        var answer = self
        answer.reader = reader
        answer.fields = fields.map { field in
            guard case .text(ContentLabel.immutable) = field.value else { return field }
            return HeaderField(field.name, ContentLabel.immutableForOne)
        }
        return answer
    }

    // MARK: On the wire

    /// Writes the status line and the fields (RFC 9112, 4), all in lowercase but for the line itself: names
    /// have no case.
    ///
    /// - Parameter date: The Date field's value (RFC 9110, 6.6.1).
    func writeHead(to buffer: inout ByteBuffer, date: String, connection: ConnectionOption?) {
        let reason = status.reason
        let capacity = fields.reduce(Self.frameLimit + reason.utf8CodeUnitCount + date.utf8.count) { $0 + $1.byteLimit }
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: capacity) { space in
            var writer = TextWriter(space)
            writer.write("HTTP/1.1 ")
            writer.write(decimal: UInt64(status.rawValue))
            writer.write(" ")
            writer.write(reason)
            writer.write("\r\nserver: Glare\r\ndate: ")
            writer.write(date)
            for field in fields { field.write(to: &writer) }
            if let connection { writer.write(connection.line) }
            writer.write("\r\n\r\n")
            return writer.count
        }
    }

    /// Bytes of a head at most, but for the reason, the date and the fields: the status line, two field names, the
    /// longer ``ConnectionOption`` and the end are 64.
    private static let frameLimit = 80

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
        case .run(_, let range): range.upperBound - range.lowerBound
        case .pieces(_, let pieces):
            pieces.reduce(0) { sum, piece in
                switch piece {
                case .text(let text): sum + Int64(text.utf8.count)
                case .bytes(let range): sum + range.upperBound - range.lowerBound
                }
            }
        }
    }
}
