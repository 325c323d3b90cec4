import CGlareSystem
import Glibc
import Synchronization
import SystemPackage

/// A program that is run to its end. What it started ends with it, and it ends with this process.
public struct ChildProcess: Sendable {
    /// How it ended: its status, 128 and the signal's number, or nil where its time was up.
    public let status: Int32?
    /// What it said on standard error, or nothing where that was passed on: the first 16 KiB.
    public let message: String

    /// Those that run.
    private struct Live {
        var ids: Set<pid_t> = []
        var isEnding = false
    }

    private static let live = Mutex(Live())

    /// Runs a program with nothing to read, and its standard output thrown away.
    ///
    /// - Parameters:
    ///   - program: A path, or a name to look for in `PATH`.
    ///   - environment: Instead of this process's.
    ///   - seconds: After so long it is ended.
    ///   - passesOn: Whether what it says, on both, goes to this process's standard error.
    /// - Throws: ``SystemError`` where it can't be started.
    public static func run(
        _ program: String, _ arguments: [String], environment: [String: String]? = nil, seconds: Int64,
        passesOn: Bool = false
    ) throws -> ChildProcess {
        var pipe: [Int32] = [-1, -1]
        try systemCall("make a pipe for", program) { cglare_pipe(&pipe) }
        let deadline = monotonicSeconds() + seconds
        var speech = Speech(descriptor: pipe[0], passesOn: passesOn, until: deadline)
        defer { close(pipe[0]) }
        let id: pid_t
        do {
            defer { close(pipe[1]) }
            id = try start(program, arguments, environment, output: passesOn ? pipe[1] : -1, error: pipe[1])
        }
        let hasEnded = listen(to: id, &speech, until: deadline)
        let status = try end(id, program)
        speech.takeTheRest()
        return ChildProcess(
            status: hasEnded ? status : nil, message: String(decoding: speech.text, as: UTF8.self))
    }

    /// Ends all that run, with all that they started, for the end of this process; no other is started any more.
    static func endAll() {
        let ids = live.withLock { live in
            live.isEnding = true
            for id in live.ids { kill(-id, SIGKILL) }
            return live.ids
        }
        // One that is killed may still be about to make a file. Two seconds: one that waits for a dead filesystem
        // does not end at all.
        for _ in 0..<200 where !ids.allSatisfy(isOver) { usleep(10_000) }
    }

    private static func start(
        _ program: String, _ arguments: [String], _ environment: [String: String]?, output: Int32, error: Int32
    ) throws -> pid_t {
        let words = ([program] + arguments).map { strdup($0) } + [nil]
        let variables = (environment ?? [:]).map { strdup("\($0)=\($1)") } + [nil]
        defer { for text in words + variables { free(text) } }
        // In one step to whoever ends the live ones: none runs that they don't know.
        let id = try live.withLock { live -> pid_t? in
            guard !live.isEnding else { return nil }
            let id = try systemCall("run", program) {
                environment == nil
                    ? cglare_spawn(program, words, environ, output, error)
                    : cglare_spawn(program, words, variables, output, error)
            }
            live.ids.insert(id)
            return id
        }
        if let id { return id }
        waitForTheEnd()
    }

    /// - Returns: False where the time was up first.
    private static func listen(to id: pid_t, _ speech: inout Speech, until end: Int64) -> Bool {
        var pause: Int32 = 1
        while !isOver(id) {
            guard monotonicSeconds() < end else { return false }
            // It may end while others hold its pipe, and close that before it ends.
            if speech.hasEnded { usleep(UInt32(pause) * 1000) } else { speech.take(waiting: pause) }
            pause = min(pause * 2, 100)
        }
        return true
    }

    /// Whether it has ended; it stays to be waited for, so that nothing else has its number.
    private static func isOver(_ id: pid_t) -> Bool {
        var info = siginfo_t()
        let answer = waitid(P_PID, id_t(id), &info, WEXITED | WNOHANG | WNOWAIT)
        return answer == 0 ? info.si_signo != 0 : errno == ECHILD
    }

    /// Ends it, if it runs, and in any case what it left behind in its group.
    private static func end(_ id: pid_t, _ program: String) throws -> Int32 {
        var info = siginfo_t()
        // Somebody else has waited for it: the number may be another's by now.
        guard waitid(P_PID, id_t(id), &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD else {
            live.withLock { _ = $0.ids.remove(id) }
            throw SystemError("wait for", program, code: .noChildProcess)
        }
        kill(-id, SIGKILL)
        try systemCall("wait for", program) { waitid(P_PID, id_t(id), &info, WEXITED | WNOWAIT) }
        let (raw, isEnding) = try live.withLock { live in
            var raw: Int32 = 0
            try systemCall("wait for", program) { waitpid(id, &raw, 0) }
            live.ids.remove(id)
            return (raw, live.isEnding)
        }
        // It was us who ended it: that is not to be told as its failure.
        if isEnding { waitForTheEnd() }
        return raw & 0x7F == 0 ? (raw >> 8) & 0xFF : 128 + (raw & 0x7F)
    }

    /// By a clock that nobody sets.
    fileprivate static func monotonicSeconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec)
    }
}

/// What a program says.
private struct Speech {
    /// The end of a pipe that is read.
    let descriptor: Int32
    let passesOn: Bool
    /// After that nobody is waited for who does not take what is passed on.
    let deadline: Int64
    /// The first 16 KiB; nothing where it is passed on.
    private(set) var text: [UInt8] = []
    private(set) var hasEnded = false

    init(descriptor: Int32, passesOn: Bool, until deadline: Int64) {
        (self.descriptor, self.passesOn, self.deadline) = (descriptor, passesOn, deadline)
    }

    /// Takes what is there, or comes within so many milliseconds.
    ///
    /// - Returns: Whether anything was.
    @discardableResult
    mutating func take(waiting milliseconds: Int32) -> Bool {
        var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard Glibc.poll(&poll, 1, milliseconds) > 0 else { return false }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = read(descriptor, &buffer, buffer.count)
        guard count > 0 else {
            hasEnded = count == 0 || errno != EINTR
            return false
        }
        if passesOn {
            pass(buffer[..<count])
        } else {
            text += buffer[..<count].prefix(max(0, (16 << 10) - text.count))
        }
        return true
    }

    /// As much as a pipe holds: somebody that has it still may go on for ever.
    mutating func takeTheRest() {
        for _ in 0..<(64 << 10) / 4096 where !hasEnded { if !take(waiting: 0) { return } }
    }

    /// What nobody has taken by the deadline is dropped.
    private func pass(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        while !rest.isEmpty {
            guard waitForRoom() else { return }
            let count = rest.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if count == -1 && errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    /// A pipe that has room takes 4 KiB at once, which is as much as is passed on at a time.
    private func waitForRoom() -> Bool {
        var poll = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
        while true {
            let isOver = ChildProcess.monotonicSeconds() >= deadline
            if Glibc.poll(&poll, 1, isOver ? 0 : 100) > 0 { return true }
            if isOver { return false }
        }
    }
}
