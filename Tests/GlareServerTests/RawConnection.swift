import Foundation

/// A connection on which a test writes whatever it wants: curl would tidy it up.
final class RawConnection: Sendable {
    private let socket: Int32

    struct Failed: Error { let call: String }

    /// - Parameter receiveBuffer: Bytes that the kernel takes for a client that does not read, about; nil for its
    ///   own choice.
    init(port: Int, receiveBuffer: Int32? = nil) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if var size = receiveBuffer {
            setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(socket, $0, size) }
        }
        guard connected == 0 else { throw Failed(call: "connect") }
        // Nothing here waits for ever; longer than any busy machine takes.
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(socket) }

    func send(_ text: String) throws {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failed(call: "send") }
            rest = rest.dropFirst(count)
        }
    }

    /// Says that nothing more comes.
    func finish() { shutdown(socket, Int32(SHUT_WR)) }

    /// Reads until the server has closed, or the text so far is enough.
    func receive(until isEnough: ((String) -> Bool)? = nil) throws -> String {
        let bytes = try receiveBytes { isEnough?(String(decoding: $0, as: UTF8.self)) == true }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// As ``receive(until:)``, of what is no text.
    func receiveBytes(until isEnough: (Data) -> Bool = { _ in false }) throws -> Data {
        var bytes = Data()
        var piece = [UInt8](repeating: 0, count: 65536)
        while !isEnough(bytes) {
            let count = recv(socket, &piece, piece.count, 0)
            // A reset is an end as well.
            if count == 0 || (count < 0 && errno == ECONNRESET) { break }
            guard count > 0 else { throw Failed(call: "recv") }
            bytes += piece[..<count]
        }
        return bytes
    }
}

extension RunningServer {
    /// Sends some bytes on a connection of its own, and answers all that comes until the server closes it.
    func exchange(_ text: String) async throws -> String {
        let port = port
        return try await Thread.blocking {
            let connection = try RawConnection(port: port)
            try connection.send(text)
            return try connection.receive()
        }
    }
}
