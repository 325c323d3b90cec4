import GlareSystem
import NIOCore
import NIOPosix

/// Tells how the server is, to those who look after it: never where files are served.
struct AdminResponder: Responder {
    let directory: ServedDirectory
    let workers: Workers
    let pool: NIOThreadPool

    func respond(to request: RequestHead, on eventLoop: any EventLoop) -> Reply {
        switch request.method {
        case "GET", "HEAD": break
        case "OPTIONS": return .now(.options)
        default: return .now(.refusal(of: request.method))
        }
        switch request.target.prefix(while: { $0 != "?" }) {
        case "/healthz": return .later(health(on: eventLoop))
        case "/metrics": return .later(metrics(on: eventLoop))
        default: return .now(.error(.notFound))
        }
    }

    /// Whether the repository's path leads to a directory that can be looked into.
    private func health(on eventLoop: any EventLoop) -> EventLoopFuture<Answer> {
        pool.runIfActive(eventLoop: eventLoop) {
            do {
                try directory.readable()
                return .text("ok\n", contentType: ContentLabel.text)
            } catch {
                return .error(.unavailable)
            }
        }
    }

    private func metrics(on eventLoop: any EventLoop) -> EventLoopFuture<Answer> {
        let stock = pool.runIfActive(eventLoop: eventLoop) { try? Stock(of: directory.files.root) }
        return workers.counters(on: eventLoop).and(stock).map { counters, stock in
            .text(Exposition(counters, stock).text, contentType: Exposition.contentType)
        }
    }
}
