/// What is served, where, and to whom.
public struct ServerConfiguration: Sendable {
    /// The repository's path.
    public var directory: String
    /// One at least.
    public var listen: [ListenAddress]
    /// Where `/metrics` and `/healthz` are; nil for nowhere.
    public var adminListen: ListenAddress?
    /// Nil for plain HTTP.
    public var certificate: CertificateFiles?
    /// Path of the file that names who may read; nil for everybody.
    public var readers: String?
    /// Connections at a time.
    public var maximumConnections: Int
    /// Connections at a time of one client's address; nil for as many as there may be.
    public var maximumConnectionsPerAddress: Int?
    /// How long a stop waits for answers that are being sent; those that take longer are cut off,
    /// and their clients resume by range.
    public var shutdownGrace: Duration
    /// How long clients may take.
    var times = TimeLimits()

    /// A configuration whose values are looked at by ``RepositoryServer/run()``, not before.
    public init(
        directory: String, listen: [ListenAddress], adminListen: ListenAddress? = nil,
        certificate: CertificateFiles? = nil, readers: String? = nil, maximumConnections: Int = 4096,
        maximumConnectionsPerAddress: Int? = nil, shutdownGrace: Duration = .seconds(10)
    ) {
        self.directory = directory
        self.listen = listen
        self.adminListen = adminListen
        self.certificate = certificate
        self.readers = readers
        self.maximumConnections = maximumConnections
        self.maximumConnectionsPerAddress = maximumConnectionsPerAddress
        self.shutdownGrace = shutdownGrace
    }
}
