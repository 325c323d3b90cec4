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

    /// Nil for what is no HTTP address, or has a port that there is not.
    init?(_ address: String) {
        guard let url = URL(string: address), let scheme = url.scheme?.lowercased(), let host = url.host,
            !host.isEmpty, let standard = ["http": 80, "https": 443][scheme], Self.hasPossiblePort(address)
        else { return nil }
        self.scheme = scheme
        self.host = host.lowercased().filter { $0 != "[" && $0 != "]" }
        port = url.port ?? standard
    }

    /// `URL` takes any number, and has none where it does not fit.
    private static func hasPossiblePort(_ address: String) -> Bool {
        let authority = ServerAddress.authority(of: address)
        guard let colon = authority.lastIndex(of: ":"), !authority[colon...].contains("]") else { return true }
        let digits = authority[authority.index(after: colon)...]
        return digits.isEmpty || (Int(digits).map { (1...65535).contains($0) } ?? false)
    }
}

/// A repository's address as a user names it, its secrets apart from what may be shown.
public struct ServerAddress: Sendable {
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

    /// Name, password, host and port (RFC 3986, section 3.2). Without a scheme too: what was meant as an address,
    /// and mistyped, may hold a password as well.
    fileprivate static func authority(of address: String) -> Substring {
        let start = address.firstRange(of: "://")?.upperBound ?? address.startIndex
        return address[start...].prefix { !"/?#".contains($0) }
    }

    /// What stands before the last `@` of the authority, and the address without it.
    private static func split(_ address: String) -> (userInfo: String?, rest: String) {
        let authority = authority(of: address)
        guard let at = authority.lastIndex(of: "@") else { return (nil, address) }
        let rest = address[..<authority.startIndex] + address[address.index(after: at)...]
        return (String(authority[..<at]), String(rest))
    }

    /// Whether it may have a password with a `/`, `?` or `#` that is not encoded: then what seems its host and
    /// port is the beginning of the password, and nobody may see or follow that.
    static func isAmbiguous(_ address: String) -> Bool {
        let authority = authority(of: address)
        return authority.contains(":") && address[authority.endIndex...].contains("@")
    }

    /// Whether a server can be meant by it.
    public static func isServer(_ address: String) -> Bool {
        guard let url = URL(string: address), let scheme = url.scheme?.lowercased(), !isAmbiguous(address) else {
            return false
        }
        if scheme == "file" { return (url.host ?? "").isEmpty && url.path.hasPrefix("/") || url.host == "localhost" }
        return Origin(ServerAddress(address).text) != nil && url.query == nil && url.fragment == nil
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

/// An address as it may be shown: a name stays, a password does not, however it was mistyped.
public func redacted(_ address: String) -> String {
    let start = address.firstRange(of: "://")?.upperBound ?? address.startIndex
    guard let at = address[start...].lastIndex(of: "@"), let colon = address[start..<at].firstIndex(of: ":") else {
        return address
    }
    // A port, and an `@` in the path behind a slash: taken for a password all the same.
    return address[...colon] + "***" + address[at...]
}
