/// Looks through a JSON document (RFC 8259) that came from outside, before a decoder sees it: decoders take what is
/// ambiguous, and each takes it in its own way.
///
/// Objects have each key once, numbers are whole and not negative, and nothing is deeper than documents of ours
/// are. It costs one pass and no memory that grows with the document but the keys of the objects that are open.
struct StrictJSON {
    private static let deepest = 16
    /// Of an object: what is told apart by its keys stands in lists.
    private static let mostKeys = 256
    /// Of a document: a decoder takes some 50 bytes for each before it gives the first, measured with 16 MiB of
    /// zeros (470 MB). The largest catalogue, of rows as short as can be, has about as many.
    private static let mostValues = 1 << 19
    private let bytes: [UInt8]
    private var place = 0
    private var values = 0

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// - Throws: ``InvalidDocument``, with what was found and where.
    static func check(_ bytes: [UInt8], subject: String) throws {
        var scanner = StrictJSON(bytes)
        do {
            try scanner.value(depth: 0)
            scanner.skipBlanks()
            guard scanner.place == bytes.count else { throw Fault("something behind its end") }
        } catch let fault as Fault {
            throw InvalidDocument(
                subject, "is not a JSON document of Glare's: \(fault.found) at byte \(scanner.place)")
        }
    }

    private struct Fault: Error {
        let found: String
        init(_ found: String) { self.found = found }
    }

    private var next: UInt8? { place < bytes.count ? bytes[place] : nil }

    private mutating func skipBlanks() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { place += 1 }
    }

    private mutating func take(_ character: Character) throws {
        skipBlanks()
        guard next == character.asciiValue else { throw Fault("no \(character)") }
        place += 1
    }

    private mutating func takes(_ character: Character) -> Bool {
        skipBlanks()
        guard next == character.asciiValue else { return false }
        place += 1
        return true
    }

    private mutating func value(depth: Int) throws {
        guard depth <= Self.deepest else { throw Fault("more than \(Self.deepest) levels") }
        values += 1
        guard values <= Self.mostValues else { throw Fault("more than \(Self.mostValues) values") }
        skipBlanks()
        switch next {
        case UInt8(ascii: "{"): try object(depth: depth)
        case UInt8(ascii: "["): try array(depth: depth)
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "t"): try word("true")
        case UInt8(ascii: "f"): try word("false")
        case UInt8(ascii: "n"): try word("null")
        case .some(0x30...0x39): try number()
        default: throw Fault("no value, or a number that is not whole or is negative")
        }
    }

    private mutating func object(depth: Int) throws {
        try take("{")
        var keys = Set<[UInt8]>()
        if takes("}") { return }
        repeat {
            skipBlanks()
            let key = try string()
            // As written: a key with an escape in it is none of ours.
            guard !key.contains(UInt8(ascii: "\\")), keys.insert(Array(key)).inserted else {
                throw Fault("a key twice, or one with an escape")
            }
            guard keys.count <= Self.mostKeys else { throw Fault("more than \(Self.mostKeys) keys") }
            try take(":")
            try value(depth: depth + 1)
        } while takes(",")
        try take("}")
    }

    private mutating func array(depth: Int) throws {
        try take("[")
        if takes("]") { return }
        repeat { try value(depth: depth + 1) } while takes(",")
        try take("]")
    }

    /// What is between the quotes, as written.
    private mutating func string() throws -> ArraySlice<UInt8> {
        guard next == UInt8(ascii: "\"") else { throw Fault("no string") }
        place += 1
        let start = place
        while let byte = next, byte != UInt8(ascii: "\"") {
            guard byte >= 0x20 else { throw Fault("a control character in a string") }
            place += byte == UInt8(ascii: "\\") ? 2 : 1
        }
        guard place < bytes.count else { throw Fault("the end in a string") }
        let content = bytes[start..<place]
        guard String(validating: content, as: UTF8.self) != nil else { throw Fault("a string that is not UTF-8") }
        place += 1
        return content
    }

    private mutating func number() throws {
        let start = place
        while let byte = next, (0x30...0x39).contains(byte) { place += 1 }
        let digits = bytes[start..<place]
        guard digits.count == 1 || digits.first != UInt8(ascii: "0"), digits.count <= 19,
            Int64(String(decoding: digits, as: UTF8.self)) != nil, next.map({ !".eE".utf8.contains($0) }) ?? true
        else { throw Fault("a number that is not whole, or too large") }
    }

    private mutating func word(_ word: String) throws {
        guard bytes[place...].prefix(word.utf8.count).elementsEqual(word.utf8) else { throw Fault("no value") }
        place += word.utf8.count
    }
}
