import Glibc
import NIOCore
import NIOPosix
import NIOSSL

/// A socket that takes connections.
struct Listener: Sendable {
    private let channel: any Channel
    private let asked: ListenAddress
    private let isEncrypted: Bool
    /// Nil where it is none.
    private let unixSocket: UnixSocket?

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
            var unixSocket: UnixSocket?
            let channel: any Channel
            switch address {
            case .network(let host, let port):
                channel = try await bootstrap.serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                    .bind(host: host, port: port).get()
            case .unix(let path):
                // NIO would remove whatever is there when it closes it.
                let socket = try UnixSocket.listen(at: path, backlog: backlog)
                unixSocket = socket
                channel = try await take(socket.descriptor, with: bootstrap)
            case .inherited(let descriptor):
                guard InheritedSockets.isListening(descriptor) else { throw ServerError.notListening(descriptor) }
                channel = try await take(descriptor, with: bootstrap)
            }
            return Listener(
                channel: channel, asked: address, isEncrypted: service.certificate != nil, unixSocket: unixSocket)
        } catch {
            throw ServerError.listening(address, error) ?? error
        }
    }

    /// Takes connections from a socket that listens.
    private static func take(_ descriptor: Int32, with bootstrap: ServerBootstrap) async throws -> any Channel {
        let channel = try await bootstrap.withBoundSocket(descriptor).get()
        // NIO has it listen again, with a shorter queue.
        _ = Glibc.listen(descriptor, backlog)
        return channel
    }

    /// Where it listens, as a URL, or `unix:PATH`.
    var address: String {
        if case .unix = asked { return "\(asked)" }
        guard let bound = channel.localAddress, let host = bound.ipAddress, let port = bound.port else {
            return channel.localAddress?.pathname.map { "unix:\($0)" } ?? "\(asked)"
        }
        return "\(isEncrypted ? "https" : "http")://\(ListenAddress.bracketed(host)):\(port)/"
    }

    func close() async {
        unixSocket?.remove()
        try? await channel.close()
    }
}
