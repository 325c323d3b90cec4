import NIOCore
import NIOPosix

/// The event loops, each with its worker.
struct Workers: Sendable {
    let group: MultiThreadedEventLoopGroup
    private let all: [NIOLoopBound<Worker>]
    private let places: [ObjectIdentifier: Int]

    init(on group: MultiThreadedEventLoopGroup, lookingEvery interval: TimeAmount) async throws {
        self.group = group
        var all: [NIOLoopBound<Worker>] = []
        for loop in group.makeIterator() {
            all.append(
                try await loop.submit {
                    let worker = Worker(eventLoop: loop)
                    worker.start(every: interval)
                    return NIOLoopBound(worker, eventLoop: loop)
                }.get())
        }
        self.all = all
        places = Dictionary(
            uniqueKeysWithValues: group.makeIterator().enumerated().map { (ObjectIdentifier($0.element), $0.offset) })
    }

    /// Of the event loop that asks.
    func worker(of eventLoop: any EventLoop) -> Worker? {
        places[ObjectIdentifier(eventLoop)].map { all[$0].value }
    }

    /// As ``Worker/stop()``; `body` is called when no connection is left.
    func stop(_ body: @escaping @Sendable () -> Void) {
        let loop = group.next()
        let ends = all.map { worker in worker.eventLoop.flatSubmit { worker.value.stop() } }
        EventLoopFuture.andAllComplete(ends, on: loop).whenComplete { _ in body() }
    }

    /// Ends all connections now.
    func abandon() {
        for worker in all { worker.eventLoop.execute { worker.value.abandon() } }
    }

    /// The sum of what all counted.
    func counters(on eventLoop: any EventLoop) -> EventLoopFuture<Counters> {
        let parts = all.map { worker in worker.eventLoop.submit { worker.value.counters } }
        return EventLoopFuture.whenAllSucceed(parts, on: eventLoop).map { $0.reduce(Counters(), +) }
    }
}
