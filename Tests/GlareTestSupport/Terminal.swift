import Foundation

/// A program on a terminal of its own, with somebody who looks and types.
public enum Terminal {
    /// What they wait for on the screen, or how long, and what they do then.
    public struct Step: Encodable, Sendable {
        var shown: String?
        var lines: Int?
        var seconds: Double?
        var typed: String?
        var columns: Int?

        /// Types once `shown` stands on the screen; `\u{3}` is Ctrl+C.
        public static func type(_ text: String, after shown: String) -> Step { Step(shown: shown, typed: text) }
        /// Makes the window so many columns wide.
        public static func resize(_ columns: Int, after shown: String) -> Step { Step(shown: shown, columns: columns) }
        /// Only looks, once `shown` stands on so many lines.
        public static func look(after shown: String, onLines lines: Int = 1) -> Step {
            Step(shown: shown, lines: lines)
        }
        public static func look(afterSeconds seconds: Double) -> Step { Step(seconds: seconds) }
    }

    public struct Session: Decodable, Sendable {
        /// All that was written, byte by byte.
        public let written: String
        /// The lines of the screen as each step found it, and at the end.
        public let screens: [[String]]
        /// As a shell has it: 128 + N for an end by signal N.
        public let status: Int32

        public var last: [String] { screens.last ?? [] }
    }

    /// Throws where the program ends before all steps are done.
    ///
    /// - Parameters:
    ///   - prefix: The path of a program that runs the command, and its options.
    ///   - redirection: What a shell would have after the command, such as `>file`.
    ///   - release: A file that is made after the last step, such as a ``Brake`` waits for.
    public static func run(
        _ arguments: [String], _ steps: [Step] = [], columns: Int = 100, environment: [String: String] = [:],
        under prefix: [String] = [], redirection: String = "", releasing release: String? = nil
    ) throws -> Session {
        struct Job: Encodable {
            let arguments: [String]
            let environment: [String: String]
            let steps: [Step]
            let columns: Int
            let release: String?
        }
        let base = ["TERM": "xterm-256color", "LANG": "C.UTF-8"].merging(environment) { $1 }
        let command = prefix + [GlareBinary.path] + arguments
        let words = redirection.isEmpty ? command : ["/bin/sh", "-c", "exec \"$0\" \"$@\" \(redirection)"] + command
        let job = Job(
            arguments: words, environment: GlareBinary.environment(base), steps: steps, columns: columns,
            release: release)
        let text = String(decoding: try JSONEncoder().encode(job), as: UTF8.self)
        return try JSONDecoder().decode(Session.self, from: Data(mustRun("python3", ["-c", script, text]).utf8))
    }

    /// Python that starts `sys.argv[1:]` on a terminal and reads what it shows until there is a rate in it: the
    /// beginning of scripts that do something else than look and type.
    public static let untilARateIsShown = """
        import os, pty, sys
        pid, terminal = pty.fork()
        if pid == 0:
            os.execv(sys.argv[1], sys.argv[1:])
        shown = b''
        while b'iB/s' not in shown:
            shown += os.read(terminal, 65536)

        """

    /// The screen is emulated as far as our program uses one: lines that wrap, CR, LF, cursor up, erase to
    /// the end, colours. A narrower window cuts no line of what was written before.
    private static let script = #"""
        import codecs, fcntl, json, os, pty, re, select, signal, struct, sys, termios, time
        job = json.loads(sys.argv[1])

        class Screen:
            def __init__(self, columns):
                self.columns, self.rows, self.y, self.x, self.rest = columns, [[]], 0, 0, ''
            def put(self, text):
                text, self.rest = self.rest + text, ''
                i = 0
                while i < len(text):
                    c = text[i]
                    if c == '\x1b':
                        m = re.match(r'\x1b\[([0-9;]*)([A-Za-z])', text[i:])
                        if not m:
                            if len(text) - i < 16:
                                self.rest = text[i:]
                                return
                            raise SystemExit('unknown escape: %r' % text[i:i + 16])
                        n, what = m.groups()
                        if what == 'A': self.y = max(0, self.y - int(n or 1))
                        elif what == 'J':
                            self.rows[self.y] = self.rows[self.y][:self.x]
                            del self.rows[self.y + 1:]
                        elif what != 'm': raise SystemExit('unknown escape: %r' % m.group())
                        i += m.end()
                        continue
                    if c == '\r': self.x = 0
                    elif c == '\n': self.down()
                    else:
                        if self.x == self.columns:
                            self.x = 0
                            self.down()
                        row = self.rows[self.y]
                        row.extend(' ' * (self.x + 1 - len(row)))
                        row[self.x] = c
                        self.x += 1
                    i += 1
            def down(self):
                self.y += 1
                if self.y == len(self.rows): self.rows.append([])
            def lines(self):
                return [''.join(row).rstrip() for row in self.rows]

        def resize(fd, columns):
            fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', 24, columns, 0, 0))

        pid, terminal = pty.fork()
        if pid == 0:
            resize(0, job['columns'])
            os.execve(job['arguments'][0], job['arguments'], job['environment'])
        screen, written, screens = Screen(job['columns']), '', []
        steps, since, release = job['steps'], time.monotonic(), job.get('release')
        decoder = codecs.getincrementaldecoder('utf-8')()
        while True:
            if select.select([terminal], [], [], 0.02)[0]:
                try: piece = os.read(terminal, 65536)
                except OSError: break
                if not piece: break
                text = decoder.decode(piece)
                written += text
                screen.put(text)
            if not steps:
                if release: os.close(os.open(release, os.O_CREAT | os.O_WRONLY))
                release = None
                continue
            step = steps[0]
            if 'shown' in step:
                if sum(step['shown'] in line for line in screen.lines()) < step.get('lines', 1): continue
            if 'seconds' in step and time.monotonic() - since < step['seconds']: continue
            steps.pop(0)
            since = time.monotonic()
            screens.append(screen.lines())
            if 'columns' in step:
                screen.columns = step['columns']
                resize(terminal, step['columns'])
            if 'typed' in step: os.write(terminal, step['typed'].encode())
        screens.append(screen.lines())
        status = os.waitpid(pid, 0)[1]
        if steps: sys.exit('ended with %d before %r; the screen: %r' % (status, steps[0], screen.lines()))
        code = 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        print(json.dumps({'written': written, 'screens': screens, 'status': code}))
        """#
}
