import FoundationEssentials

/// A name and a password, as HTTP's Basic scheme sends them (RFC 7617).
struct Credentials: Sendable, Hashable {
    var user: String
    var password: String

    var authorization: String { "Basic \(Data("\(user):\(password)".utf8).base64EncodedString())" }
}

/// Where a request goes: what must be equal for a secret to go along.
struct Origin: Hashable, Sendable {
    let scheme: String
    let host: String
    let port: Int

    /// Nil for what is no HTTP address.
    init?(_ address: String) {
        guard let url = URL(string: address), let scheme = url.scheme?.lowercased(), let host = url.host,
            !host.isEmpty, let standard = ["http": 80, "https": 443][scheme]
        else { return nil }
        self.scheme = scheme
        self.host = host.lowercased().filter { $0 != "[" && $0 != "]" }
        port = url.port ?? standard
    }
}

/// A repository's address as a user names it, its secrets apart from what may be shown.
struct ServerAddress: Sendable {
    /// Without a name, a password, or a slash at its end: for requests, messages and files.
    let text: String
    /// Those in the address: `https://user:password@host/`.
    let credentials: Credentials?

    init(_ address: String) {
        let (userInfo, rest) = Self.split(address)
        var text = rest
        while text.hasSuffix("/") && !text.hasSuffix("://") { text.removeLast() }
        self.text = text
        credentials = userInfo.map { info in
            let parts = info.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let decoded = parts.map(Self.decoded)
            return Credentials(user: decoded[0], password: decoded.count > 1 ? decoded[1] : "")
        }
    }

    /// What stands before the last `@` of the authority (RFC 3986, section 3.2), and the address without it.
    fileprivate static func split(_ address: String) -> (userInfo: String?, rest: String) {
        // Without a scheme too: what was meant as an address, and mistyped, may hold a password as well.
        let start = address.firstRange(of: "://")?.upperBound ?? address.startIndex
        let end = address[start...].firstIndex { "/?#".contains($0) } ?? address.endIndex
        guard let at = address[start..<end].lastIndex(of: "@") else { return (nil, address) }
        return (String(address[start..<at]), String(address[..<start] + address[address.index(after: at)...]))
    }

    /// Of a password with a `/` or a `?` in it, which would have to be encoded, an address makes a port that
    /// is no number. It is not shown all the same.
    fileprivate static func withoutMistypedPassword(_ address: String) -> String {
        guard let start = address.firstRange(of: "://")?.upperBound, let at = address.lastIndex(of: "@"), start < at,
            let colon = address[start..<at].firstIndex(of: ":")
        else { return address }
        let port = address[address.index(after: colon)..<at].prefix { !"/?#".contains($0) }
        guard !port.allSatisfy(\.isNumber) else { return address }
        return address[...colon] + "***" + address[at...]
    }

    /// `%41` is A; a percent sign before anything else is itself.
    private static func decoded(_ text: Substring) -> String {
        var (bytes, rest) = ([UInt8](), text.utf8[...])
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let code = UInt8(String(Substring(rest.prefix(2))), radix: 16), rest.count > 1
            {
                bytes.append(code)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// An address as it may be shown: a name stays, a password does not.
public func redacted(_ address: String) -> String {
    let (userInfo, rest) = ServerAddress.split(address)
    guard let userInfo else { return ServerAddress.withoutMistypedPassword(address) }
    let start = rest.firstRange(of: "://")?.upperBound ?? rest.startIndex
    let user = userInfo.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).first ?? ""
    let shown = userInfo.contains(":") ? "\(user):***" : "\(user)"
    return String(rest[..<start] + shown + "@" + rest[start...])
}
