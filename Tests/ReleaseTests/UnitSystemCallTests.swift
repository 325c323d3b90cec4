import Foundation
import GlareTestSupport
import Testing

/// What the program asks the kernel for is what its units allow: nobody can run systemd in a test, but
/// `strace` shows what a service would have been refused.
@Suite(
    .enabled(
        if: Checkout.isBuilt && Machine.has("systemd-analyze") && Machine.has("strace"),
        "nothing is built, or no systemd or strace here"))
struct UnitSystemCallTests {
    @Test func serveAndSyncStayWithinTheirUnits() throws {
        let installation = try UnitInstallation()
        let program = installation.prefix + "/bin/glare"
        let scratch = installation.scratch
        let repository = try scratch.directory("repository")
        let cache = try scratch.directory("cache")
        let environment = GlareBinary.environment()
        func publish(_ seed: UInt64) throws {
            let image = try DiskImages.raw(at: scratch.path("image.raw"), seed: seed)
            let result = try run(
                program, ["add-image", "-i", image, "--name", "debian-12", "-m", "test", "-d", repository, "--yes"],
                environment: environment)
            try #require(result.status == 0, "\(result.stderr)")
        }
        try publish(1)

        let serving = try Traced(
            program, ["serve", "-d", repository, "--host", "localhost", "--port", "0"], to: scratch.path("serve"))
        try #require(serving.process.waits { serving.process.stderr.contains("http://") }, "\(serving.process.stderr)")
        let port = try #require(
            serving.process.stderr.components(separatedBy: ":").last.map { $0.prefix { $0.isNumber } })

        // By name, so that it is looked up. The first sync, one with nothing new, a change, and a rollback.
        var synced: [Trace] = []
        for seed in [1, 1, 2, 1] as [UInt64] {
            try publish(seed)
            let sync = try Traced(
                program, ["sync", "-s", "http://localhost:\(port)", "-t", cache],
                to: scratch.path("sync\(synced.count)"))
            #expect(sync.process.wait() == 0, "\(sync.process.stderr)")
            synced.append(try sync.trace())
        }
        serving.process.signal(SIGTERM)
        #expect(serving.process.wait() == 0)

        let groups = try SystemCallGroups()
        let served = try serving.trace()
        // In full, or this looks at nothing.
        #expect(served.calls.isSuperset(of: ["accept4", "listen", "epoll_wait", "exit_group"]))
        #expect(synced[0].calls.isSuperset(of: ["connect", "flock", "fsync", "mkdirat", "exit_group"]))
        for (unit, traces) in [("glare-serve.service", [served]), ("glare-sync.service", synced)] {
            let allowed = groups.allowed(by: try installation.values(of: "SystemCallFilter", in: unit))
            let families = Set(try installation.values(of: "RestrictAddressFamilies", in: unit).flatMap(\.words))
            for trace in traces {
                // What systemd does not know yet fails with ENOSYS, as on an older kernel.
                #expect(trace.calls.subtracting(allowed).intersection(groups.known) == [], "\(unit)")
                #expect(trace.families.subtracting(families) == [], "\(unit)")
                // MemoryDenyWriteExecute: memory is never made executable, nor both at once.
                #expect(trace.lines.filter(\.makesCode) == [], "\(unit)")
                #expect(trace.lines.filter { $0.contains("CLONE_NEW") } == [], "\(unit)")
            }
        }
        // ProtectSystem=strict: it opens nothing to write.
        #expect(served.opensToWrite.filter { !$0.contains("\"/dev/null\"") } == [])
    }
}

/// A program under strace, whose own process id and exit code it keeps.
private struct Traced {
    let process: RunningProcess
    private let file: String

    init(_ program: String, _ arguments: [String], to file: String) throws {
        self.file = file
        process = try RunningProcess(
            "strace", ["-D", "-f", "-qq", "-o", file, program] + arguments, environment: GlareBinary.environment())
    }

    /// Call it after the process's end. strace writes the last line a moment later.
    func trace() throws -> Trace {
        for _ in 0..<200 {
            let trace = Trace(text: try String(contentsOfFile: file, encoding: .utf8))
            if trace.calls.contains("exit_group") { return trace }
            usleep(10_000)
        }
        return Trace(text: try String(contentsOfFile: file, encoding: .utf8))
    }
}

private struct Trace {
    let lines: [String]
    let calls: Set<String>

    init(text: String) {
        lines = text.lines
        // PID NAME(…, where a line that goes on with an earlier call begins with `<...`.
        calls = Set(
            lines.compactMap { line in
                guard let open = line.firstIndex(of: "("), let name = line[..<open].split(separator: " ").last,
                    name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" })
                else { return nil }
                return String(name)
            })
    }

    var families: Set<String> {
        Set(
            lines.compactMap { line in
                guard let start = line.range(of: " socket(") ?? line.range(of: " socketpair(") else { return nil }
                return String(line[start.upperBound...].prefix { $0.isLetter || $0.isNumber || $0 == "_" })
            })
    }

    var opensToWrite: [String] {
        lines.filter { line in
            line.contains(" open") && ["O_WRONLY", "O_RDWR", "O_CREAT"].contains { line.contains($0) }
        }
    }
}

extension String {
    fileprivate var makesCode: Bool {
        guard contains("PROT_EXEC") else { return false }
        return contains(" mprotect(") || contains(" pkey_mprotect(") || contains("PROT_WRITE")
    }
}

/// The groups of system calls that systemd names with an @.
private struct SystemCallGroups {
    private let members: [String: [String]]

    init() throws {
        var members: [String: [String]] = [:]
        var group = ""
        for line in try mustRun("systemd-analyze", ["--no-pager", "syscall-filter"]).lines {
            let word = line.trimmed
            if line.hasPrefix("@") {
                group = word
            } else if line.hasPrefix(" ") && !word.hasPrefix("#") {
                members[group, default: []].append(word)
            }
        }
        self.members = members
    }

    var known: Set<String> { expand("@known") }

    func expand(_ name: String) -> Set<String> {
        name.hasPrefix("@") ? Set(members[name, default: []].flatMap(expand)) : [name]
    }

    /// As systemd reads the lines: the first decides that all else is forbidden, later ones add to it, or
    /// take from it. @default is always allowed.
    func allowed(by lines: [String]) -> Set<String> {
        var result = expand("@default")
        for line in lines {
            let words = (line.hasPrefix("~") ? String(line.dropFirst()) : line).words
            let names = Set(words.flatMap(expand))
            if line.hasPrefix("~") { result.subtract(names) } else { result.formUnion(names) }
        }
        return result
    }
}
