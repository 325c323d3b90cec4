import CGlareSystem
import Glibc
import SystemPackage

/// A program that is run to its end.
public struct ChildProcess: Sendable {
    /// How it ended: its status, 128 and the signal's number, or nil where its time was up.
    public let status: Int32?
    /// What it said on standard error, or nothing where that was passed on: the first 16 KiB.
    public let message: String

    /// Runs a program with nothing to read, and its standard output thrown away.
    ///
    /// - Parameters:
    ///   - program: A path, or a name to look for in `PATH`.
    ///   - environment: Instead of this process's.
    ///   - seconds: After so long it is ended, with all that it started.
    ///   - passesOn: Whether what it says, on both, goes to this process's standard error.
    /// - Throws: ``SystemError`` where it can't be started.
    public static func run(
        _ program: String, _ arguments: [String], environment: [String: String]? = nil, seconds: Int64,
        passesOn: Bool = false
    ) throws -> ChildProcess {
        var pipe: [Int32] = [-1, -1]
        if !passesOn { try systemCall("make a pipe for", program) { cglare_pipe(&pipe) } }
        defer { if !passesOn { close(pipe[0]) } }
        let id: pid_t
        do {
            defer { if !passesOn { close(pipe[1]) } }
            id = try start(program, arguments, environment, error: passesOn ? nil : pipe[1])
        }
        let end = monotonicSeconds() + seconds
        let text = passesOn ? [] : try read(pipe[0], program, until: end)
        let status = try wait(for: id, program, until: end)
        return ChildProcess(status: status, message: String(decoding: text, as: UTF8.self))
    }

    /// In a process group of its own, so that all that it starts can be ended; with signals as they were at first.
    private static func start(
        _ program: String, _ arguments: [String], _ environment: [String: String]?, error: Int32?
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        if let error {
            posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
            posix_spawn_file_actions_adddup2(&actions, error, 2)
        } else {
            posix_spawn_file_actions_adddup2(&actions, 2, 1)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
        let words = ([program] + arguments).map { strdup($0) } + [nil]
        var variables = (environment ?? [:]).map { strdup("\($0)=\($1)") } + [nil]
        defer { for text in words + variables { free(text) } }
        var id: pid_t = 0
        let code = variables.withUnsafeMutableBufferPointer {
            posix_spawnp(&id, program, &actions, &attributes, words, environment == nil ? environ : $0.baseAddress)
        }
        guard code == 0 else { throw SystemError("run", program, code: .init(rawValue: code)) }
        return id
    }

    /// What comes until the other end closes or the time is up; what is beyond 16 KiB is read and thrown away.
    private static func read(_ descriptor: Int32, _ program: String, until end: Int64) throws -> [UInt8] {
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let left = end - monotonicSeconds()
            var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = try systemCall("read what is said by", program) {
                Glibc.poll(&poll, 1, Int32(max(0, min(left, 3600)) * 1000))
            }
            if ready == 0 { return text }
            let count = try systemCall("read what is said by", program) {
                Glibc.read(descriptor, &buffer, buffer.count)
            }
            if count == 0 { return text }
            text += buffer[..<count].prefix(max(0, (16 << 10) - text.count))
        }
    }

    private static func wait(for id: pid_t, _ program: String, until end: Int64) throws -> Int32? {
        var raw: Int32 = 0
        var pause: UInt32 = 1000
        while try systemCall("wait for", program, { waitpid(id, &raw, WNOHANG) }) == 0 {
            guard monotonicSeconds() < end else {
                kill(-id, SIGKILL)
                try systemCall("wait for", program) { waitpid(id, &raw, 0) }
                return nil
            }
            usleep(pause)
            pause = min(pause * 2, 100_000)
        }
        return raw & 0x7F == 0 ? (raw >> 8) & 0xFF : 128 + (raw & 0x7F)
    }

    /// By a clock that nobody sets.
    private static func monotonicSeconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec)
    }
}
