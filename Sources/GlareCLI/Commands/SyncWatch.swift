import Dispatch
import GlareSync
import GlareSystem
import Glibc
import Synchronization

/// `sync --watch`: one sync after the other, until a signal ends it.
extension SyncCommand {
    func watch(_ first: Session) async throws {
        var session = first
        var options = try self.options(session)
        var interval = try interval(session)
        let hangups = Hangups()
        let activities = session.activities
        try await first.working(farewell: Self.farewell, endsAtHangup: false) {
            try await delayStart(session)
            ServiceManager.tell("READY=1")
            while true {
                ServiceManager.tell("STATUS=Syncing")
                await syncAndGoOn(options, session)
                let pause = interval * Double.random(in: 0.8...1.2)
                ServiceManager.tell("STATUS=Waiting for \(Readable.seconds(pause))")
                session.output.detail("Next look in \(Readable.seconds(pause))…")
                guard try await hangups.comes(within: pause) else { continue }
                ServiceManager.tellReloading()
                do {
                    let new = try Session(verbosity, json: json.json, activities: activities)
                    (options, interval) = (try self.options(new), try self.interval(new))
                    session = new
                } catch {
                    session.output.warn("\(error); the settings stay as they were")
                }
                ServiceManager.tell("READY=1")
            }
        }
    }

    private func interval(_ session: Session) throws -> Duration {
        .seconds(try session.configuration.required(Settings.interval, option: interval))
    }

    /// What fails now may succeed the next time. What is wrong with an image was told already.
    private func syncAndGoOn(_ options: SyncOptions, _ session: Session) async {
        do {
            _ = try await recorded(session) { try await sync(options, session) }
        } catch {
            Console.fail("\(error)")
        }
    }
}

/// SIGHUP, which asks a service to read its settings again.
private final class Hangups {
    private let count = Count()
    private let source: any DispatchSourceSignal

    init() {
        signal(SIGHUP, SIG_IGN)
        source = DispatchSource.makeSignalSource(signal: SIGHUP, queue: DispatchQueue(label: "glare.hangups"))
        source.setEventHandler { [count] in count.add() }
        source.resume()
    }

    /// Waits; true as soon as one came since the last time that it was true.
    func comes(within duration: Duration) async throws -> Bool {
        let end = ContinuousClock.now + duration
        while true {
            if count.take() > 0 { return true }
            let left = end - ContinuousClock.now
            guard left > .zero else { return false }
            try await Task.sleep(for: min(left, .milliseconds(200)))
        }
    }
}

/// How many there were that nobody has looked at yet.
private final class Count: Sendable {
    private let value = Mutex(0)

    func add() { value.withLock { $0 += 1 } }

    func take() -> Int {
        value.withLock { value in
            defer { value = 0 }
            return value
        }
    }
}
