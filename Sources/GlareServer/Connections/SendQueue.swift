import NIOCore

/// What the system still has of what was written to a socket, because the client has not taken it.
///
/// NIO does not see it: between two moments when a socket takes more, a slow client can take megabytes.
/// Source: Linux, `net/core/sock.c`, `sk_get_meminfo`, and `linux/sock_diag.h`; since Linux 4.12.
struct SendQueue: Sendable {
    /// `SO_MEMINFO`.
    private static let option = NIOBSDSocket.Option(rawValue: 55)

    /// As `SK_MEMINFO_…` number them.
    private let memory:
        (
            received: UInt32, receiveLimit: UInt32, sent: UInt32, sendLimit: UInt32, forward: UInt32, queued: UInt32,
            options: UInt32, backlog: UInt32, dropped: UInt32
        )

    /// Bytes of memory, which are more than the bytes in it. TCP queues them; for others only what is under way counts.
    private var size: UInt32 { memory.queued > 0 ? memory.queued : memory.sent }

    /// Bytes of memory that a connection's queue takes; 0 where nobody can tell. On the connection's event loop.
    static func size(of channel: any Channel) -> UInt32 {
        guard let socket = channel as? any SocketOptionProvider else { return 0 }
        var size: UInt32 = 0
        let queue: EventLoopFuture<SendQueue> = socket.unsafeGetSocketOption(level: .socket, name: option)
        // Is there already: this is the loop.
        queue.assumeIsolated().whenSuccess { size = $0.size }
        return size
    }
}
