/// What is served, and where.
public struct ServerConfiguration: Sendable {
    /// The repository's path.
    public var directory: String
    /// A name or an IP address of this machine.
    public var host: String
    /// 0 takes any free port.
    public var port: Int
    /// How long a stop waits for answers that are being sent; those that take longer are cut off,
    /// and their clients resume by range.
    public var shutdownGrace: Duration
    /// How long clients may take.
    var times = TimeLimits()

    /// A configuration whose values are looked at by ``RepositoryServer/run()``, not before.
    public init(
        directory: String, host: String = "127.0.0.1", port: Int = 8080, shutdownGrace: Duration = .seconds(10)
    ) {
        self.directory = directory
        self.host = host
        self.port = port
        self.shutdownGrace = shutdownGrace
    }
}
