import Foundation
import GlareTestSupport
import Testing

/// While it works: what fails, what is ended, and who waits for whom.
@Suite("clone: at work", .enabled(if: Machine.has("qemu-img")))
struct CloneAtWorkTests {
    private let host: HostFixture

    init() throws { host = try HostFixture() }

    /// A tool that fails, also half way, and one that is not there.
    @Test func whatFailsLeavesNothing() throws {
        try host.history(1...1)
        let bin = try host.sync.scratch.directory("fake")
        try host.sync.scratch.script(
            "for disk do :; done; echo half >\"$9\"; echo 'no room' >&2; exit 1", at: "\(bin)/qemu-img")
        let arguments = ["clone", "disk", host.disk("vm"), "-t", host.target]
        let failed = try host.glare(arguments, environment: ["PATH": bin + ":/usr/bin:/bin"])
        #expect(failed.status == 74 && failed.stderr.contains("qemu-img failed: no room"), "\(failed.stderr)")
        let missing = try host.glare(arguments, environment: ["PATH": host.disks])
        #expect(missing.status == 69 && missing.stderr.contains("qemu-img is not installed"), "\(missing.stderr)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: host.disks).isEmpty)
    }

    /// What a clone that is killed half way leaves is hidden, and goes with the next one for that disk.
    @Test func whatAKilledOneLeftGoesWithTheNext() throws {
        try host.history(1...1)
        let bin = try host.sync.scratch.directory("fake")
        try host.sync.scratch.script("echo half >\"$9\"; exec sleep 600", at: "\(bin)/qemu-img")
        let clone = try RunningProcess(
            GlareBinary.path, ["clone", "disk", host.disk("vm"), "-t", host.target],
            environment: GlareBinary.environment(["PATH": bin + ":/usr/bin:/bin"]))
        let left = { try FileManager.default.contentsOfDirectory(atPath: host.disks) }
        #expect(clone.waits { (try? mustRun("cat", left().map(host.disk))) == "half\n" })
        // Another one does not touch what is being made.
        try host.mustClone("disk", "vm")
        #expect(try left().filter { $0.hasPrefix(".vm.") }.count == 1)
        clone.signal(SIGKILL)
        clone.wait()
        for name in [".vm.notes", ".vm.1.x", ".vmx.1.2", ".vm.1.2.3"] {
            try "mine".write(toFile: host.disk(name), atomically: false, encoding: .utf8)
        }
        try host.mustClone("disk", "vm", "--force")
        #expect(try left().sorted() == [".vm.1.2.3", ".vm.1.x", ".vm.notes", ".vmx.1.2", "vm"])
    }

    /// Also the tool that makes the disk ends with it, and makes nothing any more.
    @Test(arguments: [SIGTERM, SIGKILL]) func whatIsEndedLeavesNobodyAtWork(_ signal: Int32) throws {
        try host.history(1...1)
        let bin = try host.sync.scratch.directory("fake")
        let pid = host.sync.scratch.path("pid")
        try host.sync.scratch.script("echo half >\"$9\"; echo $$ >'\(pid)'; exec sleep 600", at: "\(bin)/qemu-img")
        let clone = try RunningProcess(
            GlareBinary.path, ["clone", "disk", host.disk("vm"), "-t", host.target],
            environment: GlareBinary.environment(["PATH": bin + ":/usr/bin:/bin"]))
        #expect(clone.waits { (try? String(contentsOfFile: pid, encoding: .utf8))?.hasSuffix("\n") == true })
        let tool = try #require(
            Int32(String(contentsOfFile: pid, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)))
        clone.signal(signal)
        #expect(clone.wait() == 128 + signal)
        #expect(Processes.ends(tool))
        let left = try FileManager.default.contentsOfDirectory(atPath: host.disks)
        #expect(left.isEmpty || signal == SIGKILL, "\(left) \(clone.stderr)")
    }

    /// A qemu-img that takes until `go` is there.
    private func startSlowClone(_ reference: String, _ options: String...) throws -> RunningProcess {
        let bin = try host.sync.scratch.directory("fake")
        let tool = try #require(Machine.path(of: "qemu-img"))
        try host.sync.scratch.script(
            "until [ -e '\(host.disk("go"))' ]; do sleep 0.05; done; exec '\(tool)' \"$@\"", at: "\(bin)/qemu-img")
        let clone = try RunningProcess(
            GlareBinary.path, ["clone", reference, host.disk("slow"), "-t", host.target] + options,
            environment: GlareBinary.environment(["PATH": bin + ":/usr/bin:/bin"]))
        #expect(clone.waits { (try? FileManager.default.contentsOfDirectory(atPath: host.disks).count) == 1 })
        return clone
    }

    @Test func aSyncDoesNotWaitForADiskAndPruneDoes() throws {
        let keepNothing = ["GLARE_KEEP_UNUSED": "0", "GLARE_KEEP_VERSIONS": "0"]
        let first = try host.history(1...1)[0]
        let clone = try startSlowClone("disk")
        let second = try host.sync.publish(seed: 2)
        let sync = try RunningProcess(
            GlareBinary.path, ["sync", "-v", "-t", host.target, "-s", host.sync.fileServer],
            environment: GlareBinary.environment(
                keepNothing.merging(["GLARE_ON_UPDATE": "echo ran >\(host.sync.scratch.path("hook"))"]) { $1 }))
        #expect(sync.waits { !sync.isRunning } && sync.wait() == 0, "\(sync.stderr)")
        #expect(sync.stderr.contains("removed by the next sync") || sync.stdout.contains("removed by the next sync"))
        #expect(FileManager.default.fileExists(atPath: host.sync.scratch.path("hook")))
        #expect(try host.sync.digest() == second.sha256 && host.sync.archived().count == 2)
        let prune = try host.prune("--keep-unused", "0", "--keep-versions", "0", "--lock-wait", "0")
        // And not for one that has ended, whose name stands there.
        #expect(prune.status == 75 && prune.stderr.contains("is being changed by another process"), "\(prune.stderr)")
        try host.sync.scratch.file("disks/go", "")
        #expect(clone.wait() == 0, "\(clone.stderr)")
        #expect(try host.facts("slow").backingFilename == host.sync.path(first.path))
    }

    @Test func nobodyWaitsForACopy() throws {
        let (raw, image) = try host.syncQCOW2()
        let clone = try startSlowClone("disk.qcow2", "--format", "raw")
        try mustRun("qemu-img", ["convert", "-q", "-f", "raw", "-O", "qcow2", "-o", "cluster_size=4k", raw, image])
        try host.sync.publish(file: image)
        try host.sync.mustSync(host.sync.fileServer)
        let prune = try host.prune("--keep-unused", "0", "--keep-versions", "0", "--lock-wait", "0")
        #expect(prune.status == 0 && prune.stdout.contains("somebody has it open"), "\(prune.stdout)\(prune.stderr)")
        try host.sync.scratch.file("disks/go", "")
        #expect(clone.wait() == 0, "\(clone.stderr)")
        #expect(try sha256(host.disk("slow")) == sha256(raw))
    }
}
