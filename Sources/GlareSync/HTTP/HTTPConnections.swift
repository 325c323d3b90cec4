import AsyncHTTPClient
import GlareSystem
import NIOCore
import NIOSSL
import Synchronization
import SystemPackage

/// Connections to all servers of a run: HTTP/1.1, straight or through proxies.
///
/// A client of the library's has one way out for all it does, so there is one for each.
final class HTTPConnections: Sendable {
    private let options: HTTPOptions
    private let tls: TLSConfiguration
    private let clients = Mutex<[Way: HTTPClient]>([:])
    private let netrc: Netrc?
    let rateLimit: RateLimit?

    /// - Throws: ``InvalidHTTPOption`` for a certificate or a key that can't be used, `SystemError` for a
    ///   netrc file that can't be read.
    init(_ options: HTTPOptions) throws {
        self.options = options
        tls = try Self.tls(options)
        netrc = try options.netrc.flatMap(Self.netrc)
        rateLimit = options.limitRate.map(RateLimit.init(bytesPerSecond:))
    }

    func close() async {
        let all = clients.withLock { clients in
            defer { clients = [:] }
            return Array(clients.values)
        }
        for client in all { try? await client.shutdown() }
    }

    private enum Way: Hashable {
        case straight
        /// A connection through the proxy that it does not look into (CONNECT, or SOCKS).
        case tunnel(Proxy)
        /// Requests that the proxy answers itself, or passes on: what it is for. The library knows tunnels
        /// alone, which proxies refuse to port 80 as a rule.
        case forward(Proxy)
    }

    private func way(to origin: Origin) -> Way {
        guard let proxy = options.proxies.proxy(for: origin) else { return .straight }
        return origin.scheme == "http" && proxy.kind == .http ? .forward(proxy) : .tunnel(proxy)
    }

    /// Through which requests to an origin go.
    func proxy(to origin: Origin) -> Proxy? { options.proxies.proxy(for: origin) }

    /// Sends a request the right way.
    ///
    /// - Parameter origin: Where its address leads.
    func execute(_ request: HTTPClientRequest, to origin: Origin) async throws -> HTTPClientResponse {
        let way = way(to: origin)
        var request = request
        if case .forward(let proxy) = way { request = Forwarding.addressed(request, to: proxy) }
        do {
            // The answer's head, with all its fields, must be there in time; its body is StallWatch's.
            return try await client(for: way).execute(request, timeout: .seconds(options.stall.seconds))
        } catch let error as HTTPClientError where error == .deadlineExceeded {
            throw Stalled(silentFor: options.stall)
        }
    }

    private func client(for way: Way) -> HTTPClient {
        clients.withLock { clients in
            if let client = clients[way] { return client }
            let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration(way))
            clients[way] = client
            return client
        }
    }

    /// What a request says of who asks.
    ///
    /// - Parameter server: The address that the user named, if the request goes to its origin. To others,
    ///   as after a redirect, go neither its password nor the user's headers.
    func identification(for origin: Origin, server: ServerAddress?) -> [(name: String, value: String)] {
        var headers: [(String, String)] = []
        if let server {
            headers = options.headers.map { ($0.name, $0.value) }
            if headers.contains(where: { $0.0.lowercased() == "authorization" }) { return headers }
            if let credentials = server.credentials, !credentials.password.isEmpty {
                return headers + [("Authorization", credentials.authorization)]
            }
        }
        // Whom a server sends us to is not "all machines" that the user had in mind.
        let found = netrc?.credentials(
            for: origin.host, user: server?.credentials?.user, withDefault: server != nil)
        return headers + ((found ?? server?.credentials).map { [("Authorization", $0.authorization)] } ?? [])
    }

    private func configuration(_ way: Way) -> HTTPClient.Configuration {
        let tunnel: Proxy? = if case .tunnel(let proxy) = way { proxy } else { nil }
        let isForwarded = if case .forward = way { true } else { false }
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls,
            // Redirects are followed by stricter rules than the client's.
            redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(10)),
            proxy: tunnel.map(Self.proxy),
            decompression: .disabled)
        // HTTP/2 would put all our connections on one.
        configuration.httpVersion = .http1Only
        // Requests at a time are ours to limit; those that wait for a connection of the client's would end with
        // a time-out.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 10_000
        // Attempts are counted and spaced by us; the client's own would hide a server that is away.
        configuration.connectionPool.retryConnectionEstablishment = false
        // Reads of up to 256 KiB at a time: of a sync's 2.8 s of CPU for 2 GiB they saved 0.3 s against
        // NIO's 64 KiB. Less where the rate is limited, for it is limited between reads. The hook is the
        // client's only way to a connection's options.
        let largest = rateLimit.map { Int(min(256 << 10, max(1024, $0.bytesPerSecond / 4))) } ?? 256 << 10
        configuration.http1_1ConnectionDebugInitializer = { [stall = options.stall] channel in
            let allocator = AdaptiveRecvByteBufferAllocator(
                minimum: 1024, initial: min(16384, largest), maximum: largest)
            let set = channel.setOption(.recvAllocator, value: allocator)
                .flatMap { StallWatch.install(in: channel, stall) }
            return isForwarded ? set.flatMap { Forwarding.install(in: channel) } : set
        }
        return configuration
    }

    private static func proxy(_ proxy: Proxy) -> HTTPClient.Configuration.Proxy {
        switch proxy.kind {
        case .socks5: .socksServer(host: proxy.host, port: proxy.port)
        case .http:
            .server(
                host: proxy.host, port: proxy.port,
                authorization: proxy.credentials.map { .basic(username: $0.user, password: $0.password) })
        }
    }

    private static func netrc(_ path: String) throws -> Netrc? {
        do {
            return Netrc(String(decoding: try File.open(path).readAll(limit: 1 << 20), as: UTF8.self))
        } catch let error as SystemError where error.code == .noSuchFileOrDirectory || error.code == .notDirectory {
            return nil
        }
    }

    private static func tls(_ options: HTTPOptions) throws -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        // What is older was withdrawn (RFC 8996); the library would still speak it.
        tls.minimumTLSVersion = .tlsv12
        if let path = options.caFile { tls.trustRoots = .certificates(try certificates(path)) }
        if let path = options.clientCertificate {
            tls.certificateChain = try certificates(path).map { .certificate($0) }
            let key = options.clientKey ?? path
            do {
                tls.privateKey = .privateKey(try NIOSSLPrivateKey(file: key, format: .pem))
                // Finds out now whether the key is the certificate's.
                _ = try NIOSSLContext(configuration: tls)
            } catch {
                throw InvalidHTTPOption(
                    isUsage: false,
                    description: "\(key): expected the private key of \(path), in PEM and without a password")
            }
        } else if let key = options.clientKey {
            throw InvalidHTTPOption(
                isUsage: true, description: "\(key): a key without a certificate: name that as well")
        }
        return tls
    }

    private static func certificates(_ path: String) throws -> [NIOSSLCertificate] {
        // Read by ourselves first: of a file that is not there the library says less.
        _ = try File.open(path)
        guard let certificates = try? NIOSSLCertificate.fromPEMFile(path), !certificates.isEmpty else {
            throw InvalidHTTPOption(isUsage: false, description: "\(path): expected certificates in PEM, found none")
        }
        return certificates
    }
}
