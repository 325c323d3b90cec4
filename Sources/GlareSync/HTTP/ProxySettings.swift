/// Which proxy a request goes through: what the environment says, as curl reads it.
public struct ProxySettings: Sendable {
    private var byScheme: [String: Proxy] = [:]
    private var all: Proxy?
    private var exceptions = ProxyExceptions("")

    /// No proxies.
    public init() {}

    /// Reads `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy`, in lower or in upper case; lower wins.
    ///
    /// - Throws: ``InvalidHTTPOption`` for a proxy that can't be used.
    public init(environment: [String: String]) throws {
        let value = { (name: String) -> String? in
            // In a CGI program anybody can set HTTP_PROXY, with a header of that name (httpoxy.org).
            let upper = name == "http_proxy" && environment["REQUEST_METHOD"] != nil ? nil : name.uppercased()
            return environment[name] ?? upper.flatMap { environment[$0] }
        }
        for scheme in ["http", "https"] {
            if let text = value("\(scheme)_proxy") { byScheme[scheme] = try Proxy(text, from: "\(scheme)_proxy") }
        }
        if let text = value("all_proxy") { all = try Proxy(text, from: "all_proxy") }
        exceptions = ProxyExceptions(value("no_proxy") ?? "")
    }

    /// Nil where the request goes straight to its server.
    func proxy(for origin: Origin) -> Proxy? {
        guard let proxy = byScheme[origin.scheme] ?? all, !proxy.host.isEmpty else { return nil }
        return exceptions.cover(origin) ? nil : proxy
    }
}

/// A proxy, by where it is and how one speaks to it.
struct Proxy: Hashable, Sendable {
    enum Kind: Hashable { case http, socks5 }

    let kind: Kind
    /// Empty where the environment says that there is to be none.
    let host: String
    let port: Int
    let credentials: Credentials?
    /// Of the environment, that named it.
    let variable: String

    init(_ text: String, from variable: String) throws {
        self.variable = variable
        guard !text.isEmpty else {
            (kind, host, port, credentials) = (.http, "", 0, nil)
            return
        }
        let address = ServerAddress(text.contains("://") ? text : "http://\(text)")
        let scheme = address.text.prefix { $0 != ":" }.lowercased()
        guard let kind = ["http": Kind.http, "socks5": .socks5, "socks5h": .socks5][scheme] else {
            throw Self.invalid(
                variable, text, "expected a proxy at http:// or socks5://; others are not supported")
        }
        // Only the port's default depends on the scheme.
        guard !ServerAddress.isAmbiguous(text),
            let origin = Origin("http://" + address.text.dropFirst(scheme.count + 3))
        else {
            throw Self.invalid(variable, text, "expected http://HOST:PORT")
        }
        guard kind == .http || address.credentials == nil else {
            throw Self.invalid(variable, text, "a name and a password are not supported for socks5://")
        }
        let hasPort = address.text.last?.isNumber == true && address.text.split(separator: ":").count > 2
        self.kind = kind
        host = origin.host
        port = hasPort ? origin.port : kind == .http ? 80 : 1080
        credentials = address.credentials
    }

    private static func invalid(_ variable: String, _ text: String, _ reason: String) -> InvalidHTTPOption {
        InvalidHTTPOption(isUsage: true, description: "\(variable)=\(redacted(text)): \(reason)")
    }
}
