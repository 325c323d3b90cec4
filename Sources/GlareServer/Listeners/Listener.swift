import Glibc
import NIOCore
import NIOPosix
import NIOSSL

/// A socket that takes connections.
struct Listener: Sendable {
    private let channel: any Channel
    private let asked: ListenAddress
    private let isEncrypted: Bool

    /// Connections that the kernel keeps until they are taken; it has a limit of its own (`somaxconn`).
    private static let backlog: Int32 = 1024

    /// - Throws: ``ServerError``
    static func open(_ address: ListenAddress, for service: ConnectionService, on workers: Workers) async throws
        -> Listener
    {
        let bootstrap = ServerBootstrap(group: workers.group)
            .serverChannelOption(.backlog, value: backlog)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 4096))
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let worker = workers.worker(of: channel.eventLoop) else { return }
                    let handlers = channel.pipeline.syncOperations
                    if let certificate = service.certificate {
                        try handlers.addHandler(NIOSSLServerHandler(context: certificate.context))
                    }
                    try handlers.addHandler(Connection(service, on: worker))
                }
            }
        do {
            let channel =
                switch address {
                case .network(let host, let port):
                    try await bootstrap.serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                        .bind(host: host, port: port).get()
                case .unix(let path):
                    // What is left of a server that was killed.
                    try await bootstrap.bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).get()
                case .inherited(let descriptor):
                    try await bootstrap.withBoundSocket(descriptor).get()
                }
            return Listener(channel: channel, asked: address, isEncrypted: service.certificate != nil)
        } catch {
            throw ServerError.listening(address, error) ?? error
        }
    }

    /// Where it listens, as a URL, or `unix:PATH`.
    var address: String {
        if case .unix = asked { return "\(asked)" }
        guard let bound = channel.localAddress, let host = bound.ipAddress, let port = bound.port else {
            return channel.localAddress?.pathname.map { "unix:\($0)" } ?? "\(asked)"
        }
        return "\(isEncrypted ? "https" : "http")://\(ListenAddress.bracketed(host)):\(port)/"
    }

    /// The port, where it has one.
    var port: Int? { channel.localAddress?.port }

    func close() async {
        try? await channel.close()
        if case .unix(let path) = asked { unlink(path) }
    }
}
