import Glibc

/// The hosts of `no_proxy`: names with their subdomains, addresses, networks (`10.0.0.0/8`), each with a
/// port or without, or `*` for all.
struct ProxyExceptions: Sendable {
    private enum Pattern {
        case everything
        case domain(String, port: Int?)
        case network(IPAddress, bits: Int, port: Int?)
    }

    private let patterns: [Pattern]

    init(_ text: String) {
        patterns = text.split { $0 == "," || $0.isWhitespace }.compactMap { Self.pattern(String($0).lowercased()) }
    }

    func cover(_ origin: Origin) -> Bool {
        let address = IPAddress(origin.host)
        return patterns.contains { pattern in
            switch pattern {
            case .everything: true
            case .domain(let name, let port):
                (port == nil || port == origin.port) && (origin.host == name || origin.host.hasSuffix("." + name))
            case .network(let network, let bits, let port):
                (port == nil || port == origin.port) && address.map { network.contains($0, bits: bits) } ?? false
            }
        }
    }

    private static func pattern(_ text: String) -> Pattern? {
        if text == "*" { return .everything }
        if let network = network(text, port: nil) { return network }
        let (host, port) = splitPort(text)
        if let network = network(host, port: port) { return network }
        let name = host.hasPrefix(".") ? String(host.dropFirst()) : host
        return name.isEmpty ? nil : .domain(name, port: port)
    }

    private static func network(_ text: String, port: Int?) -> Pattern? {
        let parts = text.split(separator: "/", maxSplits: 1).map(String.init)
        guard let first = parts.first else { return nil }
        let isBracketed = first.hasPrefix("[") && first.hasSuffix("]")
        guard let address = IPAddress(isBracketed ? String(first.dropFirst().dropLast()) : first) else { return nil }
        guard parts.count == 2 else { return .network(address, bits: address.bytes.count * 8, port: port) }
        guard let bits = Int(parts[1]), (0...address.bytes.count * 8).contains(bits) else { return nil }
        return .network(address, bits: bits, port: port)
    }

    /// `host:80`, `[::1]:80`; not `::1`, which has no port.
    private static func splitPort(_ text: String) -> (host: String, port: Int?) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            text[..<colon].hasSuffix("]") || !text[..<colon].contains(":")
        else { return (text, nil) }
        return (String(text[..<colon]), port)
    }
}

/// The bytes of an IPv4 or IPv6 address.
private struct IPAddress {
    let bytes: [UInt8]

    /// Nil for a name.
    init?(_ text: String) {
        for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
            var bytes = [UInt8](repeating: 0, count: count)
            if inet_pton(family, text, &bytes) == 1 {
                self.bytes = bytes
                return
            }
        }
        return nil
    }

    /// Whether the first `bits` bits of both are the same.
    func contains(_ other: IPAddress, bits: Int) -> Bool {
        guard bytes.count == other.bytes.count else { return false }
        return bytes.indices.allSatisfy { index in
            let counted = max(0, min(8, bits - index * 8))
            let mask = UInt8(truncatingIfNeeded: 0xFF00 >> counted)
            return bytes[index] & mask == other.bytes[index] & mask
        }
    }
}
