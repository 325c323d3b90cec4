import GlareSync
import GlareSystem
import Glibc

/// `sync --watch`: one sync after the other, until a signal ends it.
extension SyncCommand {
    func watch(_ first: Session) async throws {
        var round = try Round(of: self, first)
        Hangups.catchThem()
        try await first.working(farewell: Self.farewell, endsAtHangup: false) {
            // A manager that waits for that need not wait for our turn.
            ServiceManager.tell("READY=1")
            let start = ContinuousClock.now + (try delay(first))
            while try await Hangups.comes(within: start - .now) { reload(&round) }
            while true {
                ServiceManager.tell("STATUS=Syncing")
                if try await sync(&round) { continue }
                let pause = round.interval * Double.random(in: 0.8...1.2)
                ServiceManager.tell("STATUS=Waiting for \(Readable.seconds(pause))")
                round.session.output.detail("Next look in \(Readable.seconds(pause))…")
                if try await Hangups.comes(within: pause) { reload(&round) }
            }
        }
    }

    /// The settings by which it syncs.
    private struct Round {
        let session: Session
        let options: SyncOptions
        let interval: Duration

        init(of command: SyncCommand, _ session: Session) throws {
            self.session = session
            options = try command.options(session)
            interval = .seconds(try session.configuration.required(Settings.interval, option: command.interval))
        }
    }

    /// Reads the settings again; if they are wrong, they stay as they were.
    private func reload(_ round: inout Round) {
        ServiceManager.tellReloading()
        do {
            round = try Round(
                of: self, Session(verbosity, json: json.json, activities: round.session.activities))
        } catch {
            round.session.output.warn("\(error); the settings stay as they were")
        }
        ServiceManager.tell("READY=1")
    }

    /// Syncs once. At a hangup meanwhile the settings are read again at once, for the next sync: a manager does not
    /// wait for as long as a sync may take.
    ///
    /// - Returns: Whether one came.
    private func sync(_ round: inout Round) async throws -> Bool {
        let current = round
        var hasHungUp = false
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                await syncAndGoOn(current.options, current.session)
                return false
            }
            group.addTask { try await Hangups.comes() }
            // Until the sync has ended.
            while try await group.next() == true {
                hasHungUp = true
                reload(&round)
                group.addTask { try await Hangups.comes() }
            }
            group.cancelAll()
            // One that came at that moment is taken.
            if (try? await group.next()) == true {
                hasHungUp = true
                reload(&round)
            }
        }
        return hasHungUp
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
    static func comes(within duration: Duration = .seconds(Int64.max)) async throws -> Bool {
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
