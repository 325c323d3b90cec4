/// How repositories are reached over HTTP.
public struct HTTPOptions: Sendable {
    /// Sent with every request to a server that was named, and to nobody else.
    public var headers: [HTTPHeader]
    /// Authorities that may sign a server's certificate (PEM), in place of the system's.
    public var caFile: String?
    /// A certificate to show to servers (PEM), and its key (PEM); nil: the key is in the certificate's file.
    public var clientCertificate, clientKey: String?
    /// A file of names and passwords; one that is not there is no error.
    public var netrc: String?
    public var proxies: ProxySettings
    /// Bytes per second over all connections; nil for no limit.
    public var limitRate: Int64?
    public var stall: StallRule

    public init(
        headers: [HTTPHeader] = [], caFile: String? = nil, clientCertificate: String? = nil, clientKey: String? = nil,
        netrc: String? = nil, proxies: ProxySettings = ProxySettings(), limitRate: Int64? = nil,
        stall: StallRule = StallRule()
    ) {
        self.headers = headers
        self.caFile = caFile
        self.clientCertificate = clientCertificate
        self.clientKey = clientKey
        self.netrc = netrc
        self.proxies = proxies
        self.limitRate = limitRate
        self.stall = stall
    }
}

/// An option for the network that can't be used; found before anything is asked.
public struct InvalidHTTPOption: Error, Equatable, CustomStringConvertible {
    /// Whether it is the user's words, as against a file that they name.
    public let isUsage: Bool
    public let description: String
}
