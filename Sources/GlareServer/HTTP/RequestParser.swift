import NIOCore

/// Finds one request's head after another in a connection's bytes (RFC 9112, 2 to 5), and takes nothing that
/// two readers could understand in two ways: one line ends as another does, by CR and LF.
struct RequestParser {
    /// Bytes.
    static let targetLimit = 8 << 10
    /// Bytes of all fields with their names.
    static let fieldsLimit = 32 << 10
    /// Of the longest method, and the version, and what is between.
    private static let lineLimit = targetLimit + 64

    enum Result: Equatable {
        /// More bytes are needed.
        case incomplete
        case request(RequestHead)
        /// Not HTTP, or not what is taken: answered with this, after which nothing on the connection can be
        /// understood.
        case refused(Status)
    }

    /// How far, from where a head begins, its lines have been looked at.
    private var scanned = 0
    /// Where the line begins that has not ended yet.
    private var lineStart = 0
    /// Where the first line of fields begins; nil before the request line has ended.
    private var fieldsStart: Int?

    /// Whether a head has begun, and not ended.
    private(set) var isInside = false
    /// What can be told of the request that was refused last: for HEAD, which gets no content, and for the log.
    private(set) var refused: RequestHead?

    /// Takes a head from the front of the buffer, if all of it is there.
    mutating func next(in buffer: inout ByteBuffer) -> Result {
        let result = buffer.withUnsafeReadableBytes { scan($0) }
        switch result {
        case .end(let count):
            var known: RequestHead?
            let result = buffer.withUnsafeReadableBytes {
                parse(UnsafeRawBufferPointer(rebasing: $0[..<count]), refused: &known)
            }
            buffer.moveReaderIndex(forwardBy: count)
            self = RequestParser()
            refused = known
            return result
        case .open:
            isInside = buffer.readableBytes > 0
            return .incomplete
        case .bad(let status):
            refused = buffer.withUnsafeReadableBytes { Self.beginning(of: $0) }
            return .refused(status)
        }
    }

    private enum Extent {
        /// The head has so many bytes.
        case end(Int)
        case open
        case bad(Status)
    }

    /// Goes on from where the last call stopped: bytes that come one by one are each looked at once.
    private mutating func scan(_ bytes: UnsafeRawBufferPointer) -> Extent {
        if let first = bytes.first, !first.isToken, first != .carriageReturn { return .bad(.badRequest) }
        while scanned < bytes.count {
            guard let end = bytes[scanned...].firstIndex(of: .lineFeed) else {
                scanned = bytes.count
                break
            }
            scanned = end + 1
            guard end > lineStart, bytes[end - 1] == .carriageReturn else { return .bad(.badRequest) }
            let isEmpty = end == lineStart + 1
            if isEmpty && fieldsStart != nil { return .end(scanned) }
            // An empty line before the request line is passed over: one, not more (2.2).
            if isEmpty && lineStart > 0 { return .bad(.badRequest) }
            if !isEmpty && fieldsStart == nil {
                if end - lineStart > Self.lineLimit { return .bad(.targetTooLong) }
                fieldsStart = scanned
            }
            lineStart = scanned
        }
        if let fieldsStart {
            return bytes.count - fieldsStart > Self.fieldsLimit ? .bad(.fieldsTooLarge) : .open
        }
        return bytes.count - lineStart > Self.lineLimit ? .bad(.targetTooLong) : .open
    }

    // MARK: A whole head

    /// - Parameter refused: What was understood of a request that is refused.
    private func parse(_ head: UnsafeRawBufferPointer, refused: inout RequestHead?) -> Result {
        guard let fieldsStart else { return .refused(.badRequest) }
        guard head.count - fieldsStart <= Self.fieldsLimit else {
            refused = Self.beginning(of: head)
            return .refused(.fieldsTooLarge)
        }
        let lineStart = head.first == .carriageReturn ? 2 : 0
        var request: RequestHead
        switch Self.requestLine(head[lineStart..<fieldsStart - 2]) {
        case .request(let line): request = line
        case let other:
            refused = Self.beginning(of: head)
            return other
        }
        var hosts = 0
        var position = fieldsStart
        while position < head.count - 2 {
            guard let end = head[position...].firstIndex(of: .lineFeed),
                let field = Self.field(head[position..<end - 1])
            else {
                refused = request
                return .refused(.badRequest)
            }
            position = end + 1
            if let name = field.name {
                if name == .host { hosts += 1 }
                request.fields.add(name, String(decoding: field.value, as: UTF8.self))
            }
        }
        let result = Self.checked(request, hosts: hosts)
        if case .refused = result { refused = request }
        return result
    }

    /// Method and target, as far as they are there, of a head that may be anything; nil where it has no method.
    private static func beginning(of head: UnsafeRawBufferPointer) -> RequestHead? {
        let line = head.drop { $0 == .carriageReturn || $0 == .lineFeed }.prefix(lineLimit).prefix {
            $0 > 0x20 && $0 < 0x7F || $0 == .space
        }
        let words = line.split(separator: .space, maxSplits: 2, omittingEmptySubsequences: false)
        guard words.count > 1, !words[0].isEmpty, words[0].allSatisfy(\.isToken) else { return nil }
        return RequestHead(
            method: String(decoding: words[0], as: UTF8.self), target: String(decoding: words[1], as: UTF8.self),
            minorVersion: 1)
    }

    /// What RFC 9112 has a server refuse: without exactly one Host (3.2), or with two lengths (6.1, 6.3). There
    /// is no body that would mean anything, so none is taken.
    private static func checked(_ request: RequestHead, hosts: Int) -> Result {
        guard hosts == 1 || (hosts == 0 && request.minorVersion == 0) else { return .refused(.badRequest) }
        if let host = request.fields[.host], !host.isHost { return .refused(.badRequest) }
        switch (request.fields[.contentLength], request.fields[.transferEncoding]) {
        case (nil, nil): return .request(request)
        case (_?, _?): return .refused(.badRequest)
        case (let length?, nil):
            guard !length.isEmpty, length.utf8.allSatisfy(\.isDigit) else { return .refused(.badRequest) }
            return length.utf8.allSatisfy { $0 == UInt8(ascii: "0") } ? .request(request) : .refused(.contentTooLarge)
        case (nil, _?): return .refused(request.minorVersion == 0 ? .badRequest : .contentTooLarge)
        }
    }

    /// `method SP request-target SP HTTP-version` (3), with single spaces.
    private static func requestLine(_ line: Slice<UnsafeRawBufferPointer>) -> Result {
        guard let afterMethod = line.firstIndex(of: .space), afterMethod > line.startIndex,
            line[..<afterMethod].allSatisfy(\.isToken),
            let afterTarget = line[(afterMethod + 1)...].firstIndex(of: .space)
        else { return .refused(.badRequest) }
        let target = line[(afterMethod + 1)..<afterTarget]
        guard let version = httpVersion(line[(afterTarget + 1)...]), !target.isEmpty,
            target.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return .refused(.badRequest) }
        if target.count > targetLimit { return .refused(.targetTooLong) }
        guard version.major == 1 else { return .refused(.versionNotSupported) }
        return .request(
            RequestHead(
                method: String(decoding: line[..<afterMethod], as: UTF8.self),
                target: originForm(String(decoding: target, as: UTF8.self)),
                minorVersion: min(version.minor, 1)))
    }

    /// `HTTP/` DIGIT `.` DIGIT (2.3)
    private static func httpVersion(_ text: Slice<UnsafeRawBufferPointer>) -> (major: Int, minor: Int)? {
        guard text.count == 8, text.starts(with: "HTTP/".utf8), text[text.startIndex + 6] == UInt8(ascii: "."),
            text[text.startIndex + 5].isDigit, text[text.startIndex + 7].isDigit
        else { return nil }
        return (Int(text[text.startIndex + 5] - 0x30), Int(text[text.startIndex + 7] - 0x30))
    }

    /// Without `http://host`, which every server must accept (3.2.2).
    private static func originForm(_ target: String) -> String {
        guard target.utf8.first != UInt8(ascii: "/"), target.utf8.contains(UInt8(ascii: ":")) else { return target }
        for scheme in ["http://", "https://"] where target.lowercased().hasPrefix(scheme) {
            let rest = target.dropFirst(scheme.count)
            let authority = rest.prefix { $0 != "/" && $0 != "?" }
            guard !authority.isEmpty, String(authority).isHost else { return target }
            let path = rest.dropFirst(authority.count)
            return path.hasPrefix("/") ? String(path) : "/" + path
        }
        return target
    }

    /// `field-name ":" OWS field-value OWS` (5); a name of nil is one that no answer depends on. Not taken are a
    /// line that continues the one before (5.2), and blanks before the colon (5.1).
    private static func field(
        _ line: Slice<UnsafeRawBufferPointer>
    ) -> (name: FieldName?, value: Slice<UnsafeRawBufferPointer>)? {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex,
            line[..<colon].allSatisfy(\.isToken)
        else { return nil }
        var value = line[(colon + 1)...]
        while let first = value.first, first.isBlank { value = value.dropFirst() }
        while let last = value.last, last.isBlank { value = value.dropLast() }
        guard value.allSatisfy({ ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x09 }) else { return nil }
        return (FieldName(UnsafeRawBufferPointer(rebasing: line[..<colon])), value)
    }
}
