import FoundationEssentials
import GlareModel

/// One answered request, as the access log tells it.
public struct AccessLogEntry: Sendable {
    /// The client's IP address; nil where the connection has none.
    public var remoteAddress: String?
    /// The reader's name, where only some may read and the client is one of them.
    public var reader: String?
    /// When the request came: seconds since 1970-01-01 00:00:00 UTC.
    public var time: Int64
    /// `GET`, or whatever else came; empty where nothing came that could be understood.
    public var method: String
    /// The request's target as it came, still encoded, with its query.
    public var target: String
    /// Of HTTP/1: 0 or 1.
    public var minorVersion: Int
    /// Of the answer: 200, 404 and so on.
    public var status: Int
    /// Seconds from the request's last byte until the answer was made; where it is a large file, until the last of
    /// it was sent.
    public var duration: Double
    /// Bytes of content that the connection took to send: fewer than announced where the client went away, and
    /// then up to what was on its way more than it got.
    public var bytesSent: Int64
    /// The Referer field; nil where the client sent none.
    public var referrer: String?
    /// The User-Agent field; nil where the client sent none.
    public var userAgent: String?

    /// Bytes that a client's text has in the log, before the mark that the rest was cut.
    static let textLimit = 1 << 10

    /// As much of a client's text as the log tells.
    static func shortened(_ text: String) -> String {
        guard text.utf8.count > textLimit else { return text }
        let end = text.utf8.index(text.startIndex, offsetBy: textLimit)
        return String(text.unicodeScalars[..<end]) + "[...]"
    }

    /// The line, without its end, in the Combined Log Format of Apache's and nginx's logs:
    /// `%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"`, in UTC.
    ///
    /// What the client sent is escaped as Apache does (`mod_log_config`), so that no request can
    /// forge a line or reach a terminal.
    public var combinedLogLine: String {
        let bytes = bytesSent == 0 ? "-" : String(bytesSent)
        let request = method.isEmpty ? "-" : "\(Self.escaped(method)) \(Self.escaped(target)) HTTP/1.\(minorVersion)"
        let client = "\"\(Self.escaped(referrer ?? "-"))\" \"\(Self.escaped(userAgent ?? "-"))\""
        return
            "\(remoteAddress ?? "-") - \(Self.word(reader)) [\(timestamp)] \"\(request)\" \(status) \(bytes) \(client)"
    }

    // MARK: JSON

    private struct Line: Encodable {
        let time: String
        let remoteAddress: String?
        let reader: String?
        let method: String
        let target: String
        let `protocol`: String
        let status: Int
        let bytes: Int64
        let seconds: Double
        let referrer: String?
        let userAgent: String?
    }

    /// The line, without its end, as a JSON object; what the client did not say is not in it.
    public var jsonLine: String {
        let civil = CivilTime(seconds: time)
        let date = "\(civil.year.padded(4))-\(civil.month.padded(2))-\(civil.day.padded(2))"
        let line = Line(
            time: "\(date)T\(civil.clock)Z", remoteAddress: remoteAddress, reader: reader, method: method,
            target: target,
            protocol: "HTTP/1.\(minorVersion)", status: status, bytes: bytesSent,
            seconds: (duration * 1e6).rounded() / 1e6, referrer: referrer, userAgent: userAgent)
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Text and finite numbers: there is nothing that can't be encoded.
        return (try? encoder.encode(line)).map { Self.visible(String(decoding: $0, as: UTF8.self)) } ?? ""
    }

    /// JSON in which nothing but text reaches a terminal, and nothing but its end is taken for a line's: what
    /// RFC 8259, 7, lets stand unescaped and terminals and JavaScript do not take for text.
    private static func visible(_ json: String) -> String {
        guard json.unicodeScalars.contains(where: isHidden) else { return json }
        return json.unicodeScalars.reduce(into: "") { text, scalar in
            guard isHidden(scalar) else { return text.unicodeScalars.append(scalar) }
            let digits = String(scalar.value, radix: 16)
            text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
    }

    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        (0x7F...0x9F).contains(scalar.value) || scalar.value == 0x2028 || scalar.value == 0x2029
    }

    /// `10/Oct/2000:13:55:36 +0000`
    private var timestamp: String {
        let time = CivilTime(seconds: time)
        return "\(time.day.padded(2))/\(HTTPDate.monthNames[time.month - 1])/\(time.year.padded(4)):\(time.clock) +0000"
    }

    /// A name as one word, for whoever takes the line apart at its blanks.
    private static func word(_ name: String?) -> String {
        guard let name else { return "-" }
        return escaped(name).split(separator: " ", omittingEmptySubsequences: false).joined(separator: "\\x20")
    }

    private static func escaped(_ text: String) -> String {
        guard text.utf8.contains(where: isEscaped) else { return text }
        var line = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                line += "\\" + String(UnicodeScalar(byte))
            case _ where isEscaped(byte):
                line += "\\x" + (byte < 0x10 ? "0" : "") + String(byte, radix: 16)
            default:
                line.unicodeScalars.append(UnicodeScalar(byte))
            }
        }
        return line
    }

    private static func isEscaped(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte > 0x7E || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }
}

extension AccessLogEntry: LogItem {
    /// With its line, which is made when it is written.
    var byteCount: Int {
        [remoteAddress, reader, method, target, referrer, userAgent].reduce(256) { $0 + ($1?.utf8.count ?? 0) }
    }
}
