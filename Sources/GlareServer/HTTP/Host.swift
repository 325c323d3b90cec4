import Glibc

extension String {
    /// Whether it is a Host field's value (RFC 9112, 3.2; RFC 9110, 7.2): a name or an address, and a port where one
    /// is given; or empty.
    var isHost: Bool {
        let text = utf8
        let end: String.Index
        if text.first == UInt8(ascii: "[") {
            guard let bracket = text.firstIndex(of: UInt8(ascii: "]")) else { return false }
            let address = text[text.index(after: text.startIndex)..<bracket]
            // A client may leave in which of its networks the address is (RFC 6874).
            let zone = address.firstIndex(of: UInt8(ascii: "%")) ?? bracket
            guard Self.isIPv6(String(address[..<zone])), Self.isName(address[zone...]) else { return false }
            end = text.index(after: bracket)
        } else {
            end = text.firstIndex(of: UInt8(ascii: ":")) ?? text.endIndex
            guard Self.isName(text[..<end]) else { return false }
        }
        let rest = text[end...]
        return rest.isEmpty || rest.first == UInt8(ascii: ":") && rest.dropFirst().allSatisfy(\.isDigit)
    }

    private static func isIPv6(_ text: String?) -> Bool {
        guard let text else { return false }
        var address = in6_addr()
        return inet_pton(AF_INET6, text, &address) == 1
    }

    /// reg-name (RFC 3986, 3.2.2), IPv4 addresses among it.
    private static func isName(_ text: Substring.UTF8View) -> Bool {
        var rest = text
        while let byte = rest.popFirst() {
            if byte.isOfName { continue }
            guard byte == UInt8(ascii: "%"), rest.popFirst()?.hexDigitValue != nil,
                rest.popFirst()?.hexDigitValue != nil
            else { return false }
        }
        return true
    }
}
