import Dispatch
import Glibc

/// Entered by everything that is better finished than left half done.
private let unfinished = DispatchGroup()

/// Runs `body` so that a signal which ends the process waits for its end: for short work, between whose
/// steps others would find it half done. A kill that can't be caught finds it so all the same.
public func uninterrupted<Result>(_ body: () throws -> Result) rethrows -> Result {
    unfinished.enter()
    defer { unfinished.leave() }
    return try body()
}

/// Ends the programs that this process runs and removes its temporary files, once nothing is under way that is
/// better finished; for the thread that ends the process after a signal.
public func cleanUpBeforeEnd() {
    unfinished.wait()
    // First, for they write to those files.
    ChildProcess.endAll()
    TemporaryFile.removeLive()
}

/// For a thread that must not go on, because the process is about to end.
func waitForTheEnd() -> Never {
    while true { sleep(1) }
}

/// Holds this thread up.
public func pause(milliseconds: UInt32) { usleep(milliseconds * 1000) }
