import Foundation
import GlareTestSupport
import Testing

/// Who waits for a lock sees for whom, and for how long is theirs to say.
@Suite("LOCK_WAIT", .enabled(if: Machine.has("flock"))) struct LockWaitTests {
    private let host: SyncFixture

    init() throws {
        host = try SyncFixture()
        try host.publish(seed: 1)
        try host.mustSync(host.fileServer)
    }

    /// Somebody who has a lock, and has said so.
    private func holder(_ directory: String) throws -> RunningProcess {
        let lock = directory + "/.glare/lock"
        let process = try RunningProcess("flock", ["--no-fork", lock, "sleep", "600"])
        try #require(process.waits { (try? run("flock", ["-n", lock, "true"]).status) == 1 })
        try "alice on her-host: glare something, process 4711\n".write(
            toFile: lock, atomically: false, encoding: .utf8)
        return process
    }

    private func add(_ options: String...) throws -> RunResult {
        try host.publisher.letTimePass()
        return try host.publisher.add(host.publisher.image("disk", seed: 2), options: options)
    }

    @Test func aPublisherGivesUp() throws {
        let holder = try holder(host.repository)
        let before = try host.publisher.snapshot()
        for (options, waited) in [(["--lock-wait", "0"], ""), (["--lock-wait", "1s"], ", and still after 1 s")] {
            let result = try host.publisher.rebuild(options[0], options[1])
            #expect(result.status == 75)
            #expect(result.stderr.contains("waiting for alice on her-host: glare something, process 4711…"))
            #expect(
                result.stderr.contains(
                    "\(host.repository) is being changed by alice on her-host: glare something, process 4711\(waited): try again later"
                ), "\(result.stderr)")
        }
        #expect(try host.publisher.snapshot() == before)
        #expect(holder.isRunning)
    }

    @Test func aPublisherThatGetsItInTimeGoesOn() throws {
        let holder = try holder(host.repository)
        let publisher = try RunningProcess(
            GlareBinary.path, ["rebuild-index", "-d", host.repository, "--lock-wait", "1h"],
            environment: GlareBinary.environment())
        #expect(publisher.waits { publisher.stderr.contains("waiting for alice") })
        holder.signal(SIGKILL)
        #expect(holder.wait() == 128 + SIGKILL)
        #expect(publisher.wait() == 0, "\(publisher.stderr)")
    }

    /// A lock dies with its process, however that ends.
    @Test func aPublisherWithoutALimitWaitsUntilTheHolderIsKilled() throws {
        let holder = try holder(host.repository)
        let publisher = try RunningProcess(
            GlareBinary.path, ["rebuild-index", "-d", host.repository], environment: GlareBinary.environment())
        #expect(publisher.waits { publisher.stderr.contains("waiting for alice") })
        #expect(publisher.isRunning)
        holder.signal(SIGKILL)
        #expect(publisher.wait() == 0, "\(publisher.stderr)")
    }

    @Test func aSyncLeavesTheCacheToTheOtherOneUnlessItIsToWait() throws {
        let holder = try holder(host.target)
        let left = try host.sync(host.fileServer)
        #expect(left.status == 0)
        #expect(left.stderr.contains("is being synced by alice on her-host: glare something, process 4711"))
        let ended = try host.sync(host.fileServer, environment: ["GLARE_LOCK_WAIT": "1"])
        #expect(ended.status == 75)
        #expect(ended.stderr.contains("waiting for alice on her-host"))
        #expect(ended.stderr.contains("\(host.target) is being changed by alice"), "\(ended.stderr)")

        let version = try host.publish(seed: 3)
        let waiting = try host.startSync(host.fileServer, "--lock-wait", "1h")
        #expect(waiting.waits { waiting.stderr.contains("waiting for alice") })
        holder.signal(SIGKILL)
        #expect(waiting.wait() == 0, "\(waiting.stderr)")
        #expect(try host.digest() == version.sha256)
    }

    /// Commands of a cache that change it wait as a sync that is to wait does; a disk can be made meanwhile, but not
    /// while versions are being removed.
    @Test(.enabled(if: Machine.has("qemu-img"))) func theCachesOtherCommands() throws {
        let there = ["-t", host.target]
        let holder = try holder(host.target)
        for command in [["prune"], ["pin", "disk"], ["unpin", "disk"]] {
            let result = try host.publisher.glare(command + there + ["--lock-wait", "0"])
            #expect(result.status == 75, "\(command)")
            #expect(result.stderr.contains("\(host.target) is being changed by alice"), "\(result.stderr)")
        }
        let clone = ["clone", "disk", host.scratch.path("vm"), "--force"] + there
        try #require(try host.publisher.glare(clone).status == 0)
        let pin = try RunningProcess(
            GlareBinary.path, ["pin", "disk", "--lock-wait", "1h"] + there, environment: GlareBinary.environment())
        #expect(pin.waits { pin.stderr.contains("waiting for alice") })
        holder.signal(SIGKILL)
        #expect(pin.wait() == 0, "\(pin.stderr)")

        let lock = host.target + "/.glare/uses/lock"
        let remover = try RunningProcess("flock", ["--no-fork", lock, "sleep", "600"])
        try #require(remover.waits { (try? run("flock", ["-n", lock, "true"]).status) == 1 })
        #expect(try host.publisher.glare(clone + ["--lock-wait", "0"]).status == 75)
        let waiting = try RunningProcess(GlareBinary.path, clone, environment: GlareBinary.environment())
        #expect(waiting.waits { waiting.stderr.contains("waiting for") })
        remover.signal(SIGKILL)
        #expect(waiting.wait() == 0, "\(waiting.stderr)")
    }

    @Test func asPublishersThatAreKilledLeaveIt() throws {
        // The lock covers the publish, which this one is stopped in by a pipe that nobody reads.
        let release = host.scratch.path("release")
        try mustRun("mkfifo", [release])
        let lock = host.repository + "/.glare/lock"
        let holder = try RunningProcess("flock", [lock, "sh", "-c", "echo held; cat '\(release)'"])
        try #require(holder.waits(until: { holder.stdout.contains("held") }))
        #expect(try add("--lock-wait", "0").status == 75)
        try mustRun("sh", ["-c", "echo >'\(release)'"])
        #expect(holder.wait() == 0)
        #expect(try add("--lock-wait", "0").status == 0)
    }
}
