import Foundation
import GlareTestSupport
import Testing

@Suite("clone: disks for new VMs", .enabled(if: Machine.has("qemu-img")))
struct CloneTests {
    private let host: HostFixture

    init() throws { host = try HostFixture() }

    @Test func anOverlayStandsOnTheVersionAndNotOnTheName() throws {
        let first = try host.history(1...1)[0]
        let result = try host.mustClone("disk", "vm.qcow2")
        #expect(
            result.stdout.contains("\(host.disk("vm.qcow2")): qcow2, 256.0 KiB, made on \(host.sync.path(first.path))"))
        let facts = try host.facts("vm.qcow2")
        #expect(facts.format == "qcow2" && facts.virtualSize == 256 << 10)
        #expect(facts.backingFilename == host.sync.path(first.path) && facts.backingFilenameFormat == "raw")
        try host.history(2...2)
        try mustRun("qemu-img", ["compare", "-q", host.disk("vm.qcow2"), host.publishedFile(of: first)])
    }

    /// As cron jobs of some have it.
    @Test func alsoWhereWhoStartedItIgnoresItsChildren() throws {
        try host.history(1...1)
        let result = try run(
            "env",
            ["--ignore-signal=CHLD", GlareBinary.path, "clone", "disk", host.disk("vm.qcow2"), "-t", host.target],
            environment: GlareBinary.environment())
        #expect(result.status == 0, "\(result.stderr)")
        #expect(try host.facts("vm.qcow2").format == "qcow2")
    }

    @Test func itCanBeLargerAndNotSmaller() throws {
        try host.history(1...1)
        try host.mustClone("disk", "vm.qcow2", "--size", "40G")
        #expect(try host.facts("vm.qcow2").virtualSize == 40 << 30)
        try host.mustClone("disk", "vm.raw", "--size", "1M", "--format", "raw")
        #expect(try SyncFixture.Facts(host.disk("vm.raw")).size == 1 << 20)
        let result = try host.clone("disk", "small", "--size", "64K")
        #expect(result.status == 64)
        #expect(result.stderr.contains("too small") && result.stderr.contains("expected at least its 262144 bytes"))
        #expect(!FileManager.default.fileExists(atPath: host.disk("small")))
    }

    @Test func aRawCopyIsWritableAndOnItsOwn() throws {
        let version = try host.history(1...1)[0]
        try host.mustClone("disk", "vm.raw", "--format", "raw")
        let facts = try SyncFixture.Facts(host.disk("vm.raw"))
        #expect(try sha256(host.disk("vm.raw")) == version.sha256)
        #expect(facts.mode == 0o644 && facts.allocated < facts.size)
        #expect(try facts.inode != host.sync.facts(version.path).inode)
        try host.sync.overwrite(host.disk("vm.raw"), at: 8192, with: "written by a VM")
        #expect(try host.sync.digest(version.path) == version.sha256)
    }

    @Test func rawFromAnotherFormatIsConverted() throws {
        let raw = try host.syncQCOW2().raw
        #expect(try host.mustClone("disk.qcow2", "vm.raw", "--format", "raw").stdout.contains("converted from"))
        #expect(try sha256(host.disk("vm.raw")) == sha256(raw))
        try host.mustClone("disk.qcow2", "vm.qcow2")
        #expect(try host.facts("vm.qcow2").backingFilenameFormat == "qcow2")
    }

    /// As a disk whose filesystem nobody knows, or that a qcow2 is written to as it is.
    @Test func whatWasPublishedAsRawIsRaw() throws {
        let noise = host.sync.scratch.path("images/noise")
        try mustRun("sh", ["-c", "seq 1 300000 | head -c 1048576 >\"$0\"", noise])
        let result = try host.sync.publisher.add(noise, options: ["--format", "raw"])
        try #require(result.status == 0, "\(result.stderr)")
        try host.sync.publisher.offerWholeFilesAlone()
        try host.sync.mustSync(host.sync.fileServer, environment: ["GLARE_ALLOW_UNSAFE": "yes"])
        try host.mustClone("noise", "vm.qcow2")
        let facts = try host.facts("vm.qcow2")
        #expect(facts.backingFilenameFormat == "raw" && facts.virtualSize == 1 << 20)
        try host.mustClone("noise", "vm.raw", "--format", "raw")
        #expect(try sha256(host.disk("vm.raw")) == sha256(noise))
    }

    @Test func ofAWithdrawnVersionItIsTold() throws {
        try host.history(1...2)
        try host.sync.publisher.mustCommand("withdraw", "disk@-1", "-m", "host keys are in it")
        try host.sync.mustSync(host.sync.fileServer)
        #expect(try host.mustClone("disk@-1", "old").stderr.contains("host keys are in it"))
        #expect(try host.mustClone("disk", "new").stderr.isEmpty)
        struct Report: Decodable {
            struct Withdrawal: Decodable { let since, reason: String }
            let withdrawn: Withdrawal?
        }
        let told = { (reference: String, disk: String) in
            try host.sync.publisher.decode(host.mustClone(reference, disk, "--json").stdout) as Report
        }
        #expect(try told("disk@-1", "third").withdrawn?.reason == "host keys are in it")
        #expect(try told("disk", "fourth").withdrawn == nil)
    }

    @Test func aDiskThatIsThereStays() throws {
        try host.history(1...1)
        try "mine".write(toFile: host.disk("vm.qcow2"), atomically: false, encoding: .utf8)
        let refused = try host.clone("disk", "vm.qcow2")
        #expect(refused.status == 73 && refused.stderr.contains("is there already; --force replaces it"))
        #expect(try String(contentsOfFile: host.disk("vm.qcow2"), encoding: .utf8) == "mine")
        let user = try host.holdOpen(host.disk("vm.qcow2"))
        let open = try host.clone("disk", "vm.qcow2", "--force")
        #expect(open.status == 73 && open.stderr.contains("sleep (process \(user.pid))"), "\(open.stderr)")
        user.signal(SIGKILL)
        user.wait()
        try host.mustClone("disk", "vm.qcow2", "--force")
        #expect(try host.facts("vm.qcow2").format == "qcow2")
        #expect(try FileManager.default.contentsOfDirectory(atPath: host.disks) == ["vm.qcow2"])
    }

    @Test func onlyAFileIsReplaced() throws {
        try host.history(1...1)
        try mustRun("mkfifo", [host.disk("fifo")])
        _ = try host.sync.scratch.directory("disks/directory")
        try host.sync.scratch.file("elsewhere", "mine")
        try FileManager.default.createSymbolicLink(atPath: host.disk("link"), withDestinationPath: "../elsewhere")
        for name in ["fifo", "directory", "link"] {
            let result = try host.clone("disk", name, "--force")
            #expect(result.status == 73 && result.stderr.contains("something else than a file"), "\(result.stderr)")
        }
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: host.disk("link")) == "../elsewhere")
        #expect(try !host.sync.exists(".glare/uses") || host.sync.names(in: ".glare/uses") == ["lock"])
    }

    /// A disk that somebody else owns, or that can't be read: whether a VM has it open, nobody tells.
    @Test(.enabled(if: Machine.canBeOthers)) func whatNobodyKnowsTheUseOfIsNotReplaced() throws {
        try host.history(1...1)
        try host.giveToTeam()
        chmod(host.disks, 0o777)
        try host.sync.scratch.file("disks/vm", "root's")
        for mode in [0o644, 0o600] as [mode_t] {
            chmod(host.disk("vm"), mode)
            let result = try PublisherUser.bob.glare(
                host.sync.publisher, ["clone", "disk", host.disk("vm"), "-t", host.target, "--force"])
            #expect(result.status == 73 && result.stderr.contains("is not replaced"), "\(result.stderr)")
        }
        #expect(try String(contentsOfFile: host.disk("vm"), encoding: .utf8) == "root's")
    }

    /// A VM that starts while the disk is made.
    @Test func whatIsOpenedMeanwhileIsNotReplaced() throws {
        try host.history(1...1)
        try host.sync.scratch.file("disks/vm", "mine")
        let bin = try host.sync.scratch.directory("fake")
        try host.sync.scratch.script(
            "until [ -e \"\(host.disk("go"))\" ]; do sleep 0.05; done", at: "\(bin)/qemu-img")
        let clone = try RunningProcess(
            GlareBinary.path, ["clone", "disk", host.disk("vm"), "-t", host.target, "--force"],
            environment: GlareBinary.environment(["PATH": bin + ":/usr/bin:/bin"]))
        #expect(clone.waits { (try? FileManager.default.contentsOfDirectory(atPath: host.disks).count) == 2 })
        let user = try host.holdOpen(host.disk("vm"))
        try host.sync.scratch.file("disks/go", "")
        #expect(clone.wait() == 73 && clone.stderr.contains("sleep (process \(user.pid))"), "\(clone.stderr)")
        #expect(try String(contentsOfFile: host.disk("vm"), encoding: .utf8) == "mine")
        #expect(try host.sync.names(in: ".glare/uses") == ["lock"])
    }

    /// NFS has no rename that replaces nothing.
    @Test(.enabled(if: Machine.has("strace"))) func whereTheFilesystemCannotItIsALink() throws {
        try host.history(1...1)
        let traced = { (disk: String) in
            try run(
                "strace",
                [
                    "-f", "-qq", "-o", "/dev/null", "-e", "trace=renameat2", "-e", "inject=renameat2:error=EINVAL",
                    GlareBinary.path, "clone", "disk", host.disk(disk), "-t", host.target,
                ], environment: GlareBinary.environment())
        }
        let result = try traced("vm")
        #expect(result.status == 0, "\(result.stderr)")
        #expect(try host.facts("vm").format == "qcow2")
        #expect(try FileManager.default.contentsOfDirectory(atPath: host.disks) == ["vm"])
        #expect(try traced("vm").status == 73)
    }

    @Test(.enabled(if: Machine.has("strace"))) func whereItCannotGetItsNameNothingIsRecorded() throws {
        try host.history(1...1)
        let result = try run(
            "strace",
            [
                "-f", "-qq", "-o", "/dev/null", "-e", "trace=renameat2", "-e", "inject=renameat2:error=EIO",
                GlareBinary.path, "clone", "disk", host.disk("vm"), "-t", host.target,
            ], environment: GlareBinary.environment())
        #expect(result.status == 74, "\(result.stderr)")
        #expect(try host.sync.names(in: ".glare/uses") == ["lock"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: host.disks).isEmpty)
    }

    @Test func olderVersionsHaveTheirNames() throws {
        let versions = try host.history(1...3)
        for (reference, version) in [
            ("disk", versions[2]), ("disk@-1", versions[1]), ("disk@-2", versions[0]),
            ("disk@\(versions[0].id.prefix(12))", versions[0]), ("disk@\(versions[1].id)", versions[1]),
        ] {
            try host.mustClone(reference, "vm", "--force")
            #expect(try host.facts("vm").backingFilename == host.sync.path(version.path), "\(reference)")
        }
    }

    @Test func whatOnlyTheServerHasIsToldWithTheWayToIt() throws {
        let first = try host.sync.publish(seed: 1)
        try host.sync.publish(seed: 2)
        try host.sync.publish("other", seed: 3)
        try host.sync.mustSync(host.sync.fileServer, "--only", "disk")
        let older = try host.clone("disk@-1", "vm")
        let reference = "disk@\(first.id.prefix(12))"
        #expect(older.status == 66 && older.stderr.contains("\(reference): is not in this cache"), "\(older.stderr)")
        #expect(
            older.stderr.contains("`glare pin \(reference) -t \(host.target)`, then `glare sync -t \(host.target)`"))
        let other = try host.clone("other", "vm")
        #expect(
            other.status == 66 && other.stderr.contains("`glare sync -t \(host.target)` brings it"), "\(other.stderr)")
    }

    @Test func whatIsNotThereIsToldWithWhatMayBeMeant() throws {
        try host.history(1...1)
        for (reference, message) in [
            ("dsik", "no image is called dsik; did you mean disk?"), ("other", "no image is called other;"),
            ("disk@-1", "disk@-1: there is no such version"),
        ] {
            let result = try host.clone(reference, "vm")
            #expect(result.status == 66 && result.stderr.contains(message), "\(result.stderr)")
        }
        #expect(try host.clone("disk@xyz", "vm").status == 64)
        #expect(try host.glare(["clone", "disk", host.disk("vm"), "-t", host.disk("none")]).status == 66)
        #expect(try host.glare(["clone", "disk", host.disk("none/vm"), "-t", host.target]).status == 66)
        #expect(try host.glare(["clone", "disk", host.disk("vm")]).stderr.contains("TARGET_DIR"))
        #expect(try host.clone("disk", "vm", "--format", "vmdk").stderr.contains("expected qcow2 or raw"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: host.disks).isEmpty)
    }

    @Test func itsVersionStaysWhileTheDiskIsThere() throws {
        let keepNothing = ["GLARE_KEEP_UNUSED": "0"]
        let first = try host.history(1...1)[0]
        try host.mustClone("disk", "vm.qcow2")
        try host.mustClone("disk", "copy.raw", "--format", "raw")
        let versions = try host.history(2...4, environment: keepNothing)
        #expect(try host.sync.archived() == ([first] + versions.suffix(2)).map(\.fileName).sorted())
        try FileManager.default.removeItem(atPath: host.disk("vm.qcow2"))
        try host.sync.mustSync(host.sync.fileServer, environment: keepNothing)
        #expect(try host.sync.archived() == versions.suffix(2).map(\.fileName).sorted())
        #expect(try host.sync.names(in: ".glare/uses") == ["lock"])
    }

    @Test func whatIsSyncsIsNoPlaceForIt() throws {
        try host.history(1...1)
        try FileManager.default.createSymbolicLink(atPath: host.disk("pool"), withDestinationPath: host.target)
        _ = try host.sync.scratch.directory("cache/archive/deep")
        for place in ["disk", "images.json", "archive/vm", "archive/deep/vm", ".glare/vm", "catalogue/vm"] {
            for base in [host.target, host.disk("pool"), host.disks + "/../cache"] {
                let result = try host.glare(["clone", "disk", "\(base)/\(place)", "-t", host.target, "--force"])
                #expect(result.status == 73 && result.stderr.contains("is sync's"), "\(place): \(result.stderr)")
            }
        }
    }

    /// As where the cache is a pool of libvirt's.
    @Test func besideTheImagesItMayBe() throws {
        let version = try host.history(1...1)[0]
        try #require(try host.glare(["clone", "disk", host.target + "/vm.qcow2", "-t", host.target]).status == 0)
        try host.history(2...3, environment: ["GLARE_KEEP_UNUSED": "0", "GLARE_KEEP_VERSIONS": "0"])
        #expect(try host.sync.archived().contains(version.fileName))
        #expect(host.sync.exists("vm.qcow2"))
    }

    /// Whatever way led to the cache.
    @Test func itNamesTheVersionByAPathWithoutLinks() throws {
        let version = try host.history(1...1)[0]
        try FileManager.default.createSymbolicLink(atPath: host.disk("link"), withDestinationPath: host.target)
        for (disk, target) in [("one", host.disk("link")), ("two", host.disks + "/../cache")] {
            try #require(try host.glare(["clone", "disk", host.disk(disk), "-t", target]).status == 0)
            #expect(try host.facts(disk).backingFilename == canonical(host.sync.path(version.path)))
        }
    }

    private func canonical(_ path: String) throws -> String {
        try mustRun("realpath", [path]).trimmingCharacters(in: .newlines)
    }

    @Test(.enabled(if: Machine.canBeOthers)) func aMemberOfTheGroupMakesDisksAndOthersAreToldWhatIsMissing() throws {
        let version = try host.history(1...1)[0]
        try host.giveToTeam()
        chmod(host.disks, 0o777)
        let arguments = ["clone", "disk", host.disk("vm"), "-t", host.target]
        let refused = try PublisherUser.nobody.glare(host.sync.publisher, arguments)
        #expect(refused.status == 77 && refused.stderr.contains("a member of the group"), "\(refused.stderr)")
        let made = try PublisherUser.bob.glare(host.sync.publisher, arguments)
        #expect(made.status == 0, "\(made.stderr)")
        #expect(try host.facts("vm").backingFilename == host.sync.path(version.path))
        #expect(try SyncFixture.Facts(host.disk("vm")).owner == PublisherUser.bob.id)
    }

    @Test(.enabled(if: Machine.canBeOthers && Machine.has("mkfs.xfs")))
    func whereTheFilesystemCanACopySharesItsBlocks() throws {
        let xfs = try XFSDisk()
        let target = xfs.directory + "/cache"
        let file = try DiskImages.raw(
            at: host.sync.scratch.path("images/large"), seed: 1, size: 16 << 20, data: 8 << 20)
        try host.sync.publish(file: file)
        try #require(try host.glare(["sync", "-t", target, "-s", host.sync.fileServer]).status == 0)
        let before = try xfs.used()
        let result = try host.glare(
            ["clone", "large", xfs.directory + "/vm.raw", "-t", target, "--format", "raw"])
        #expect(result.status == 0 && result.stdout.contains("shares its blocks"), "\(result.stderr)")
        #expect(try xfs.used() - before < 1 << 20)
        #expect(try sha256(xfs.directory + "/vm.raw") == sha256(file))
    }
}

extension HostFixture {
    /// The file from which a version was published, in the repository.
    func publishedFile(of version: SyncFixture.Version) -> String { sync.publisher.path(version.path) }
}
