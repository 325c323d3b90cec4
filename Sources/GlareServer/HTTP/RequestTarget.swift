/// Which file a request asks for: the components of its path, percent-decoded once and harmless.
///
/// The target is read byte by byte and never normalised: a path that would need it names nothing
/// here. RFC 9110, 4.2.3, RFC 9112, 3.2.1, and RFC 3986, 2.1.
enum RequestTarget: Equatable, Sendable {
    /// The components below the repository's directory: one at least, none empty, none hidden.
    case file([String])
    /// Well-formed, but of a kind that is never served: hidden, a directory, or an empty component.
    case neverServed
    /// Nothing that an honest client sends: bad percent-encoding, control characters, `..`, an
    /// encoded slash.
    case malformed

    /// Reads a target in origin-form (RFC 9112, 3.2.1); the query plays no part.
    init(_ target: String) {
        let path = target.utf8.prefix { $0 != UInt8(ascii: "?") }
        guard path.first == UInt8(ascii: "/"), !path.contains(UInt8(ascii: "#")) else {
            self = .malformed
            return
        }
        var components: [String] = []
        for encoded in path.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            // All are decoded before any is judged, so that `/.glare/../x` is malformed, not missing.
            guard let component = Self.decode(encoded), component != ".." else {
                self = .malformed
                return
            }
            components.append(component)
        }
        if components.count == 1 && components[0].isEmpty {
            self = .file(["index.html"])
        } else if components.contains(where: { $0.isEmpty || $0.utf8.first == UInt8(ascii: ".") }) {
            self = .neverServed
        } else {
            self = .file(components)
        }
    }

    /// Nil for bad percent-encoding, an encoded slash, a control character, or what is not UTF-8.
    private static func decode(_ encoded: Substring.UTF8View) -> String? {
        // Most are what they stand for.
        let isPlain = encoded.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "%") }
        return isPlain ? String(Substring(encoded)) : decodePercents(encoded)
    }

    private static func decodePercents(_ encoded: Substring.UTF8View) -> String? {
        var bytes: [UInt8] = []
        var rest = encoded[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst()?.hexDigitValue, let low = rest.popFirst()?.hexDigitValue
            else { return nil }
            let decoded = high << 4 | low
            if decoded == UInt8(ascii: "/") { return nil }
            bytes.append(decoded)
        }
        guard let component = String(validating: bytes, as: UTF8.self),
            !component.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else { return nil }
        return component
    }
}
