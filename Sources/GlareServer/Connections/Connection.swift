import GlareSystem
import NIOCore
import NIOPosix
import NIOSSL

/// What all connections of a listener have in common.
struct ConnectionService: Sendable {
    let responder: any Responder
    /// Where files are read if a disk has to be waited for.
    let pool: NIOThreadPool
    let limits: ConnectionLimits
    let times: TimeLimits
    /// Nil where nobody wants one.
    let accessLog: LogQueue<AccessLogEntry>?
    let errors: ErrorLog
    /// Nil for connections that are not encrypted.
    var certificate: ServerCertificate?
}

/// One client: takes its requests one after another, and answers each before it looks at the next.
final class Connection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = IOData

    private enum Phase {
        /// Waits for a request, or the rest of one.
        case reading
        /// The answer is being found, or sent.
        case answering(Exchange)
        /// Nothing more is answered: what still comes is thrown away, for a while, because a socket that is
        /// closed with unread bytes takes back what was sent last (RFC 9112, 9.6).
        case leaving
        case closed
    }

    /// Bytes of further requests that are taken before this one is answered.
    private static let pipelineLimit = 64 << 10
    /// Bytes of memory that may wait to be sent together with what others get: as much as NIO lets wait for a client
    /// before the channel is not writable. With TLS nothing counts for that before it is sent.
    private static let unsentLimit = 64 << 10

    private let service: ConnectionService
    private let worker: Worker
    private var context: ChannelHandlerContext?
    private var phase = Phase.reading
    private var input = ByteBuffer()
    private var parser = RequestParser()
    private var address: String?
    private var hasPlace = false
    /// Whether the client has said that it sends nothing more.
    private var hasEnded = false
    /// Whether we have, after all that was written is on its way.
    private var hasSaidAll = false
    private var isPaused = false
    /// Whether the requests that are answered have just come, and others may have come with them.
    private var isTaking = false
    /// Bytes of memory that what was written takes, and was not sent yet.
    private var unsent = 0
    /// When the client is late with what it has to do now.
    private var deadline: NIODeadline
    /// What the client had not taken when it was last looked: bytes that wait here, and the system's memory for more.
    private var untaken = (here: 0, system: UInt32(0))

    init(_ service: ConnectionService, on worker: Worker) {
        self.service = service
        self.worker = worker
        deadline = .now() + service.times.head
    }

    // MARK: Beginning and end

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        address = context.remoteAddress?.ipAddress.map(Self.plain)
        worker.add(self)
        hasPlace = service.limits.enter(address)
        guard hasPlace else {
            worker.counters.refusedConnections += 1
            // With TLS nobody is told: nothing can be said before the handshake, which is not worth its cost here.
            return tell(.error(.unavailable, fields: [HeaderField("retry-after", 30)]), thenClose: true)
        }
        context.fireChannelActive()
    }

    /// An IPv4 client of a socket that listens for both is itself in the log.
    private static func plain(_ address: String) -> String {
        address.hasPrefix("::ffff:") && address.contains(".") ? String(address.dropFirst("::ffff:".count)) : address
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        worker.remove(self)
        if hasPlace { service.limits.leave(address) }
        hasPlace = false
        self.context = nil
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // That a client went away, or does not speak TLS, is its own business.
        close()
    }

    /// Ends what is under way. Later events find nothing to do.
    private func end() {
        if case .answering(let exchange) = phase { exchange.record(in: service.accessLog, worker) }
        phase = .closed
    }

    private func close() {
        end()
        context?.close(promise: nil)
    }

    /// Closes the connection below TLS, which would wait for a client that may be standing still.
    func abandon() {
        end()
        guard let context else { return }
        belowTLS(context).close(promise: nil)
    }

    /// As ``Worker/stop()`` has it.
    func stopWaiting() {
        if case .reading = phase { leave() }
    }

    /// Closes our half, and the other one when the client does the same or is late with it.
    private func leave() {
        guard let context else { return }
        phase = .leaving
        deadline = .now() + service.times.idle
        flush()
        pause(false)
        let promise = worker.eventLoop.makePromise(of: Void.self)
        let connection = NIOLoopBound(self, eventLoop: worker.eventLoop)
        promise.futureResult.whenComplete { _ in connection.value.said() }
        // Both come after what is still to be written. Where the client has closed its half, NIO takes the end of ours
        // for that of all, and throws away what still waits: an empty write tells when nothing does.
        if hasEnded {
            belowTLS(context).writeAndFlush(wrapOutboundOut(.byteBuffer(ByteBuffer())), promise: promise)
        } else {
            context.close(mode: .output, promise: promise)
        }
    }

    /// Where what is written goes to the socket as it is.
    private func belowTLS(_ context: ChannelHandlerContext) -> ChannelHandlerContext {
        (try? context.pipeline.syncOperations.context(handlerType: NIOSSLServerHandler.self)) ?? context
    }

    private func said() {
        hasSaidAll = true
        if hasEnded { close() } else { deadline = .now() + service.times.farewell }
    }

    /// Looked at about once a second: whether the client is late.
    func tick(_ now: NIODeadline) {
        guard let context else { return }
        if case .answering(let exchange) = phase, exchange.isFileShortened {
            service.errors.error("\(exchange.path): cannot send on: the file was shortened while it was sent")
            return abandon()
        }
        let waiting = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        let queued = SendQueue.size(of: context.channel)
        if waiting > 0 && waiting != untaken.here || queued < untaken.system { takes(now, queued) }
        untaken = (waiting, queued)
        guard now >= deadline else { return }
        switch phase {
        case .reading where waiting == 0 && parser.isInside: tell(.error(.requestTimeout), thenClose: true)
        // Its own business is slow, not the client.
        case .answering where waiting == 0: break
        default: abandon()
        }
    }

    /// The client took some of what it gets: it is slow, but does not stand still.
    ///
    /// - Parameter queued: What the system still has for it.
    private func takes(_ now: NIODeadline, _ queued: UInt32) {
        // With the next request it has not begun an answer.
        if case .reading = phase, parser.isInside { return }
        // Once it has all, only its own end is missing.
        deadline = now + (hasSaidAll && queued == 0 ? service.times.farewell : service.times.idle)
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        switch phase {
        case .leaving, .closed: return
        case .reading, .answering:
            take(&bytes)
        }
        isTaking = true
        if case .reading = phase { proceed() }
        isTaking = false
        if input.readableBytes > Self.pipelineLimit { pause(true) }
    }

    private func take(_ bytes: inout ByteBuffer) {
        guard input.readableBytes > 0 else {
            input = bytes
            return
        }
        input.discardReadBytes()
        input.writeBuffer(&bytes)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event {
            hasEnded = true
            switch phase {
            case .reading: proceed()
            case .leaving: if hasSaidAll { close() }
            case .answering, .closed: break
            }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        switch phase {
        case .reading: proceed()
        case .answering(let exchange) where exchange.waitsForRoom && context.channel.isWritable:
            exchange.waitsForRoom = false
            advance(exchange)
            proceed()
        case .answering, .leaving, .closed: break
        }
        context.fireChannelWritabilityChanged()
    }

    private func pause(_ pauses: Bool) {
        guard isPaused != pauses else { return }
        isPaused = pauses
        try? context?.channel.syncOptions?.setOption(.autoRead, value: !pauses)
    }

    /// Answers the requests that are there, as long as that needs no waiting.
    private func proceed() {
        while let context, case .reading = phase {
            if !context.channel.isWritable { flush() }
            // Whoever asks on and on, and takes no answers, is asked to wait.
            guard context.channel.isWritable else { return pause(true) }
            let wasInside = parser.isInside
            switch parser.next(in: &input) {
            case .incomplete:
                if hasEnded { return leave() }
                if worker.isStopping && !parser.isInside { return leave() }
                if parser.isInside && !wasInside { deadline = .now() + service.times.head }
                return pause(false)
            case .refused(let status): tell(.error(status), of: parser.refused)
            case .request(let request): answer(request)
            }
        }
    }

    /// Says something that is no answer to a request which was understood, and hangs up.
    ///
    /// - Parameter request: As far as one was there.
    private func tell(_ answer: Answer, of request: RequestHead? = nil, thenClose: Bool = false) {
        send(answer, of: Exchange(request, from: address, isPersistent: false))
        if thenClose { close() }
    }

    private func answer(_ request: RequestHead) {
        let exchange = Exchange(request, from: address, isPersistent: request.isPersistent && !worker.isStopping)
        switch service.responder.respond(to: request, on: worker.eventLoop) {
        case .now(let answer): send(answer, of: exchange)
        case .later(let future):
            phase = .answering(exchange)
            whenDone(future) { connection, exchange, result in
                // Fails where the threads are gone: the server has ended.
                guard case .success(let answer) = result else { return connection.close() }
                connection.send(answer, of: exchange)
            }
        }
    }

    /// Goes on when something is done, if the connection is still there for it.
    private func whenDone<Value>(
        _ future: EventLoopFuture<Value>,
        _ body: @escaping @Sendable (Connection, Exchange, Result<Value, any Error>) -> Void
    ) {
        let connection = NIOLoopBound(self, eventLoop: worker.eventLoop)
        future.whenComplete { result in
            let connection = connection.value
            guard case .answering(let exchange) = connection.phase else { return }
            body(connection, exchange, result)
            connection.proceed()
        }
    }

    // MARK: Answers

    private func send(_ answer: Answer, of exchange: Exchange) {
        phase = .answering(exchange)
        deadline = .now() + service.times.idle
        var head = exchange.begin(answer, date: worker.dateField(), isDirect: service.certificate == nil)
        if exchange.transfer != nil { return advance(exchange, &head) }
        write(head)
        finish(exchange)
    }

    private func write(_ buffer: ByteBuffer) {
        context?.write(wrapOutboundOut(.byteBuffer(buffer)), promise: nil)
        send(memory: buffer.storageCapacity)
    }

    /// Sends what was written: to a client that has just asked, together with what other clients get.
    ///
    /// - Parameter memory: Bytes that it takes until it is sent.
    private func send(memory: Int) {
        unsent += memory
        guard isTaking && unsent <= Self.unsentLimit else { return flush() }
        worker.flushSoon(self, memory: memory)
    }

    /// Sends now what was written.
    func flush() {
        unsent = 0
        context?.flush()
    }

    /// Sends on until something has to be waited for, or all is sent.
    private func advance(_ exchange: Exchange) {
        var nothing = ByteBuffer()
        advance(exchange, &nothing)
    }

    private func advance(_ exchange: Exchange, _ buffer: inout ByteBuffer) {
        while let context, case .answering = phase, let file = exchange.transfer?.served.file {
            switch exchange.next(&buffer) {
            case .bytes:
                write(buffer)
                buffer = ByteBuffer()
                exchange.waitsForRoom = !context.channel.isWritable
                if exchange.waitsForRoom { return }
            case .file(let range):
                let promise = worker.eventLoop.makePromise(of: Void.self)
                whenDone(promise.futureResult) { connection, exchange, result in
                    guard case .success = result else { return connection.close() }
                    exchange.sent(range)
                    connection.deadline = .now() + connection.service.times.idle
                    connection.advance(exchange)
                }
                context.write(wrapOutboundOut(.fileRegion(exchange.region(range, of: file))), promise: promise)
                send(memory: 0)
                return
            case .read(let range): return whenRead(range, of: file)
            case .warm(let range): return whenWarm(range, of: file)
            case .end: return finish(exchange)
            }
        }
    }

    private func whenRead(_ range: Range<Int64>, of file: File) {
        let bytes = service.pool.runIfActive(eventLoop: worker.eventLoop) { try WaitingRead.bytes(range, of: file) }
        whenDone(bytes) { connection, exchange, result in
            guard var bytes = connection.value(result) else { return }
            exchange.took(bytes)
            connection.advance(exchange, &bytes)
        }
    }

    private func whenWarm(_ range: Range<Int64>, of file: File) {
        let read = service.pool.runIfActive(eventLoop: worker.eventLoop) { try WaitingRead.warm(range, of: file) }
        whenDone(read) { connection, exchange, result in
            guard connection.value(result) != nil else { return }
            exchange.warmed()
            connection.advance(exchange)
        }
    }

    /// What was read. Where it can't be, the connection ends: the length was announced, so the client notices.
    private func value<Value>(_ result: Result<Value, any Error>) -> Value? {
        switch result {
        case .success(let value): return value
        case .failure(let error):
            if error is WaitingRead.Interrupted { service.errors.error("\(error)") }
            close()
            return nil
        }
    }

    private func finish(_ exchange: Exchange) {
        exchange.record(in: service.accessLog, worker)
        // The connection may have ended while the last of it was written.
        guard case .answering = phase else { return }
        guard exchange.isPersistent else { return leave() }
        phase = .reading
        deadline = .now() + service.times.idle
    }
}
