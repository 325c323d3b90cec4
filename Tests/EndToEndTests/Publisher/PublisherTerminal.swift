import Foundation
import GlareTestSupport

/// `glare` on a terminal, with somebody who answers.
enum PublisherTerminal {
    /// What they wait for, and what they type then; `\u{3}` is Ctrl+C.
    typealias Exchange = (shown: String, typed: String)

    struct Session: Decodable {
        let shown: String
        /// As a shell has it: 128 + N for an end by signal N.
        let status: Int32
        /// Seconds from the last thing typed to the end.
        let secondsAfter: Double
    }

    static func run(
        _ arguments: [String], _ exchanges: [Exchange], environment: [String: String] = [:]
    ) throws -> Session {
        struct Job: Encodable {
            let arguments: [String]
            let environment: [String: String]
            let exchanges: [[String]]
        }
        let job = Job(
            arguments: [GlareBinary.path] + arguments, environment: GlareBinary.environment(environment),
            exchanges: exchanges.map { [$0.shown, $0.typed] })
        let text = String(decoding: try JSONEncoder().encode(job), as: UTF8.self)
        return try JSONDecoder().decode(Session.self, from: Data(mustRun("python3", ["-c", script, text]).utf8))
    }

    private static let script = """
        import json, os, pty, sys, time
        job = json.loads(sys.argv[1])
        pid, terminal = pty.fork()
        if pid == 0:
            os.execve(job['arguments'][0], job['arguments'], job['environment'])
        shown, typed, exchanges = b'', time.monotonic(), job['exchanges']
        while True:
            try:
                piece = os.read(terminal, 65536)
            except OSError:
                break
            if not piece:
                break
            shown += piece
            if exchanges and exchanges[0][0].encode() in shown:
                os.write(terminal, exchanges.pop(0)[1].encode())
                typed = time.monotonic()
        status = os.waitpid(pid, 0)[1]
        code = 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        print(json.dumps({'shown': shown.decode(), 'status': code, 'secondsAfter': time.monotonic() - typed}))
        """
}
