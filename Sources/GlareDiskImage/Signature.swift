/// Bytes by which a format is known. Written as text where they are ASCII, else as numbers.
struct Signature: ExpressibleByStringLiteral, ExpressibleByArrayLiteral, Sendable {
    let bytes: [UInt8]

    init(stringLiteral text: String) { bytes = Array(text.utf8) }

    init(arrayLiteral bytes: UInt8...) { self.bytes = bytes }
}
