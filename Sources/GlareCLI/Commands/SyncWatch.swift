import GlareSync
import GlareSystem
import Glibc

/// `sync --watch`: one sync after the other, until a signal ends it.
extension SyncCommand {
    func watch(_ first: Session) async throws {
        var session = first
        var options = try self.options(session)
        var interval = try interval(session)
        Hangups.catchThem()
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
                guard try await Hangups.comes(within: pause) else { continue }
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

/// Set by the handler: the only kind of thing that a handler may safely do.
nonisolated(unsafe) private var hasHungUp: sig_atomic_t = 0

/// SIGHUP, which asks a service to read its settings again.
///
/// By a handler, and not by a source of Dispatch's: that misses a signal which is ignored and which the main
/// thread does not block.
private enum Hangups {
    static func catchThem() {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in hasHungUp = 1 }
        action.sa_flags = SA_RESTART
        sigaction(SIGHUP, &action, nil)
    }

    /// Waits; true as soon as one came since the last time that it was true.
    static func comes(within duration: Duration) async throws -> Bool {
        let end = ContinuousClock.now + duration
        while true {
            if hasHungUp != 0 {
                hasHungUp = 0
                return true
            }
            let left = end - ContinuousClock.now
            guard left > .zero else { return false }
            try await Task.sleep(for: min(left, .milliseconds(200)))
        }
    }
}
