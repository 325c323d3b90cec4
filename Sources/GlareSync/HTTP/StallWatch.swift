import NIOCore
import NIOHTTP1

/// Fails the answer of a server that stalls, whatever it is the answer to.
///
/// It stands in a connection before the client's handler, which asks for more only when somebody takes it. So
/// what the rate's limit, a slow disk or anything else of ours holds up is never counted; the client's own
/// time-out for reads counts it.
final class StallWatch: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias InboundOut = HTTPClientResponsePart
    typealias OutboundIn = HTTPClientRequestPart
    typealias OutboundOut = HTTPClientRequestPart

    private let rule: StallRule
    private var pace: Pace
    private var isInAnswer = false
    /// Since when something is awaited; nil while nobody wants more.
    private var waitingSince: NIODeadline?
    private var timer: Scheduled<Void>?

    init(_ rule: StallRule) {
        self.rule = rule
        pace = Pace(rule)
    }

    static func install(in channel: any Channel, _ rule: StallRule) -> EventLoopFuture<Void> {
        channel.eventLoop.submit {
            let pipeline = channel.pipeline.syncOperations
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPResponseDecoder>.self)
            try pipeline.addHandler(StallWatch(rule), position: .after(decoder))
        }
    }

    // MARK: The request

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) {
            (isInAnswer, pace) = (true, Pace(rule))
            wait(context)
        }
        context.write(data, promise: promise)
    }

    // MARK: The answer

    func read(context: ChannelHandlerContext) {
        if isInAnswer, waitingSince == nil { wait(context) }
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let waited = waitingSince.map { Duration(.now() - $0) } ?? .zero
        waitingSince = nil
        do {
            switch unwrapInboundIn(data) {
            case .head: break
            case .body(let bytes): try pace.add(bytes.readableBytes, after: waited)
            case .end: stop()
            }
        } catch {
            return fail(error, context)
        }
        context.fireChannelRead(data)
    }

    func channelInactive(context: ChannelHandlerContext) {
        stop()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { stop() }

    // MARK: Waiting

    private func wait(_ context: ChannelHandlerContext) {
        waitingSince = .now()
        if timer == nil { schedule(at: .now() + .seconds(rule.seconds), context) }
    }

    /// One timer at a time, which finds out how long it was when it fires: setting it anew with each read would
    /// cost more.
    private func schedule(at deadline: NIODeadline, _ context: ChannelHandlerContext) {
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { self.look(context) }
    }

    private func look(_ context: ChannelHandlerContext) {
        timer = nil
        guard let waitingSince else { return }
        let end = waitingSince + .seconds(rule.seconds)
        if end <= .now() { return fail(Stalled(silentFor: rule), context) }
        schedule(at: end, context)
    }

    private func fail(_ error: any Error, _ context: ChannelHandlerContext) {
        stop()
        context.fireErrorCaught(error)
        context.close(promise: nil)
    }

    private func stop() {
        (isInAnswer, waitingSince) = (false, nil)
        timer?.cancel()
        timer = nil
    }
}
