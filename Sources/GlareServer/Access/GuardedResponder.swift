import NIOCore

/// Answers those who are known, and asks the others who they are.
struct GuardedResponder: Responder {
    let readers: Readers
    let inner: any Responder

    /// RFC 9110, 11.6.1; both kinds, in two fields, because not every client reads a list.
    private static let unknown = Answer.error(
        .unauthorized,
        fields: [
            HeaderField("www-authenticate", "Basic realm=\"images\", charset=\"UTF-8\""),
            HeaderField("www-authenticate", "Bearer realm=\"images\""),
        ])

    func respond(to request: RequestHead, on eventLoop: any EventLoop) -> Reply {
        guard let name = readers.name(for: request.fields[.authorization]) else { return .now(Self.unknown) }
        switch inner.respond(to: request, on: eventLoop) {
        case .now(let answer): return .now(answer.forThemAlone(name))
        case .later(let future): return .later(future.map { $0.forThemAlone(name) })
        }
    }
}
