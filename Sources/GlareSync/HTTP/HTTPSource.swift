import AsyncHTTPClient
import FoundationEssentials
import GlareModel
import GlareSystem
import NIOCore
import NIOHTTP1

/// A repository behind any web server, over HTTP/1.1.
struct HTTPSource: RepositorySource {
    private let server: ServerAddress
    private let origin: Origin
    let connections: HTTPConnections
    let meter: TransferMeter

    var address: String { server.text }

    /// - Parameter server: `http://` or `https://`.
    init(_ server: ServerAddress, origin: Origin, _ connections: HTTPConnections, meter: TransferMeter) {
        self.server = server
        self.origin = origin
        self.connections = connections
        self.meter = meter
    }

    func document(_ path: String, limit: Int, unless known: Validators?) async throws -> Answer<[UInt8]> {
        let response = try await send(.GET, path, Self.conditions(known))
        switch try Self.outcome(of: response, at: url(path)) {
        case .missing: return .missing
        case .unchanged: return .unchanged
        case .content:
            return .found(try await body(of: response, limit: limit, at: url(path)), Self.validators(response))
        }
    }

    private func body(of response: HTTPClientResponse, limit: Int, at address: String) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        do {
            try await receive(response) { buffer in
                guard bytes.count + buffer.readableBytes <= limit else {
                    throw SyncError.tooLarge(address: address, limit: limit)
                }
                bytes += buffer.readableBytesView
            }
            return bytes
        } catch {
            throw error is SyncError || error is CancellationError
                ? error : HTTPFailure.unreachable(address, error)
        }
    }

    func examine(_ path: String, unless known: Validators?) async throws -> Answer<Int64> {
        let response = try await send(.HEAD, path, Self.conditions(known))
        switch try Self.outcome(of: response, at: url(path)) {
        case .missing: return .missing
        case .unchanged: return .unchanged
        case .content:
            let length = Self.contentLength(response)
            guard let length, length > 0 else {
                throw SyncError.wrongLength(address: url(path), expected: nil, found: length)
            }
            // Some servers answer HEAD in full whatever was asked.
            let validators = Self.validators(response)
            if let known, known.match(validators) { return .unchanged }
            return .found(length, validators)
        }
    }

    // MARK: Requests

    func send(_ method: HTTPMethod, _ path: String, _ headers: HTTPHeaders) async throws -> HTTPClientResponse {
        var target = url(path)
        for _ in 0...5 {
            var request = HTTPClientRequest(url: target)
            request.method = method
            request.headers = headers
            request.headers.add(name: "User-Agent", value: "glare")
            // What a proxy compresses on the way is not what the catalogue speaks of.
            request.headers.add(name: "Accept-Encoding", value: "identity")
            guard let origin = Origin(target) else { throw SyncError.badServer(target) }
            let server = origin == self.origin ? self.server : nil
            let identification = connections.identification(for: origin, server: server)
            for field in identification { request.headers.remove(name: field.name) }
            for field in identification { request.headers.add(name: field.name, value: field.value) }
            let response: HTTPClientResponse
            do {
                meter.addRequest()
                response = try await connections.execute(request, to: origin)
            } catch let error as CancellationError {
                throw error
            } catch {
                throw HTTPFailure.unreachable(target, error, through: connections.proxy(to: origin))
            }
            // What a cache on the way had kept tells of another time.
            if !response.headers.contains(name: "Age"), let text = response.headers.first(name: "Date"),
                let date = HTTPDate(text, now: HTTPDate(seconds: FileTime.now.seconds))
            {
                meter.note(date)
            }
            guard [301, 302, 303, 307, 308].contains(response.status.code) else { return response }
            target = try Self.redirect(response, from: target)
        }
        throw SyncError.notWhatItSays(address: url(path), reason: "redirects more than 5 times")
    }

    private static func redirect(_ response: HTTPClientResponse, from origin: String) throws -> String {
        guard let location = response.headers.first(name: "Location"),
            let next = URL(string: location, relativeTo: URL(string: origin))?.absoluteURL,
            next.host?.isEmpty == false, let scheme = next.scheme?.lowercased(),
            scheme == "https" || scheme == "http" && origin.hasPrefix("http://"),
            Origin(next.absoluteString) != nil
        else {
            throw SyncError.notWhatItSays(
                address: origin,
                reason:
                    "redirects to \(response.headers.first(name: "Location").map(redacted)?.quotedForDisplay ?? "nowhere"), which is not followed"
            )
        }
        // A name and a password in it would be somebody else's idea of who we are.
        return ServerAddress(next.absoluteString).text
    }

    // MARK: Responses

    /// Gives a body as it comes, counted, and no faster than the limit.
    ///
    /// - Throws: ``Stalled``, what the connection has, and what `take` throws.
    func receive(_ response: HTTPClientResponse, _ take: (ByteBuffer) async throws -> Void) async throws {
        for try await buffer in response.body {
            meter.add(bytes: buffer.readableBytes)
            try await take(buffer)
            try await connections.rateLimit?.pause(for: buffer.readableBytes)
        }
    }

    enum Outcome { case missing, unchanged, content }

    private static func outcome(of response: HTTPClientResponse, at address: String) throws -> Outcome {
        switch response.status.code {
        case 200: return try requirePlain(response, at: address)
        case 304: return .unchanged
        case 404, 410: return .missing
        default: throw failure(response, at: address)
        }
    }

    static func requirePlain(_ response: HTTPClientResponse, at address: String) throws -> Outcome {
        if let encoding = response.headers.first(name: "Content-Encoding"), encoding.lowercased() != "identity" {
            throw SyncError.notWhatItSays(
                address: address,
                reason: "comes encoded as \(encoding.quotedForDisplay), though the plain bytes were asked for")
        }
        return .content
    }

    static func failure(_ response: HTTPClientResponse, at address: String) -> SyncError {
        let text = response.headers.first(name: "Retry-After")
        let now = FileTime.now.seconds
        let seconds = text.flatMap { text in
            Int64(text) ?? HTTPDate(text, now: HTTPDate(seconds: now)).map { max(0, $0.seconds - now) }
        }
        return .status(address: address, code: response.status.code, retryAfter: seconds)
    }

    private static func conditions(_ known: Validators?) -> HTTPHeaders {
        var headers = HTTPHeaders()
        if let tag = known?.entityTag { headers.add(name: "If-None-Match", value: tag) }
        if let date = known?.lastModified { headers.add(name: "If-Modified-Since", value: date) }
        return headers
    }

    static func validators(_ response: HTTPClientResponse) -> Validators {
        Validators(
            entityTag: response.headers.first(name: "ETag"), lastModified: response.headers.first(name: "Last-Modified")
        )
    }

    static func contentLength(_ response: HTTPClientResponse) -> Int64? {
        response.headers.first(name: "Content-Length").flatMap { Int64($0) }
    }
}
