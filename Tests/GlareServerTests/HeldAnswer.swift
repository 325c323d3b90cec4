import Foundation
import Testing

/// An answer whose client has taken its head and a first piece, and takes nothing more until it is told to.
///
/// A client that is only slow has ended before a busy machine looks at it; this one waits, whatever the machine
/// does. The file must be far larger than what the sockets' buffers hold, some megabytes.
struct HeldAnswer: Sendable {
    /// Bytes that the head promises.
    let announced: Int
    private let connection: RawConnection
    private let start: Data

    /// More than two segments of the loopback interface: with less the kernel waits between any two.
    private static let receiveBuffer: Int32 = 256 << 10

    fileprivate init(port: Int, path: String) throws {
        let endOfHead = Data("\r\n\r\n".utf8)
        connection = try RawConnection(port: port, receiveBuffer: Self.receiveBuffer)
        try connection.send("GET \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        let received = try connection.receiveBytes { bytes in
            bytes.range(of: endOfHead).map { $0.upperBound < bytes.endIndex } ?? false
        }
        let end = try #require(received.range(of: endOfHead)?.upperBound)
        let length = try #require(
            String(decoding: received[..<end], as: UTF8.self).lowercased().firstMatch(of: /content-length: (\d+)/))
        announced = try #require(Int(length.1))
        start = Data(received[end...])
    }

    /// Takes the rest, until the server closes; answers all of the content that came.
    func content() async throws -> Data {
        try await Thread.blocking { start + (try connection.receiveBytes()) }
    }
}

extension RunningServer {
    /// Asks for a file, and takes no more than the beginning of the answer.
    func heldAnswer(_ path: String) async throws -> HeldAnswer {
        let port = port
        return try await Thread.blocking { try HeldAnswer(port: port, path: path) }
    }
}
