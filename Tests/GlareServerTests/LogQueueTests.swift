import Dispatch
import Logging
import NIOCore
import Synchronization
import Testing

@testable import GlareServer

@Suite("Logs")
struct LogQueueTests {
    private struct Item: LogItem {
        let number: Int
        let byteCount: Int
    }

    /// What a writer was given.
    private final class Written: Sendable {
        private let slices = Mutex<[[Int]]>([])
        var all: [[Int]] { slices.withLock { $0 } }
        func append(_ items: ArraySlice<Item>) { slices.withLock { $0.append(items.map(\.number)) } }
    }

    @Test("items are written in order, some at a time; a writer that is stuck loses those beyond the limit")
    func stuckWriter() async throws {
        let (begun, stuck) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let written = Written()
        let log = LogQueue<Item> { items in
            if items[0].number == 0 {
                begun.signal()
                stuck.wait()
            }
            written.append(items)
        }
        let size = LogQueue<Item>.sliceLimit / 4
        let fit = LogQueue<Item>.limit / size
        log.record(Item(number: 0, byteCount: size))
        await withCheckedContinuation { done in
            DispatchQueue.global().async {
                begun.wait()
                done.resume()
            }
        }
        for number in 1..<fit + 5 { log.record(Item(number: number, byteCount: size)) }
        stuck.signal()
        #expect(await log.end() == 5)
        #expect(written.all.flatMap(\.self) == Array(0..<fit))
        #expect(written.all.allSatisfy { $0.count <= 4 } && written.all.count == 1 + (fit - 1 + 3) / 4)
    }

    @Test("what is written makes room")
    func room() async throws {
        let written = Written()
        let log = LogQueue<Item> { written.append($0) }
        // No two of them have room at a time.
        for number in 0..<3 {
            try await eventually {
                log.record(Item(number: number, byteCount: LogQueue<Item>.limit / 2 + 1))
                return written.all.contains([number])
            }
        }
        _ = await log.end()
        #expect(Set(written.all) == [[0], [1], [2]])
    }

    @Test("a writer that never returns is given up, with what waits for it")
    func givenUp() async {
        let stuck = DispatchSemaphore(value: 0)
        let log = LogQueue<Item> { _ in stuck.wait() }
        for number in 0..<3 { log.record(Item(number: number, byteCount: 1)) }
        let end = Task { await log.end() }
        end.cancel()
        #expect(await end.value == 3)
        for _ in 0..<3 { stuck.signal() }
    }

    @Test("an error that is told again and again is told once a minute")
    func errors() async {
        let lines = Lines()
        let log = ErrorLog(Logger(label: "test") { _ in lines })
        let start = NIODeadline.now()
        log.tell(.error, "a", now: start)
        log.tell(.error, "a", now: start + .seconds(59))
        log.tell(.error, "b", now: start + .seconds(59))
        log.tell(.error, "a", now: start + .seconds(60))
        await log.end()
        #expect(lines.all == ["a", "b", "a"])
    }

    private final class Lines: LogHandler {
        private let lines = Mutex<[String]>([])
        var all: [String] { lines.withLock { $0 } }
        var logLevel: Logger.Level {
            get { .trace }
            set {}
        }
        var metadata: Logger.Metadata {
            get { [:] }
            set {}
        }
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { nil }
            set {}
        }
        func log(event: LogEvent) { lines.withLock { $0.append("\(event.message)") } }
    }
}
