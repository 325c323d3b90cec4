import Glibc

/// Where connections are taken.
public enum ListenAddress: Hashable, Sendable, CustomStringConvertible {
    /// A name or an IP address of this machine; port 0 takes any free one.
    case network(host: String, port: Int)
    /// A Unix socket.
    case unix(path: String)
    /// A socket that the service manager has opened, by its descriptor.
    case inherited(descriptor: Int32)

    /// Reads `HOST:PORT`, `[ADDRESS]:PORT` for IPv6, `:PORT` for all of this machine's addresses, or
    /// `unix:PATH`; nil for what is none of these.
    public init?(_ text: String) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst("unix:".count))
            // What sockaddr_un holds, with its end.
            guard path.hasPrefix("/"), path.utf8.count < 108 else { return nil }
            self = .unix(path: path)
            return
        }
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard !digits.isEmpty, digits.utf8.allSatisfy(\.isDigit), let port = Int(digits), port <= 65535 else {
            return nil
        }
        var host = text[..<colon]
        if host.hasPrefix("[") && host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        self = .network(host: host.isEmpty ? "::" : String(host), port: port)
    }

    /// As it is written.
    public var description: String {
        switch self {
        case .network(let host, let port): "\(Self.bracketed(host)):\(port)"
        case .unix(let path): "unix:\(path)"
        case .inherited(let descriptor): "descriptor \(descriptor)"
        }
    }

    /// A host as it stands in a URL.
    static func bracketed(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }
}

/// The sockets that a service manager has opened for this process (sd_listen_fds(3)).
public enum InheritedSockets {
    /// The name of the one for ``ServerConfiguration/adminListen``: `FileDescriptorName=` in its unit.
    static let adminName = "admin"

    /// Those that the environment tells of, if it is meant for this process.
    ///
    /// - Returns: Where files are served, and where the metrics are.
    public static func find(
        in environment: [String: String], processID: Int32
    ) -> (files: [ListenAddress], admin: ListenAddress?) {
        guard environment["LISTEN_PID"] == String(processID), let count = environment["LISTEN_FDS"].flatMap(Int32.init),
            count > 0, count < 1000
        else { return ([], nil) }
        let names = (environment["LISTEN_FDNAMES"] ?? "").split(separator: ":", omittingEmptySubsequences: false)
        var (files, admin): ([ListenAddress], ListenAddress?) = ([], nil)
        for number in 0..<count {
            // SD_LISTEN_FDS_START
            let address = ListenAddress.inherited(descriptor: 3 + number)
            if Int(number) < names.count && names[Int(number)] == adminName {
                admin = address
            } else {
                files.append(address)
            }
        }
        return (files, admin)
    }

    /// Whether a descriptor is a stream socket that listens, as `ListenStream=` with `Accept=no` makes it.
    static func isListening(_ descriptor: Int32) -> Bool {
        func option(_ name: Int32) -> Int32? {
            var (value, size) = (Int32(0), socklen_t(MemoryLayout<Int32>.size))
            return getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 ? value : nil
        }
        return option(SO_TYPE) == Int32(SOCK_STREAM.rawValue) && option(SO_ACCEPTCONN) == 1
    }
}
