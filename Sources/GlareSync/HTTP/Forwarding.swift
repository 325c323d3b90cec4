import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// Requests to a proxy that name their server in full (RFC 9112, section 3.2.2), as a proxy wants them for
/// plain HTTP.
enum Forwarding {
    /// The same request, to be sent to the proxy; its Host says whom it is for.
    static func addressed(_ request: HTTPClientRequest, to proxy: Proxy) -> HTTPClientRequest {
        let rest = request.url.dropFirst("http://".count)
        let authority = rest.prefix { $0 != "/" }
        let host = proxy.host.contains(":") ? "[\(proxy.host)]" : proxy.host
        var request = request
        request.url = "http://\(host):\(proxy.port)\(rest.dropFirst(authority.count))"
        request.headers.replaceOrAdd(name: "Host", value: String(authority))
        if let credentials = proxy.credentials {
            request.headers.replaceOrAdd(name: "Proxy-Authorization", value: credentials.authorization)
        }
        return request
    }

    /// Makes the requests of a connection name their servers in full.
    static func install(in channel: any Channel) -> EventLoopFuture<Void> {
        channel.eventLoop.submit {
            let pipeline = channel.pipeline.syncOperations
            let encoder = try pipeline.handler(type: HTTPRequestEncoder.self)
            try pipeline.addHandler(AbsoluteForm(), position: .after(encoder))
        }
    }
}

private final class AbsoluteForm: ChannelOutboundHandler {
    typealias OutboundIn = HTTPClientRequestPart
    typealias OutboundOut = HTTPClientRequestPart

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        var part = unwrapOutboundIn(data)
        if case .head(var head) = part, let host = head.headers.first(name: "Host") {
            head.uri = "http://\(host)\(head.uri)"
            part = .head(head)
        }
        context.write(wrapOutboundOut(part), promise: promise)
    }
}
