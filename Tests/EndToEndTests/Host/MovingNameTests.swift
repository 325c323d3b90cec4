import Foundation
import GlareTestSupport
import Testing

@Suite("A name that disks are made on does not move", .enabled(if: Machine.has("qemu-img")))
struct MovingNameTests {
    private let host: HostFixture
    private var diskDirectories: [String: String] { ["GLARE_DISK_DIRS": host.disks] }

    init() throws { host = try HostFixture() }

    private func sync(_ options: String...) throws -> RunResult {
        try host.glare(["sync", "-t", host.target, "-s", host.sync.fileServer] + options, environment: diskDirectories)
    }

    @Test func itIsToldAndTheLineThatMendsItDoes() throws {
        let first = try host.history(1...1)[0]
        try host.overlay("vm 1.qcow2", on: host.target + "/disk")
        let second = try host.sync.publish(seed: 2)
        for options in [["--dry-run"], []] {
            let result = try host.glare(
                ["sync", "-t", host.target, "-s", host.sync.fileServer] + options, environment: diskDirectories)
            #expect(result.status == 73, "\(result.stderr)")
            #expect(result.stderr.contains("disk: is not moved, because a disk is made on its name"))
        }
        #expect(try host.sync.digest() == first.sha256)
        let message = try sync().stderr
        let line = try #require(message.split(separator: "\n").first { $0.contains("qemu-img rebase") })
        let command = try #require(line.components(separatedBy: "with its VM off: ").last)
        #expect(command.contains("-F raw -b \(host.sync.path(first.path)) '\(host.disk("vm 1.qcow2"))'"))
        try mustRun("sh", ["-c", command])
        #expect(try sync().status == 0)
        #expect(try host.sync.digest() == second.sha256)
        try mustRun("qemu-img", ["compare", "-q", host.disk("vm 1.qcow2"), host.publishedFile(of: first)])
    }

    /// The line is for the disk whose own header names the image: on one above it, it would take what is between out.
    @Test func ofAChainTheLinkIsMendedThatNamesIt() throws {
        let first = try host.history(1...1)[0]
        try host.overlay("vm.qcow2", on: host.target + "/disk")
        try host.overlay("vm.snap1", on: "vm.qcow2", format: "qcow2")
        try host.sync.publish(seed: 2)
        let message = try sync().stderr
        let commands = message.split(separator: "\n").filter { $0.contains("qemu-img rebase") }
        #expect(commands.count == 1 && commands[0].hasSuffix(" \(host.disk("vm.qcow2"))"), "\(message)")
        #expect(message.contains("\(host.disk("vm.qcow2")), and on that \(host.disk("vm.snap1"))"))
        try mustRun("sh", ["-c", try #require(commands[0].components(separatedBy: " off: ").last)])
        #expect(try host.facts("vm.snap1").backingFilename == "vm.qcow2")
        #expect(try sync().status == 0)
        try mustRun("qemu-img", ["compare", "-q", host.disk("vm.snap1"), host.publishedFile(of: first)])
    }

    /// While it was out of sight the name moved on: on the version that it stands for by now the disk would be
    /// destroyed.
    @Test func whichVersionOneWasMadeOnThatWasOutOfSightIsNotGuessed() throws {
        let environment = diskDirectories.merging(["GLARE_KEEP_UNUSED": "0"]) { $1 }
        let first = try host.history(1...1)[0]
        let (pool, away) = try (host.sync.scratch.directory("pool"), host.sync.scratch.path("away"))
        try mustRun("qemu-img", ["create", "-q", "-f", "raw", host.disk("other.raw"), "1M"])
        try FileManager.default.createSymbolicLink(atPath: host.disk("pool"), withDestinationPath: pool)
        try mustRun(
            "qemu-img",
            ["create", "-q", "-f", "qcow2", "-F", "raw", "-b", host.target + "/disk", pool + "/vm.qcow2"])
        try FileManager.default.moveItem(atPath: pool, toPath: away)
        let versions = try [first] + host.history(2...3, environment: environment)
        try FileManager.default.moveItem(atPath: away, toPath: pool)
        try host.sync.mustSync(host.sync.fileServer, environment: environment)
        #expect(try host.sync.archived().count == 3)
        try host.sync.publish(seed: 4)
        let told = try host.sync.sync(host.sync.fileServer, environment: environment)
        #expect(told.status == 73 && told.stderr.contains("-F FORMAT -b VERSION \(pool)/vm.qcow2"), "\(told.stderr)")
        for version in versions { #expect(told.stderr.contains("\(host.sync.path(version.path)) ("), "\(told.stderr)") }
        // When nothing is on the name, what is made on it from then on is on what it stands for.
        try FileManager.default.removeItem(atPath: host.disk("pool"))
        try host.sync.mustSync(host.sync.fileServer, environment: environment)
        try host.overlay("vm.qcow2", on: host.target + "/disk")
        let fifth = try host.sync.publish(seed: 5)
        let again = try host.sync.sync(host.sync.fileServer, environment: environment)
        #expect(again.status == 73 && again.stderr.contains("-F raw -b /"), "\(again.stderr)")
        #expect(!again.stderr.contains(fifth.path))
    }

    @Test func othersMoveAndACurrentOneIsNoFailure() throws {
        try host.history(1...1)
        try host.sync.publish("other", seed: 5)
        try host.overlay("vm.qcow2", on: "../cache/disk")
        #expect(try sync().status == 0)
        let other = try host.sync.publish("other", seed: 6)
        #expect(try sync().status == 0)
        #expect(try host.sync.digest("other") == other.sha256)
    }

    @Test func norIsItRemoved() throws {
        try host.history(1...1)
        try host.sync.publish("other", seed: 5)
        try host.overlay("vm.qcow2", on: host.target + "/disk")
        try host.sync.withdraw("disk")
        let result = try sync("--delete")
        #expect(result.status == 73 && host.sync.exists("disk"), "\(result.stderr)")
    }

    @Test func alsoFromARepositoryOfTheOriginal() throws {
        let original = try SyncOriginalRepository(host.sync.scratch.path("original"))
        let arguments = ["sync", "-t", host.target, "-s", "file://" + original.directory]
        try original.add(host.sync.publisher.image("disk", seed: 1), as: "disk")
        try #require(try host.glare(arguments).status == 0)
        let before = try host.sync.digest()
        try host.overlay("vm.qcow2", on: host.target + "/disk")
        try original.add(host.sync.publisher.image("disk", seed: 2), as: "disk")
        #expect(try host.glare(arguments, environment: diskDirectories).status == 73)
        #expect(try host.sync.digest() == before)
        // Pinned, it is no failure.
        try #require(try host.glare(["pin", "disk", "-t", host.target]).status == 0)
        #expect(try host.glare(arguments, environment: diskDirectories).status == 0)
        #expect(try host.sync.digest() == before)
    }
}

@Suite("pin: a name stays where it is")
struct PinTests {
    private let host: HostFixture

    init() throws { host = try HostFixture() }

    private func pin(_ reference: String, _ options: String...) throws -> RunResult {
        try host.glare(["pin", reference, "-t", host.target] + options)
    }

    @Test func whatIsCurrentStaysUntilItIsUnpinned() throws {
        let first = try host.history(1...1)[0]
        #expect(try pin("disk").stdout == "disk: pinned to version \(first.id): where it is\n")
        let second = try host.sync.publish(seed: 2)
        let synced = try host.sync.mustSync(host.sync.fileServer)
        #expect(synced.stdout.contains("disk: pinned to version \(first.id); version \(second.id) is current"))
        #expect(try host.sync.digest() == first.sha256)
        let unpinned = try host.glare(["unpin", "disk", "-t", host.target])
        #expect(unpinned.status == 0 && unpinned.stdout.contains("was pinned to version \(first.id)"))
        try host.sync.mustSync(host.sync.fileServer)
        #expect(try host.sync.digest() == second.sha256)
        #expect(try host.glare(["unpin", "disk", "-t", host.target]).stdout == "disk: was not pinned\n")
        let unknown = try host.glare(["unpin", "dsik", "-t", host.target])
        #expect(unknown.status == 66 && unknown.stderr.contains("did you mean disk?"), "\(unknown.stderr)")
    }

    @Test func anOlderOneThatIsHereIsShownAtOnce() throws {
        let versions = try host.history(1...3)
        #expect(try pin("disk@-1").stdout.contains("moved there"))
        #expect(try host.sync.digest() == versions[1].sha256)
        try host.sync.mustSync(host.sync.fileServer, environment: ["GLARE_KEEP_UNUSED": "0"])
        #expect(try host.sync.digest() == versions[1].sha256)
        // And a name that somebody took away comes back as it was pinned.
        try FileManager.default.removeItem(atPath: host.sync.path("disk"))
        try host.sync.mustSync(host.sync.fileServer)
        #expect(try host.sync.digest() == versions[1].sha256)
    }

    @Test func oneThatIsNotHereComesWithTheNextSync() throws {
        let first = try host.sync.publish(seed: 1)
        try host.sync.publish(seed: 2)
        try host.sync.mustSync(host.sync.fileServer)
        let result = try pin("disk@\(first.id.prefix(8))")
        #expect(result.stdout.contains("the next sync fetches it"), "\(result.stderr)")
        #expect(try host.glare(["sync", "-t", host.target, "-s", host.sync.fileServer, "--dry-run"]).status == 0)
        try host.sync.mustSync(host.sync.fileServer)
        #expect(try host.sync.digest() == first.sha256)
    }

    @Test func oneThatIsNotListedAnyMoreIsToldAndWhatIsHereStays() throws {
        let first = try host.sync.publish(seed: 1)
        let second = try host.sync.publish(seed: 2)
        try host.sync.mustSync(host.sync.fileServer)
        try #require(try pin("disk@\(first.id)").status == 0)
        let image = try host.sync.publisher.image("disk", seed: 3)
        try #require(
            try host.sync.publisher.glare(
                ["add-image", "-i", image, "-m", "m", "-d", host.sync.repository, "--limit", "1"]).status == 0)
        try host.sync.publisher.offerWholeFilesAlone()
        let result = try host.sync.sync(host.sync.fileServer)
        #expect(result.status == 69 && result.stderr.contains("does not list version \(first.id)"), "\(result.stderr)")
        #expect(try host.sync.digest() == second.sha256)
    }

    @Test func whatIsWithdrawnIsToldEverywhere() throws {
        let versions = try host.history(1...2)
        try #require(try pin("disk@-1").status == 0)
        try host.sync.publisher.mustCommand("withdraw", "disk@-1", "-m", "host keys are in it")
        let synced = try host.sync.mustSync(host.sync.fileServer)
        #expect(synced.stderr.contains("host keys are in it"), "\(synced.stderr)")
        let status = try host.glare(["status", "-t", host.target, "-s", host.sync.fileServer])
        #expect(status.stdout.contains("pinned") && status.stderr.contains("host keys are in it"), "\(status.stderr)")
        let again = try pin("disk@\(versions[0].id)")
        #expect(again.status == 0 && again.stderr.contains("host keys are in it"), "\(again.stderr)")
    }

    /// The way back that docs/versions.md tells of.
    @Test func fromAWithdrawnOneItGoesBackToOneThatIsNotHere() throws {
        let first = try host.sync.publish(seed: 1)
        let second = try host.sync.publish(seed: 2)
        try host.sync.mustSync(host.sync.fileServer)
        try host.sync.publisher.mustCommand("withdraw", "disk", "-m", "host keys are in it")
        let told = try host.sync.mustSync(host.sync.fileServer)
        #expect(told.stderr.contains("host keys are in it"), "\(told.stderr)")
        #expect(try host.sync.digest() == second.sha256)
        let pinned = try pin("disk@-1")
        #expect(pinned.stdout.contains("the next sync fetches it"), "\(pinned.stderr)")
        for _ in 1...2 {
            let synced = try host.sync.mustSync(host.sync.fileServer)
            #expect(!synced.stdout.contains("is current"), "\(synced.stdout)")
            #expect(try host.sync.digest() == first.sha256)
        }
        let status = try host.glare(["status", "-t", host.target, "-s", host.sync.fileServer])
        #expect(status.stdout.contains("pinned"), "\(status.stdout)\(status.stderr)")
    }

    @Test func whatIsWithdrawnAndNotHereIsNotPinned() throws {
        let first = try host.sync.publish(seed: 1)
        try host.sync.publish(seed: 2)
        try host.sync.mustSync(host.sync.fileServer)
        try #require(try pin("disk@\(first.id)").status == 0)
        try host.sync.publisher.mustCommand("withdraw", "disk@-1", "-m", "host keys are in it")
        let synced = try host.sync.sync(host.sync.fileServer)
        #expect(synced.status == 77 && synced.stderr.contains("glare unpin disk"), "\(synced.stderr)")
        try #require(try host.glare(["unpin", "disk", "-t", host.target]).status == 0)
        let refused = try pin("disk@\(first.id)")
        #expect(refused.status == 77 && refused.stderr.contains("host keys are in it"), "\(refused.stderr)")
        #expect(try host.sync.sync(host.sync.fileServer).status == 0)
    }

    @Test func itStaysWhenItsImageIsGoneFromTheRepository() throws {
        let versions = try host.history(1...3)
        try host.sync.publish("other", seed: 5)
        try #require(try pin("disk@-2").status == 0)
        try host.sync.withdraw("disk")
        let synced = try host.sync.mustSync(host.sync.fileServer, "--delete", environment: ["GLARE_KEEP_UNUSED": "0"])
        #expect(synced.stderr.contains("kept: it is pinned"), "\(synced.stderr)")
        #expect(try host.sync.digest() == versions[0].sha256)
    }

    /// As where the host lost power after the pin was written and before the name was moved.
    @Test func theVersionStaysAlsoWhileTheNameDoesNotStandForIt() throws {
        let versions = try host.history(1...3)
        try #require(try pin("disk@-2").status == 0)
        let pins = try String(contentsOfFile: host.sync.path(".glare/pins.json"), encoding: .utf8)
        try #require(try host.glare(["unpin", "disk", "-t", host.target]).status == 0)
        try host.sync.mustSync(host.sync.fileServer)
        try pins.write(toFile: host.sync.path(".glare/pins.json"), atomically: true, encoding: .utf8)
        let pruned = try host.prune("--keep-unused", "0", "--keep-versions", "0")
        #expect(pruned.status == 0 && host.sync.exists(versions[0].path), "\(pruned.stdout)\(pruned.stderr)")
        #expect(!host.sync.exists(versions[1].path))
    }

    @Test func whatStandsUnderTheNameIsNotLost() throws {
        let versions = try host.history(1...2)
        try FileManager.default.removeItem(atPath: host.sync.path("disk"))
        try "mine".write(toFile: host.sync.path("disk"), atomically: true, encoding: .utf8)
        let refused = try pin("disk@-1")
        #expect(refused.status == 73 && refused.stderr.contains("sync did not place"), "\(refused.stderr)")
        #expect(try String(contentsOfFile: host.sync.path("disk"), encoding: .utf8) == "mine")
        #expect(!FileManager.default.fileExists(atPath: host.sync.path(".glare/pins.json")))
        try FileManager.default.removeItem(atPath: host.sync.path("disk"))
        try host.sync.mustSync(host.sync.fileServer)
        try mustRun("sh", ["-c", "printf changed | dd of=\"$0\" conv=notrunc status=none", host.sync.path("disk")])
        let changed = try host.sync.digest()
        let moved = try pin("disk@-1")
        #expect(moved.status == 0 && moved.stderr.contains("the changed file is kept as"), "\(moved.stderr)")
        #expect(try host.sync.digest() == versions[0].sha256)
        #expect(try host.sync.digest("archive/disk-\(changed.prefix(32))") == changed)
    }

    @Test func aDiskThatCannotBeLookedAtIsToldOf() throws {
        try host.history(1...2)
        try FileManager.default.createSymbolicLink(
            atPath: host.disk("vm.qcow2"), withDestinationPath: "/nonexistent/vm.qcow2")
        let result = try pin("disk@-1", "--disk-dirs", host.disks)
        #expect(result.status == 0 && result.stderr.contains("whether a disk is made on it is not known"))
    }

    @Test func whatCannotBePinnedIsToldAndNothingChanges() throws {
        try host.history(1...1)
        #expect(try pin("dsik").stderr.contains("did you mean disk?"))
        #expect(try pin("disk@-1").status == 66)
        #expect(try host.glare(["pin", "disk", "-t", host.disk("none")]).status == 66)
        #expect(!FileManager.default.fileExists(atPath: host.sync.path(".glare/pins.json")))
    }

    @Test(.enabled(if: Machine.has("qemu-img"))) func aNameThatADiskIsMadeOnIsNotMoved() throws {
        let versions = try host.history(1...2)
        try host.overlay("vm.qcow2", on: host.target + "/disk")
        let result = try pin("disk@-1", "--disk-dirs", host.disks)
        #expect(result.status == 73 && result.stderr.contains("qemu-img rebase -u"), "\(result.stderr)")
        #expect(try host.sync.digest() == versions[1].sha256)
    }
}
