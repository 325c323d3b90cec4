import Foundation
import GlareTestSupport
import Testing

@Suite("Versions of a cache go when nothing uses them", .enabled(if: Machine.has("qemu-img")))
struct PruneCacheTests {
    private let host: HostFixture

    init() throws { host = try HostFixture() }

    private var diskDirectories: [String: String] { ["GLARE_DISK_DIRS": host.disks] }

    @Test func overlaysHoldWhatTheyAreMadeOn() throws {
        let versions = try host.history(1...6)
        let archive = host.target + "/archive/"
        try host.overlay("absolute.qcow2", on: archive + versions[0].fileName)
        // Relative to the disk, and by way of another disk that is elsewhere.
        try host.overlay("relative.qcow2", on: "../cache/archive/" + versions[1].fileName)
        let elsewhere = try host.sync.scratch.directory("elsewhere") + "/middle.qcow2"
        try mustRun(
            "qemu-img", ["create", "-q", "-f", "qcow2", "-F", "raw", "-b", archive + versions[2].fileName, elsewhere])
        try host.overlay("chain.qcow2", on: elsewhere, format: "qcow2")
        let result = try host.prune(environment: diskDirectories)
        #expect(result.status == 0, "\(result.stderr)")
        #expect(try host.sync.archived() == versions.filter { $0 != versions[3] }.map(\.fileName).sorted())
        for (index, disk) in ["absolute", "relative", "chain"].enumerated() {
            #expect(
                result.stdout.contains(
                    "\(host.sync.path(versions[index].path)): kept: \(host.disk(disk)).qcow2 is made on it"))
        }
        #expect(result.stdout.contains("\(host.sync.path(versions[3].path)): removed: nothing uses it"))
        #expect(result.stdout.contains("\(host.sync.path(versions[4].path)): kept: the one before the current"))
        #expect(result.stdout.contains("\(host.sync.path(versions[5].path)): kept: current"))
    }

    @Test func theyAreFoundBelowTheDirectoryThroughLinksAndByQemusOwnNames() throws {
        let versions = try host.history(1...5)
        _ = try host.sync.scratch.directory("disks/pool/deep")
        try host.overlay("pool/deep/vm.qcow2", on: host.target + "/archive/" + versions[0].fileName)
        let elsewhere = try host.sync.scratch.directory("elsewhere") + "/vm.qcow2"
        try mustRun(
            "qemu-img",
            [
                "create", "-q", "-f", "qcow2", "-F", "raw", "-b", host.target + "/archive/" + versions[1].fileName,
                elsewhere,
            ])
        try FileManager.default.createSymbolicLink(atPath: host.disk("link.qcow2"), withDestinationPath: elsewhere)
        let options =
            "json:{\"driver\":\"raw\",\"file\":{\"driver\":\"file\",\"filename\":\"\(host.target)/archive/\(versions[2].fileName)\"}}"
        try host.overlay("json.qcow2", on: options)
        #expect(try host.prune(environment: diskDirectories).status == 0)
        #expect(try host.sync.archived().count == 5)
        for disk in ["pool", "link.qcow2", "json.qcow2"] {
            try FileManager.default.removeItem(atPath: host.disk(disk))
        }
        try host.overlay("other.qcow2", on: host.target + "/archive/" + versions[4].fileName)
        #expect(try host.prune(environment: diskDirectories).status == 0)
        #expect(try host.sync.archived() == versions.suffix(2).map(\.fileName).sorted())
    }

    @Test func syncGoesByTheSame() throws {
        let first = try host.history(1...1)[0]
        try host.overlay("vm.qcow2", on: host.target + "/archive/" + first.fileName)
        let versions = try host.history(2...4, environment: diskDirectories)
        #expect(try host.sync.archived() == ([first] + versions.suffix(2)).map(\.fileName).sorted())
    }

    @Test func withoutThemItIsAMonth() throws {
        try host.history(1...3)
        let result = try host.prune()
        #expect(result.stdout.contains("superseded a short time ago: goes in 30 days"))
        #expect(try host.sync.archived().count == 3)
        // A directory without a disk may be one that is not mounted.
        #expect(try host.prune(environment: diskDirectories).stdout.contains("goes in 30 days"))
        #expect(try host.prune("--keep-unused", "0").stdout.contains("1 version removed"))
        #expect(try host.sync.archived().count == 2)
    }

    @Test func soManyStayInAnyCase() throws {
        let versions = try host.history(1...5)
        #expect(try host.prune("--keep-unused", "0", "--keep-versions", "2").status == 0)
        #expect(try host.sync.archived() == versions.suffix(3).map(\.fileName).sorted())
        #expect(try host.prune("--keep-unused", "0", "--keep-versions", "0").status == 0)
        #expect(try host.sync.archived() == [versions[4].fileName])
    }

    @Test func whatCannotBeLookedAtKeepsAll() throws {
        try host.history(1...3)
        let missing = try host.prune("--disk-dirs", host.disk("none"))
        #expect(missing.status == 0 && missing.stdout.contains("what uses it is not known: \(host.disk("none"))"))
        // A header that breaks off.
        try Data([0x51, 0x46, 0x49, 0xFB, 0, 0, 0, 3, 0, 0]).write(to: URL(fileURLWithPath: host.disk("torn.qcow2")))
        let torn = try host.sync.mustSync(host.sync.fileServer, environment: diskDirectories)
        #expect(torn.stderr.contains("\(host.disk("torn.qcow2"))") && torn.stderr.contains("no version is removed"))
        #expect(try host.sync.archived().count == 3)
        let relative = try host.prune("--disk-dirs", "disks")
        #expect(relative.status == 64 && relative.stderr.contains("expected absolute paths"), "\(relative.stderr)")
    }

    @Test(.enabled(if: Machine.canBeOthers)) func aDiskThatIsSomebodyElsesKeepsAll() throws {
        let versions = try host.history(1...3)
        try host.giveToTeam()
        try host.overlay("vm.qcow2", on: host.target + "/archive/" + versions[2].fileName)
        chmod(host.disk("vm.qcow2"), 0o600)
        chmod(host.disks, 0o755)
        let result = try PublisherUser.bob.glare(
            host.sync.publisher, ["prune", "-t", host.target, "--disk-dirs", host.disks])
        #expect(result.stdout.contains("\(host.disk("vm.qcow2")): cannot open"), "\(result.stdout)\(result.stderr)")
        #expect(try host.sync.archived().count == 3)
    }

    @Test func onASharedCacheNothingGoes() throws {
        try host.history(1...3)
        let options = ["--keep-unused", "0", "--shared-cache", "yes"]
        let pruned = try host.glare(["prune", "-t", host.target] + options)
        #expect(pruned.stdout.contains("other hosts may use it: several hosts have it (SHARED_CACHE)"))
        let synced = try host.glare(["sync", "-t", host.target, "-s", host.sync.fileServer] + options)
        #expect(synced.stdout.contains("no version is removed, for other hosts may use it"), "\(synced.stdout)")
        // Nor in a month, nor with another reason before it.
        let month = try host.glare(["prune", "-t", host.target, "--shared-cache", "yes"])
        #expect(!month.stdout.contains("goes in"), "\(month.stdout)")
        let told = try host.glare(
            ["sync", "-t", host.target, "-s", host.sync.fileServer, "--keep-versions", "9"] + options)
        #expect(told.stdout.contains("no version is removed, for other hosts may use it"), "\(told.stdout)")
        #expect(try host.sync.archived().count == 3)
    }

    @Test func whoHasItOpenIsNamed() throws {
        let versions = try host.history(1...3)
        let user = try host.holdOpen(host.sync.path(versions[0].path))
        let result = try host.prune("--keep-unused", "0")
        #expect(result.stdout.contains("somebody has it open: sleep (process \(user.pid))"), "\(result.stdout)")
        #expect(try host.sync.archived().count == 3)
    }

    @Test func aDryRunChangesNothingAndTellsPrograms() throws {
        let versions = try host.history(1...3)
        try host.mustClone("disk@-1", "vm.qcow2")
        let before = try mustRun("find", [host.target, "-printf", "%p %i %T@\\n"])
        let result = try host.prune("--keep-unused", "0", "--dry-run", "--json")
        #expect(try mustRun("find", [host.target, "-printf", "%p %i %T@\\n"]) == before)
        struct Report: Decodable {
            struct Version: Decodable {
                struct Reason: Decodable { let reason, message: String }
                let version, outcome: String
                let reasons: [Reason]
            }
            let versions: [Version]
        }
        let found = try JSONDecoder().decode(Report.self, from: Data(result.stdout.utf8)).versions
        let outcomes = Dictionary(found.map { ($0.version, ($0.outcome, $0.reasons.map(\.reason))) }) { first, _ in
            first
        }
        #expect(outcomes[versions[0].id]?.0 == "would-be-removed")
        #expect(outcomes[versions[1].id]?.1 == ["newest", "disks"])
        #expect(outcomes[versions[2].id]?.1 == ["current"])
    }

    @Test func whereBothAreConfiguredItSaysWhich() throws {
        let keepNothing = ["GLARE_KEEP_UNUSED": "0"]
        let versions = try host.history(1...3)
        let both = keepNothing.merging(
            ["GLARE_DIRECTORY": host.sync.repository, "GLARE_TARGET_DIR": host.target]) { $1 }
        let refused = try host.glare(["prune"], environment: both)
        #expect(refused.status == 64 && refused.stderr.contains("both DIRECTORY and TARGET_DIR are set"))
        #expect(try host.glare(["prune", "--keep", "1", "-t", host.target]).status == 64)
        #expect(try host.sync.archived().count == 3)
        // An option that only one of them has tells as well.
        try #require(try host.glare(["prune", "--keep", "2"], environment: both).status == 0)
        #expect(try host.sync.archived().count == 3)
        let ofCache = keepNothing.merging(["GLARE_TARGET_DIR": host.target]) { $1 }
        try #require(try host.glare(["prune"], environment: ofCache).status == 0)
        #expect(try host.sync.archived() == versions.suffix(2).map(\.fileName).sorted())
    }

    @Test func whatIsKeptIsNothingThatVerifyMisses() throws {
        let versions = try host.history(1...4)
        try host.mustClone("disk@-3", "vm.qcow2")
        try #require(try host.glare(["pin", "disk@-1", "-t", host.target]).status == 0)
        try #require(try host.prune("--keep-unused", "0").status == 0)
        #expect(try host.sync.archived() == versions.filter { $0 != versions[1] }.map(\.fileName).sorted())
        let verified = try host.glare(["verify", "-t", host.target])
        #expect(verified.status == 0 && verified.stderr.isEmpty, "\(verified.stdout)\(verified.stderr)")
        try host.sync.overwrite(host.sync.path(versions[0].path), at: 8192, with: "rot")
        #expect(try host.glare(["verify", "-t", host.target]).status == 4)
    }

    @Test(.enabled(if: Machine.has("flock"))) func aSyncThatHasTheCacheIsLeftAlone() throws {
        try host.history(1...1)
        let lock = host.sync.path(".glare/lock")
        let holder = try RunningProcess("flock", ["--no-fork", lock, "sleep", "60"])
        try #require(holder.waits(until: { (try? run("flock", ["-n", lock, "true"]).status) == 1 }))
        let result = try host.prune()
        #expect(result.status == 75 && result.stderr.contains("is being changed by"), "\(result.stderr)")
        // What only makes a disk does not wait.
        try host.mustClone("disk", "vm.qcow2")
    }
}
