import Dispatch
import GlareSystem
import Glibc

/// Written to by the handler, before which it is set: the only thing that a handler may safely do.
nonisolated(unsafe) private var signalPipe: Int32 = -1

/// What a signal does that asks the process to end: nothing is left behind that the next command would
/// have to clean up, and the process dies by that signal, as its parent expects.
enum Interrupts {
    /// Called once, by commands that don't end by a signal in a way of their own. A second one of the
    /// same kind ends the process at once.
    static func catchThem(_ signals: [Int32], _ cleanUp: @escaping @Sendable () -> Void) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        signalPipe = ends[1]
        let input = ends[0]
        DispatchQueue(label: "glare.signals").async {
            var number: UInt8 = 0
            while read(input, &number, 1) != 1 { guard errno == EINTR else { return } }
            cleanUp()
            kill(getpid(), Int32(number))
        }
        for number in signals { install(number) }
    }

    private static func isIgnored(_ action: sigaction) -> Bool {
        unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    }

    private static func install(_ number: Int32) {
        var before = sigaction()
        // nohup has it ignored, and means it.
        guard sigaction(number, nil, &before) == 0, !isIgnored(before) else { return }
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { number in
            let before = errno
            var byte = UInt8(number)
            _ = write(signalPipe, &byte, 1)
            errno = before
        }
        // After the first the default is back: the second kills, as does our own at the end.
        action.sa_flags = SA_RESTART | Int32(bitPattern: UInt32(SA_RESETHAND))
        sigaction(number, &action, nil)
    }
}
