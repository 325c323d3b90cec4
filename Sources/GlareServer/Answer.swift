import GlareModel
import Hummingbird

/// An answer before it is sent: what it says, and which bytes follow.
///
/// HEAD's is the one that GET would get, with the content left out when it is sent (RFC 9110, 9.3.2).
struct Answer: Sendable {
    enum Content: Sendable {
        case none
        case text(String)
        case file(ServedFile, Range<Int64>)
    }

    let status: HTTPResponse.Status
    private(set) var headers: HTTPFields
    let content: Content

    /// Bytes.
    var contentLength: Int64 {
        switch content {
        case .none: 0
        case .text(let text): Int64(text.utf8.count)
        case .file(_, let range): range.upperBound - range.lowerBound
        }
    }

    private init(_ status: HTTPResponse.Status, _ headers: HTTPFields, _ content: Content) {
        self.status = status
        self.headers = headers
        self.content = content
        self.headers[.xContentTypeOptions] = "nosniff"
        // A 304 must not tell another length than the 200 would (8.6): it tells none.
        if status != .notModified { self.headers[.contentLength] = String(contentLength) }
    }

    /// An answer that is no file's: its status, in words for people.
    static func error(_ status: HTTPResponse.Status, headers: HTTPFields = [:]) -> Answer {
        var headers = headers
        headers[.contentType] = "text/plain; charset=utf-8"
        headers[.cacheControl] = ContentLabel.revalidate
        return Answer(status, headers, .text("\(status.code) \(status.reasonPhrase)\n"))
    }

    /// What a GET or HEAD of a file is answered with (RFC 9110, 9.3.1, 13.2.2 and 14.2).
    ///
    /// - Parameters:
    ///   - range: The Range field. Only GET has one: of others it is to be ignored (14.2).
    init(for file: ServedFile, preconditions: Preconditions, range: String?, now: HTTPDate) {
        // Never later than the answer itself (8.8.2.1).
        let validators = Validators(tag: file.tag, modified: min(file.modified, now))
        let headers: HTTPFields = [
            .eTag: file.tag.text,
            .lastModified: validators.modified.text,
            .cacheControl: file.cacheControl,
            .acceptRanges: "bytes",
        ]
        switch preconditions.outcome(for: validators, now: now) {
        case .failed: self = .error(.preconditionFailed)
        case .notModified: self.init(.notModified, headers, .none)
        case .perform(let rangeApplies):
            let selection = ByteSelection(range: rangeApplies ? range : nil, size: file.size)
            self.init(for: file, selection, headers)
        }
    }

    private init(for file: ServedFile, _ selection: ByteSelection, _ headers: HTTPFields) {
        var headers = headers
        headers[.contentType] = file.contentType
        switch selection {
        case .whole:
            self.init(.ok, headers, .file(file, 0..<file.size))
        case .part(let range):
            headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(file.size)"
            self.init(.partialContent, headers, .file(file, range))
        case .unsatisfiable:
            let size = "bytes */\(file.size)"
            self = .error(.rangeNotSatisfiable, headers: [.contentRange: size, .acceptRanges: "bytes"])
        }
    }
}
