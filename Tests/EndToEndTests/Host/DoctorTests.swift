import Foundation
import GlareTestSupport
import Testing

@Suite("doctor: what is wrong with a host, and the mend", .enabled(if: Machine.has("qemu-img")))
struct DoctorTests {
    private let host: HostFixture

    init() throws { host = try HostFixture() }

    private func doctor(_ options: String..., environment: [String: String] = [:]) throws -> RunResult {
        try host.glare(["doctor", "-t", host.target, "-s", host.sync.fileServer] + options, environment: environment)
    }

    @Test func aHostThatIsAllRightHasNoProblem() throws {
        try host.history(1...1)
        let before = try mustRun("find", [host.target, "-printf", "%p %i %T@\\n"])
        let result = try doctor()
        #expect(result.status == 0, "\(result.stdout)\(result.stderr)")
        #expect(result.stdout.contains("good     server: \(host.sync.fileServer): 1 image, in"))
        #expect(result.stdout.contains("warning  key: nothing proves that images are the publisher's"))
        #expect(result.stdout.hasSuffix("0 problems, 1 warning\n"))
        #expect(try mustRun("find", [host.target, "-printf", "%p %i %T@\\n"]) == before)
    }

    @Test func aCacheThatIsNotThereYetIsMade() throws {
        try host.sync.publish(seed: 1)
        let result = try doctor()
        #expect(result.status == 0 && result.stdout.contains("is not there yet\n         → the first sync makes it"))
    }

    @Test func eachServerIsLookedAtByItself() throws {
        try host.history(1...1)
        let result = try doctor("-s", "file:///nonexistent", "-s", "http://127.0.0.1:1/")
        #expect(result.status == 1)
        #expect(result.stdout.contains("good     server: \(host.sync.fileServer)"))
        #expect(
            result.stdout.contains("problem  server: /nonexistent") || result.stdout.contains("file:///nonexistent"))
        #expect(result.stdout.contains("problem  server: http://127.0.0.1:1"), "\(result.stdout)")
    }

    @Test func settingsAreLookedAt() throws {
        try host.history(1...1)
        let file = try host.sync.scratch.file("glare.conf", "JOBS=many\n")
        let result = try doctor(environment: ["GLARE_CONFIG_SYSTEM": file])
        #expect(result.status == 1 && result.stdout.contains("problem  settings: JOBS=many"))
        let nothing = try host.glare(["doctor", "--quiet"])
        #expect(nothing.status == 1)
        #expect(nothing.stdout.contains("no server is named") && nothing.stdout.contains("no cache is named"))
        #expect(!nothing.stdout.contains("warning"))
    }

    @Test func aKeyThatDidNotSignIsAProblem() throws {
        try host.history(1...1)
        let result = try doctor("--trusted-key", "RWTpOluCjZxKiQzUiGzEwXRj5OPV8Q1MnXDQJoZiCcTLW8rrkzb8Tvn9")
        #expect(result.status == 1 && result.stdout.contains("compare TRUSTED_KEY"), "\(result.stdout)")
    }

    /// The publisher is an hour ahead, as far as the catalogue tells.
    @Test func aClockThatIsBehindIsAProblem() throws {
        try host.history(1...1)
        let path = host.sync.publisher.path("images.json")
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let ahead = ISO8601DateFormatter().string(from: Date().addingTimeInterval(3600))
        try text.replacing(/"created" ?: ?"[^"]*"/, with: "\"created\":\"\(ahead)\"")
            .write(toFile: path, atomically: false, encoding: .utf8)
        let result = try doctor()
        #expect(result.status == 1 && result.stdout.contains("minutes behind"), "\(result.stdout)")
        #expect(result.stdout.contains("timedatectl"))
    }

    /// As the server says itself, whatever the catalogue tells.
    @Test(arguments: [
        (-7200.0, "119 minutes ahead of|120 minutes ahead of"), (7200, "119 minutes behind|120 minutes behind"),
    ])
    func soIsOneThatIsNotTheServers(_ seconds: Double, _ messages: String) throws {
        try host.history(1...1)
        let dates = DateFormatter()
        (dates.locale, dates.timeZone) = (Locale(identifier: "en_US_POSIX"), TimeZone(identifier: "GMT"))
        dates.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        let date = dates.string(from: Date().addingTimeInterval(seconds))
        let catalogue = try Data(contentsOf: URL(fileURLWithPath: host.sync.publisher.path("images.json")))
        let server = try ScriptedServer { request in
            request.path == "/images.json"
                ? .whole("200 OK", "Date: \(date)", body: Array(catalogue)) : .whole("404 Not Found")
        }
        let result = try host.glare(["doctor", "-t", host.target, "-s", server.address])
        #expect(result.status == 1, "\(result.stdout)\(result.stderr)")
        #expect(
            messages.split(separator: "|").contains { result.stdout.contains("clock is \($0)") }, "\(result.stdout)")
    }

    @Test func documentsThatAreDamagedAre() throws {
        try host.history(1...1)
        try "[".write(toFile: host.sync.path(".glare/pins.json"), atomically: false, encoding: .utf8)
        let pins = try doctor()
        #expect(pins.status == 1 && pins.stdout.contains("problem  cache: \(host.sync.path(".glare/pins.json"))"))
        #expect(pins.stdout.contains("then no name is pinned any more"))
        try FileManager.default.removeItem(atPath: host.sync.path(".glare/pins.json"))
        for name in ["state.json", "trust.json"] {
            try "[".write(toFile: host.sync.path(".glare/\(name)"), atomically: false, encoding: .utf8)
        }
        let others = try doctor()
        #expect(others.status == 0 && others.stdout.contains("warning  cache: \(host.sync.path(".glare/state.json"))"))
        #expect(others.stdout.contains("sync --reset-trust"), "\(others.stdout)")
    }

    @Test func disksOnMovingNamesAndDisksThatCannotBeReadAre() throws {
        let version = try host.history(1...1)[0]
        try host.overlay("vm.qcow2", on: host.target + "/disk")
        try host.overlay("vm2.qcow2", on: host.target + "/disk")
        try Data([0x51, 0x46, 0x49, 0xFB, 0, 0, 0, 3]).write(to: URL(fileURLWithPath: host.disk("torn.qcow2")))
        let result = try doctor("--disk-dirs", host.disks)
        #expect(result.status == 1)
        for disk in ["vm.qcow2", "vm2.qcow2"].map(host.disk) {
            let lines = [
                "problem  disks: \(disk): is made on the name disk, which does not move for that",
                "         → with its VM off: qemu-img rebase -u -F raw -b \(host.sync.path(version.path)) \(disk)\n",
            ]
            #expect(result.stdout.contains(lines.joined(separator: "\n")), "\(result.stdout)")
        }
        #expect(result.stdout.contains("torn.qcow2") && result.stdout.contains("no version is removed until"))
    }

    @Test(.enabled(if: Machine.canBeOthers)) func whoMayNotWriteIsToldWhoMay() throws {
        try host.history(1...1)
        try host.giveToTeam()
        let arguments = ["doctor", "-t", host.target, "-s", host.sync.fileServer]
        let refused = try PublisherUser.nobody.glare(host.sync.publisher, arguments)
        #expect(
            refused.status == 1 && refused.stdout.contains("run syncs as user 0"), "\(refused.stdout)\(refused.stderr)")
        let member = try PublisherUser.bob.glare(host.sync.publisher, arguments)
        #expect(member.status == 0, "\(member.stdout)\(member.stderr)")
    }

    @Test(.enabled(if: Machine.canBeOthers && Machine.has("mkfs.xfs")))
    func downloadsOnAnotherFilesystemAndTooLittleSpaceAre() throws {
        let xfs = try XFSDisk()
        try host.history(1...1)
        let result = try doctor("-d", xfs.directory)
        #expect(result.status == 1 && result.stdout.contains("is on another filesystem than the cache"))
        let large = host.sync.scratch.path("images/large")
        try DiskImages.raw(at: large, seed: 2, size: 1 << 30, data: 64 << 10)
        try host.sync.publish(file: large)
        let full = try host.glare(["doctor", "-t", xfs.directory, "-s", host.sync.fileServer])
        #expect(full.stdout.contains("warning  space") && full.stdout.contains("1024 MiB"), "\(full.stdout)")
    }

    /// One problem each, and all else is looked at.
    @Test func whatIsWrongWithASettingStopsNothingElse() throws {
        try host.history(1...1)
        let good = "good     server: \(host.sync.fileServer)"
        let text = try host.sync.scratch.file("no.pub", "no key")
        let both = try doctor("--trusted-key", "/nonexistent/a.pub", "--trusted-key", text)
        #expect(both.status == 1 && both.stdout.contains("2 problems, 0 warnings\n"), "\(both.stdout)")
        #expect(both.stdout.contains("problem  key: /nonexistent/a.pub: cannot open"))
        #expect(both.stdout.contains("problem  key: \(text)") && both.stdout.contains(good))
        let disks = try doctor(environment: ["GLARE_DISK_DIRS": "vms", "GLARE_ONLY": "=", "GLARE_SHARED_CACHE": "?"])
        #expect(disks.status == 1 && disks.stdout.contains("3 problems, 1 warning\n"), "\(disks.stdout)")
        #expect(disks.stdout.contains("problem  settings: DISK_DIRS=vms") && disks.stdout.contains(good))
        #expect(disks.stdout.contains("user 0 may write there") || !Machine.isRoot)
        let header = try doctor(environment: ["GLARE_HEADER": "@/nonexistent"])
        #expect(header.status == 1 && header.stdout.contains("problem  settings: /nonexistent: cannot open"))
        #expect(header.stdout.contains("1 problem, ") && header.stdout.contains("tools: "), "\(header.stdout)")
        let netrc = try doctor(environment: ["GLARE_NETRC": "/nonexistent"])
        #expect(netrc.stdout.contains("problem  settings: NETRC=/nonexistent") && netrc.stdout.contains("1 problem, "))
        // Where a netrc is by default, none need be; one that is named is to be there.
        let usual = try doctor(environment: ["GLARE_NETRC": "~/.netrc", "HOME": "/nonexistent"])
        #expect(usual.status == 1 && usual.stdout.contains("/nonexistent/.netrc"), "\(usual.stdout)")
        // Who mistypes an option wants to know that.
        #expect(try doctor("--disk-dirs", "vms").status == 64)
    }

    @Test func aRelativeCacheInTheSettingsIs() throws {
        try host.history(1...1)
        let file = try host.sync.scratch.file("glare.conf", "TARGET_DIR=cache\n")
        let directory = host.sync.scratch.url.path
        let environment = GlareBinary.environment(["GLARE_CONFIG_SYSTEM": file])
        let relative = try run(
            GlareBinary.path, ["doctor", "-s", host.sync.fileServer], environment: environment, directory: directory)
        #expect(relative.status == 1 && relative.stdout.contains("1 problem, "), "\(relative.stdout)")
        #expect(relative.stdout.contains("problem  settings: TARGET_DIR=cache (\(file), line 1): expected a path"))
        #expect(relative.stdout.contains("cache if that is meant") && !relative.stdout.contains("all are as they"))
        let typed = try run(
            GlareBinary.path, ["doctor", "-s", host.sync.fileServer, "-t", "cache"],
            environment: GlareBinary.environment(), directory: directory)
        #expect(typed.status == 0, "\(typed.stdout)")
    }

    @Test func aHookThatCannotBeRunIs() throws {
        try host.history(1...1)
        let script = try host.sync.scratch.file("hook.sh", "#!/bin/sh\n")
        chmod(script, 0o644)
        func look(_ command: String) throws -> RunResult { try doctor(environment: ["GLARE_ON_UPDATE": command]) }
        for (command, words) in [
            ("/nonexistent/hook $IMAGE_NAME", "ON_UPDATE: /nonexistent/hook: is not there"),
            ("\(script) now", "ON_UPDATE: \(script): cannot run"),
            (host.target, "ON_UPDATE: \(host.target): cannot run"),
            ("no-such-command-here", "ON_UPDATE: no-such-command-here: no command of that name"),
            ("hooks/run", "ON_UPDATE: hooks/run: expected a path that begins with /"),
        ] {
            let result = try look(command)
            #expect(result.status == 1 && result.stdout.contains("problem  hook: \(words)"), "\(result.stdout)")
            #expect(result.stdout.contains("1 problem, ") && result.stdout.contains("or mend ON_UPDATE"))
        }
        chmod(script, 0o755)
        // What else there is in a shell is not for us to understand.
        for command in [script, "cd / && ls", "X=1 \(script)", "\"/nonexistent/hook\"", "logger() { :; }; logger"] {
            #expect(try look(command).status == 0, "\(command)")
        }
    }

    @Test func metricsThatCannotBeWrittenAre() throws {
        try host.history(1...1)
        func look(_ file: String) throws -> RunResult { try doctor(environment: ["GLARE_METRICS_FILE": file]) }
        for file in ["/nonexistent/glare.prom", host.target] {
            let result = try look(file)
            #expect(result.status == 1 && result.stdout.contains("1 problem, "), "\(result.stdout)")
            #expect(result.stdout.contains("problem  metrics: METRICS_FILE: /"))
        }
        let relative = try look("glare.prom")
        #expect(relative.status == 1 && relative.stdout.contains("problem  settings: METRICS_FILE=glare.prom"))
        #expect(try look(host.disk("glare.prom")).stdout.contains("good     metrics: \(host.disk("glare.prom"))"))
        #expect(!FileManager.default.fileExists(atPath: host.disk("glare.prom")))
    }

    @Test(.enabled(if: Machine.canBeOthers)) func soAreThoseInADirectoryOfOthers() throws {
        try host.history(1...1)
        try host.giveToTeam()
        let result = try PublisherUser.bob.glare(
            host.sync.publisher, ["doctor", "-t", host.target, "-s", host.sync.fileServer],
            environment: ["GLARE_METRICS_FILE": host.disk("glare.prom")])
        #expect(result.status == 1, "\(result.stdout)\(result.stderr)")
        #expect(result.stdout.contains("METRICS_FILE: \(host.disks): cannot write in"), "\(result.stdout)")
    }

    /// Sync, status and doctor say the same.
    @Test(arguments: ["file", "link", "directory"]) func whatSyncLeavesAloneIs(_ kind: String) throws {
        try host.sync.publish("other", seed: 5)
        try host.sync.publish(seed: 1)
        _ = try host.sync.scratch.directory("cache")
        let path = host.sync.path("disk")
        switch kind {
        case "link": try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/dev/null")
        case "directory": _ = try host.sync.scratch.directory("cache/disk")
        default: try Data("mine".utf8).write(to: URL(fileURLWithPath: path))
        }
        let synced = try host.sync.mustSync(host.sync.fileServer).stderr
        let words = try #require(synced.split(separator: "\n").first { $0.hasPrefix("glare: disk: left alone: ") })
            .dropFirst("glare: ".count)
        #expect(words.hasSuffix(kind == "directory" ? "; move it away" : "; --adopt replaces it"))
        let status = try host.glare(["status", "-t", host.target, "-s", host.sync.fileServer])
        #expect(status.status == 2 && status.stderr.contains(words), "\(status.stderr)")
        let result = try doctor()
        #expect(result.status == 1 && result.stdout.contains("1 problem, "), "\(result.stdout)")
        let mend = "         → move \(path) away: the next sync puts the image there"
        #expect(result.stdout.contains("problem  cache: \(words)\n\(mend)"), "\(result.stdout)")
        #expect(result.stdout.contains("glare sync --adopt") == (kind != "directory"))
        #expect(try doctor("--only", "oth*").status == 0)
    }

    @Test func aSharedCacheIsTold() throws {
        try host.history(1...1)
        #expect(try doctor("--shared-cache", "yes").stdout.contains("warning  filesystem"))
    }
}
