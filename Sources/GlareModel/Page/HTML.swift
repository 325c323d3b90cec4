/// A piece of HTML, as UTF-8.
///
/// It is written as a literal, which is taken as it stands, with values in it. A `String` among them is
/// escaped, and there is no other way to put one in: literals are `StaticString`s, which no run of the
/// program can make. So nothing that comes from a file becomes a tag, an attribute or a script. Attributes'
/// values stand in double quotes, always.
struct HTML: ExpressibleByStringInterpolation, Sendable {
    private(set) var bytes: [UInt8]

    init(stringLiteral literal: StaticString) { bytes = Array(literal) }

    init(stringInterpolation: Interpolation) { bytes = stringInterpolation.bytes }

    /// This piece, or nothing.
    func when(_ condition: Bool) -> HTML { condition ? self : "" }

    /// What is built from a literal with values in it.
    struct Interpolation: StringInterpolationProtocol {
        fileprivate var bytes: [UInt8] = []

        init(literalCapacity: Int, interpolationCount: Int) {
            bytes.reserveCapacity(literalCapacity + 32 * interpolationCount)
        }

        mutating func appendLiteral(_ literal: StaticString) {
            literal.withUTF8Buffer { bytes += $0 }
        }

        /// Text, which means nothing but itself.
        mutating func appendInterpolation(_ text: String) { bytes.appendEscaped(text) }
        mutating func appendInterpolation(_ number: Int64) { bytes += String(number).utf8 }
        mutating func appendInterpolation(_ html: HTML) { bytes += html.bytes }
        mutating func appendInterpolation(_ pieces: [HTML]) {
            for piece in pieces { bytes += piece.bytes }
        }
        /// Source of this program's: a style, a script.
        mutating func appendInterpolation(_ source: StaticString) { appendLiteral(source) }
    }
}

extension [UInt8] {
    init(_ literal: StaticString) { self = literal.withUTF8Buffer { Array($0) } }

    /// Appends a text so that it is read as itself, between tags and in an attribute's quotes. What could turn
    /// text round or hide it is made visible, as on a terminal; line feeds and tabs stay.
    fileprivate mutating func appendEscaped(_ text: String) {
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": self += "&amp;".utf8
            case "<": self += "&lt;".utf8
            case ">": self += "&gt;".utf8
            case "\"": self += "&quot;".utf8
            case "'": self += "&#39;".utf8
            case "\n", "\t": append(UInt8(scalar.value))
            case " "..."~": append(UInt8(scalar.value))
            default: self += (scalar.isUnsafeToShow ? scalar.escapeForDisplay : String(scalar)).utf8
            }
        }
    }
}
