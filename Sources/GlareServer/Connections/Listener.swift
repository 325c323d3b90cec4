import NIOCore
import NIOPosix

/// A socket that takes connections.
struct Listener: Sendable {
    let host: String
    let port: Int
    private let channel: any Channel

    /// Connections that the kernel keeps until they are taken; it has a limit of its own (`somaxconn`).
    private static let backlog: Int32 = 1024

    /// - Throws: ``ServerError``
    static func open(
        _ configuration: ServerConfiguration, for service: ConnectionService, on workers: Workers
    ) async throws -> Listener {
        let (host, port) = (configuration.host, configuration.port)
        let bootstrap = ServerBootstrap(group: workers.group)
            .serverChannelOption(.backlog, value: backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 4096))
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let worker = workers.worker(of: channel.eventLoop) else {
                        throw ChannelError.ioOnClosedChannel
                    }
                    try channel.pipeline.syncOperations.addHandler(Connection(service, on: worker))
                }
            }
        do {
            let channel = try await bootstrap.bind(host: host, port: port).get()
            let address = channel.localAddress
            return Listener(host: address?.ipAddress ?? host, port: address?.port ?? port, channel: channel)
        } catch {
            throw ServerError.listening(host, port, error) ?? error
        }
    }

    func close() async {
        try? await channel.close()
    }
}
