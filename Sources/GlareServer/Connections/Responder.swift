import NIOCore

/// What knows the answers. It is asked on a connection's event loop, where nothing may wait.
protocol Responder: Sendable {
    func respond(to request: RequestHead, on eventLoop: any EventLoop) -> Reply
}

/// An answer, or the promise of one on the event loop that asked.
enum Reply {
    case now(Answer)
    case later(EventLoopFuture<Answer>)
}
