import GlareModel
import GlareSystem
import Hummingbird
import Logging
import NIOCore
import NIOPosix
import SystemPackage

/// What is known of the connection that a request came on.
struct Connection: InitializableFromSource, Sendable {
    let remoteAddress: String?
    let eventLoop: any EventLoop
    let logger: Logger

    init(source: ApplicationRequestContextSource) {
        remoteAddress = source.channel.remoteAddress?.ipAddress.map(Self.plain)
        eventLoop = source.channel.eventLoop
        logger = source.logger
    }

    /// An IPv4 client of a socket that listens for both is itself in the log.
    private static func plain(_ address: String) -> String {
        address.hasPrefix("::ffff:") && address.contains(".") ? String(address.dropFirst("::ffff:".count)) : address
    }
}

/// Answers requests with a repository's files.
struct FileResponder: HTTPResponder {
    let files: RepositoryFiles
    /// Where files are opened and read: all that can wait for a disk.
    let pool: NIOThreadPool
    let accessLog: AccessLog

    func respond(to request: Request, context connection: Connection) async throws -> Response {
        let entry = AccessLogEntry(request, from: connection)
        let (answer, body) = try await answer(to: request, on: connection)
        return Response(
            status: answer.status, headers: answer.headers,
            body: recorded(body, as: entry, status: answer.status, logger: connection.logger))
    }

    // MARK: Finding the answer

    /// The content of an answer, as far as it is at hand.
    private enum Body: Sendable {
        case bytes(ByteBuffer)
        case stream(FileBody)
    }

    private func answer(to request: Request, on connection: Connection) async throws -> (Answer, Body) {
        let isHead = request.method == .head
        guard isHead || request.method == .get else {
            return Self.complete(.error(.methodNotAllowed, headers: [.allow: "GET, HEAD"]), isHead: isHead)
        }
        switch RequestTarget(request.head.path ?? "") {
        case .malformed: return Self.complete(.error(.badRequest), isHead: isHead)
        case .neverServed: return Self.complete(.error(.notFound), isHead: isHead)
        case .file(let components):
            let conditions = Preconditions(request.headers)
            let range = isHead ? nil : request.headers[.range]
            // Looking the file up and reading its beginning is one trip to the pool: most files of a
            // repository are small, and a trip costs more than they do.
            return try await pool.runIfActive {
                do {
                    guard let file = try files.open(components) else {
                        return Self.complete(.error(.notFound), isHead: isHead)
                    }
                    let now = HTTPDate(seconds: FileTime.now.seconds)
                    let answer = Answer(for: file, preconditions: conditions, range: range, now: now)
                    return (answer, try body(of: answer, isHead: isHead, on: connection))
                } catch {
                    connection.logger.error("\(error)")
                    return Self.complete(.error(Self.status(for: error)), isHead: isHead)
                }
            }
        }
    }

    private static func complete(_ answer: Answer, isHead: Bool) -> (Answer, Body) {
        guard !isHead, case .text(let text) = answer.content else { return (answer, .bytes(ByteBuffer())) }
        return (answer, .bytes(ByteBuffer(string: text)))
    }

    private func body(of answer: Answer, isHead: Bool, on connection: Connection) throws -> Body {
        guard !isHead, case .file(let served, let range) = answer.content else {
            return Self.complete(answer, isHead: isHead).1
        }
        if range.count > FileBody.chunkSize {
            return .stream(FileBody(file: served.file, range: range, pool: pool, eventLoop: connection.eventLoop))
        }
        return .bytes(try FileBody.read(range, of: served.file))
    }

    /// Of a file that is there and can't be opened or read.
    private static func status(for error: any Error) -> HTTPResponse.Status {
        switch (error as? SystemError)?.code {
        case .permissionDenied, .notPermitted: .forbidden
        case .tooManyOpenFiles, .tooManyOpenFilesInSystem, .noMemory: .serviceUnavailable
        default: .internalServerError
        }
    }

    // MARK: Sending it

    /// The body that is sent, and then recorded with the number of its bytes.
    private func recorded(
        _ body: Body, as entry: AccessLogEntry, status: HTTPResponse.Status, logger: Logger
    ) -> ResponseBody {
        var entry = entry
        entry.status = status.code
        switch body {
        case .bytes(let bytes):
            entry.bytesSent = Int64(bytes.readableBytes)
            accessLog.record(entry)
            return ResponseBody(byteBuffer: bytes)
        case .stream(let file):
            return ResponseBody(contentLength: file.range.count) { [entry, accessLog] writer in
                var entry = entry
                defer { accessLog.record(entry) }
                do {
                    try await file.write(to: &writer, sent: &entry.bytesSent)
                    try await writer.finish(nil)
                } catch {
                    // Throwing closes the connection. That a client went away is its own business.
                    if error is FileBody.Interrupted { logger.error("\(error)") }
                    throw error
                }
            }
        }
    }
}

extension AccessLogEntry {
    fileprivate init(_ request: Request, from connection: Connection) {
        self.init(
            remoteAddress: connection.remoteAddress, time: FileTime.now.seconds,
            method: request.method.rawValue, target: request.head.path ?? "", status: 0, bytesSent: 0,
            referrer: request.headers[.referer], userAgent: request.headers[.userAgent])
    }
}

extension Preconditions {
    fileprivate init(_ headers: HTTPFields) {
        self.init(
            ifMatch: headers[.ifMatch], ifUnmodifiedSince: headers[.ifUnmodifiedSince],
            ifNoneMatch: headers[.ifNoneMatch], ifModifiedSince: headers[.ifModifiedSince],
            ifRange: headers[.ifRange])
    }
}
