import Foundation

/// A request as it came.
public struct ScriptedRequest: Sendable {
    public let method: String
    /// Still encoded, with its slash in front.
    public let path: String
    /// How many requests with the same method and path came before.
    public let earlier: Int
    fileprivate let headers: [String: String]

    public func header(_ name: String) -> String? { headers[name.lowercased()] }
}

/// Slows a body down for as long as a file is not there, so that what a test looks at meanwhile can't be over
/// before it has looked, however busy the machine is.
public struct Brake: Sendable {
    /// Bytes of the body that still come as fast as they can.
    public let start: Int
    public let bytesPerSecond: Int
    /// The file that somebody makes once they have seen enough.
    public let release: String

    public init(after start: Int, bytesPerSecond: Int, until release: String) {
        (self.start, self.bytesPerSecond, self.release) = (start, bytesPerSecond, release)
    }

    fileprivate var isReleased: Bool { access(release, F_OK) == 0 }
}

/// An answer, byte by byte as it is to be sent: nothing is added to it, and nothing made right.
public struct ScriptedReply: Sendable {
    public enum Ending: Sendable {
        case keepOpen, close
        /// Sends nothing more, and waits until the client goes away.
        case stall
    }

    /// `404 Not Found`.
    public var status: String
    /// `Name: value`.
    public var headers: [String]
    public var body: [UInt8]
    /// Bytes of the body that are sent before the connection ends; all, where it is nil.
    public var cut: Int?
    public var ending: Ending
    /// Seconds before the first byte.
    public var delay = 0.0
    public var brake: Brake?
    public var endless: Endless?

    /// What is sent again and again, until the client goes away.
    public struct Endless: Sendable {
        let piece: [UInt8]
        let isInHead: Bool
        let pause: Double

        /// This, behind the last field of the head or, where there is none, behind the status, with so many seconds
        /// between; no line was ended.
        public static func head(_ text: String, every pause: Double = 0) -> Endless {
            Endless(piece: Array(text.utf8), isInHead: true, pause: pause)
        }
        /// This, behind the body.
        public static func body(_ piece: [UInt8], every pause: Double = 0) -> Endless {
            Endless(piece: piece, isInHead: false, pause: pause)
        }
    }

    public init(_ status: String = "200 OK", headers: [String] = [], body: [UInt8] = [], ending: Ending = .keepOpen) {
        (self.status, self.headers, self.body, self.ending) = (status, headers, body, ending)
    }

    /// A well-formed answer with the length of its body.
    public static func whole(_ status: String = "200 OK", _ headers: String..., body: [UInt8] = []) -> ScriptedReply {
        ScriptedReply(status, headers: headers + ["Content-Length: \(body.count)"], body: body)
    }

    public static func text(_ text: String, type: String = "text/plain") -> ScriptedReply {
        .whole("200 OK", "Content-Type: \(type)", body: Array(text.utf8))
    }

    /// The same, cut after so many bytes of its body.
    public func cut(after count: Int, _ ending: Ending = .close) -> ScriptedReply {
        var reply = self
        (reply.cut, reply.ending) = (count, ending)
        return reply
    }

    public func delayed(_ seconds: Double) -> ScriptedReply {
        var reply = self
        reply.delay = seconds
        return reply
    }

    public func slowed(by brake: Brake?) -> ScriptedReply {
        var reply = self
        reply.brake = brake
        return reply
    }

    public func endless(_ endless: Endless) -> ScriptedReply {
        var reply = self
        reply.endless = endless
        return reply
    }

    /// The same, with every header of that name replaced.
    public func with(_ name: String, _ value: String?) -> ScriptedReply {
        var reply = self
        reply.headers.removeAll { $0.lowercased().hasPrefix(name.lowercased() + ":") }
        if let value { reply.headers.append("\(name): \(value)") }
        return reply
    }
}

/// An HTTP server on loopback that does what a test tells it to, right or wrong.
public final class ScriptedServer: Sendable {
    public let address: String
    private let connections: Connections

    /// - Parameter answer: Called for each request, by several threads at once.
    public init(_ answer: @escaping @Sendable (ScriptedRequest) -> ScriptedReply) throws {
        let (listener, port) = try listenOnLoopback()
        address = "http://127.0.0.1:\(port)"
        connections = Connections(listener: listener, answer: answer)
        let connections = connections
        Thread { connections.accept() }.start()
    }

    /// Serves a directory as a good web server does, but for the requests that `fault` answers.
    public convenience init(
        serving root: String, brake: Brake? = nil,
        fault: @escaping @Sendable (ScriptedRequest) -> ScriptedReply? = { _ in nil }
    ) throws {
        try self.init { fault($0) ?? .file(in: root, for: $0).slowed(by: brake) }
    }

    deinit { connections.stop() }

    /// In the order in which they came.
    public var requests: [ScriptedRequest] { connections.requests }
    /// Of bodies, over all connections.
    public var bytesSent: Int { connections.bytesSent }

    /// That were made to it, with a request or without.
    public var connectionCount: Int { connections.accepted }

    public func requests(for path: String) -> [ScriptedRequest] { requests.filter { $0.path == path } }
}

// MARK: - Files

extension ScriptedReply {
    /// What a good server answers: conditional requests and open ranges are honoured.
    public static func file(in root: String, for request: ScriptedRequest) -> ScriptedReply {
        let path = root + (request.path.removingPercentEncoding ?? "")
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            let data = FileManager.default.contents(atPath: path)
        else { return .whole("404 Not Found") }
        let tag = "\"\(status.st_ino)-\(status.st_size)-\(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)\""
        let fields = ["ETag: \(tag)", "Last-Modified: \(httpDate(status.st_mtim.tv_sec))"]
        if request.header("If-None-Match") == tag { return ScriptedReply("304 Not Modified", headers: fields) }
        let body = [UInt8](data)
        guard let start = request.rangeStart, start < body.count, request.header("If-Range") ?? tag == tag else {
            return ScriptedReply(headers: fields + ["Content-Length: \(body.count)"], body: body)
        }
        let range = "Content-Range: bytes \(start)-\(body.count - 1)/\(body.count)"
        return ScriptedReply(
            "206 Partial Content", headers: fields + [range, "Content-Length: \(body.count - start)"],
            body: Array(body[start...]))
    }
}

extension ScriptedRequest {
    /// Of `Range: bytes=START-`.
    public var rangeStart: Int? {
        guard let range = header("Range"), range.hasPrefix("bytes="), range.hasSuffix("-") else { return nil }
        return Int(range.dropFirst(6).dropLast())
    }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`.
public func httpDate(_ seconds: Int) -> String {
    var (time, fields) = (time_t(seconds), tm())
    gmtime_r(&time, &fields)
    var buffer = [CChar](repeating: 0, count: 64)
    strftime(&buffer, buffer.count, "%a, %d %b %Y %H:%M:%S GMT", &fields)
    return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}

// MARK: - Sockets

private func listenOnLoopback() throws -> (descriptor: Int32, port: Int) {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isUp = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(descriptor, $0, length) == 0 && listen(descriptor, 64) == 0
                && getsockname(descriptor, $0, &length) == 0
        }
    }
    guard isUp else { throw ToolMissing(description: "can't listen: \(String(cString: strerror(errno)))") }
    return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
}

/// What the threads share. The server's owner does not, so that its end can be noticed.
private final class Connections: @unchecked Sendable {
    private let listener: Int32
    private let answer: @Sendable (ScriptedRequest) -> ScriptedReply
    private let lock = NSLock()
    private var open: Set<Int32> = []
    private var isStopped = false
    private var log: [ScriptedRequest] = []
    private var sent = 0
    private var acceptedCount = 0

    init(listener: Int32, answer: @escaping @Sendable (ScriptedRequest) -> ScriptedReply) {
        (self.listener, self.answer) = (listener, answer)
    }

    var requests: [ScriptedRequest] { lock.withLock { log } }
    var bytesSent: Int { lock.withLock { sent } }
    var accepted: Int { lock.withLock { acceptedCount } }

    func stop() {
        lock.withLock {
            isStopped = true
            for descriptor in open.union([listener]) { shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
    }

    func accept() {
        while true {
            let descriptor = Glibc.accept(listener, nil, nil)
            if descriptor < 0 && errno == EINTR { continue }
            guard descriptor >= 0 else { break }
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            let isWanted = lock.withLock {
                acceptedCount += isStopped ? 0 : 1
                return !isStopped && open.insert(descriptor).inserted
            }
            guard isWanted else {
                close(descriptor)
                break
            }
            Thread { self.serve(descriptor) }.start()
        }
        close(listener)
    }

    private func serve(_ descriptor: Int32) {
        while let head = readHead(descriptor), let request = note(head),
            send(answer(request), to: request, on: descriptor)
        {}
        lock.withLock { _ = open.remove(descriptor) }
        // A program that was started a moment ago may have inherited it, which would keep it open.
        shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
    }

    /// Up to the empty line; requests here have no body.
    private func readHead(_ descriptor: Int32) -> String? {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while !bytes.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            guard recv(descriptor, &byte, 1, 0) == 1 else { return nil }
            bytes.append(byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func note(_ head: String) -> ScriptedRequest? {
        let lines = head.components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ").map(String.init)
        guard words.count == 3 else { return nil }
        let fields = lines.dropFirst().compactMap { line -> (String, String)? in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            return (line[..<colon].lowercased(), line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces))
        }
        return lock.withLock {
            let earlier = log.filter { $0.method == words[0] && $0.path == words[1] }.count
            let request = ScriptedRequest(
                method: words[0], path: words[1], earlier: earlier, headers: Dictionary(fields) { first, _ in first })
            log.append(request)
            return request
        }
    }

    /// Whether the connection goes on.
    private func send(_ reply: ScriptedReply, to request: ScriptedRequest, on descriptor: Int32) -> Bool {
        if reply.delay > 0 { usleep(UInt32(reply.delay * 1_000_000)) }
        let fields = (["HTTP/1.1 \(reply.status)"] + reply.headers).joined(separator: "\r\n")
        if let endless = reply.endless, endless.isInHead {
            return write(Array(fields.utf8)[...], to: descriptor) && write(endless, to: descriptor)
        }
        let head = fields + "\r\n\r\n"
        let body = request.method == "HEAD" ? [] : reply.body[..<min(reply.cut ?? .max, reply.body.count)]
        guard write(Array(head.utf8)[...], to: descriptor), write(body, to: descriptor, reply.brake) else {
            return false
        }
        lock.withLock { sent += body.count }
        if let endless = reply.endless { return write(endless, to: descriptor) }
        if reply.ending == .stall { _ = readHead(descriptor) }
        return reply.ending == .keepOpen
    }

    /// False, as soon as the client is gone.
    private func write(_ endless: ScriptedReply.Endless, to descriptor: Int32) -> Bool {
        while !lock.withLock({ isStopped }), write(endless.piece[...], to: descriptor) {
            usleep(UInt32(endless.pause * 1_000_000))
        }
        return false
    }

    private func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32, _ brake: Brake?) -> Bool {
        guard let brake else { return write(bytes, to: descriptor) }
        var rest = bytes.dropFirst(brake.start)
        guard write(bytes.prefix(brake.start), to: descriptor) else { return false }
        while !rest.isEmpty, !brake.isReleased {
            // Stopped with its test, where nobody releases it.
            guard !lock.withLock({ isStopped }) else { return false }
            usleep(50_000)
            guard write(rest.prefix(brake.bytesPerSecond / 20), to: descriptor) else { return false }
            rest = rest.dropFirst(brake.bytesPerSecond / 20)
        }
        return write(rest, to: descriptor)
    }

    private func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) -> Bool {
        bytes.withUnsafeBytes { buffer in
            var done = 0
            while done < buffer.count {
                let count = Glibc.send(descriptor, buffer.baseAddress! + done, buffer.count - done, Int32(MSG_NOSIGNAL))
                guard count > 0 else { return false }
                done += count
            }
            return true
        }
    }
}
