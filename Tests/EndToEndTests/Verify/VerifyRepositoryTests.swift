import Foundation
import GlareTestSupport
import Testing

/// Every kind of file of a repository, damaged in every way.
@Suite("verify: a repository") struct VerifyRepositoryTests {
    private let transfer: TransferFixture
    private let old, current: TransferFixture.Published
    private let key: String
    private var publisher: PublisherFixture { transfer.publisher }
    private var settings: [String: String] { ["GLARE_SIGN_KEY": key + ".key"] }

    /// A signed repository, with an image of two versions, frames of both, and a delta.
    init() throws {
        transfer = try TransferFixture()
        key = transfer.scratch.path("key")
        try #require(transfer.publisher.glare(["keygen", key]).status == 0)
        old = try transfer.publish(TextDisk(1...3), as: "disk", "--sign-key", key + ".key")
        current = try transfer.publish(TextDisk(1...3).changed(2, seed: 5), as: "disk", "--sign-key", key + ".key")
        try #require(!current.deltas.isEmpty)
    }

    private func verify(_ options: String...) throws -> (status: Int32, report: Verified) {
        try publisher.verify(["-d", transfer.repository] + options, environment: settings)
    }

    /// Everything, also what is private, but for the lock's text.
    private func everything() throws -> [String] {
        let script =
            "find . ! -type d ! -path ./.glare/lock -printf '%p %m %i %T@ %s %l\\n' | sort; find . -type f ! -path ./.glare/lock -print0 | sort -z | xargs -0r sha256sum; find . -type d | sort"
        return try mustRun("sh", ["-c", script], directory: transfer.repository).split(separator: "\n").map(String.init)
    }

    private func expectHostsGetIt(_ version: TransferFixture.Published, _ host: String = "host") throws {
        let cache = transfer.scratch.path(host)
        let result = try publisher.glare([
            "sync", "-t", cache, "-s", transfer.host.fileServer, "--trusted-key", key + ".pub", "--retries", "0",
        ])
        #expect(result.status == 0, "\(result.stderr)")
        #expect(try sha256(cache + "/disk") == version.sha256)
    }

    @Test func whatIsRightIsLeftAsItIs() throws {
        let before = try everything()
        let (status, report) = try verify()
        #expect(status == 0 && report.findings.isEmpty && report.limits.isEmpty, "\(report)")
        #expect(report.files >= 7 && report.bytes > 2 * Int(old.size) && report.kind == "repository")
        #expect(try everything() == before)
        let told = try publisher.glare(["verify", "-d", transfer.repository])
        #expect(told.stdout.hasSuffix("; all is right\n") && told.stderr == "", "\(told.stderr)")
        #expect(try publisher.glare(["verify", "--quiet", "-d", transfer.repository]).stdout == "")
    }

    enum Part: CaseIterable, Sendable {
        case catalogue, copy, record, imageList, checksums, archiveChecksums, signature
        case version, oldVersion, frames, manifest, delta, state, page
    }

    /// In the repository.
    private func path(_ part: Part) throws -> String {
        switch part {
        case .catalogue: "images.json"
        case .copy: "catalogue/\(try sha256(publisher.path("images.json"))).json"
        case .record: "catalogue/\(try publisher.catalogue().images[0].record.sha256).json"
        case .imageList: "images.txt"
        case .checksums: "SHA256SUMS"
        case .archiveChecksums: "archive/SHA256SUMS"
        case .signature: "images.json.minisig"
        case .version: current.path
        case .oldVersion: old.path
        case .frames: try transfer.file("zst", of: current)
        case .manifest: try transfer.file("manifest", of: current)
        case .delta: try transfer.file("delta", of: current)
        case .state: ".glare/state.json"
        case .page: "index.html"
        }
    }

    @Test(arguments: Part.allCases, Rot.allCases)
    func isFoundAndRepaired(_ part: Part, _ rot: Rot) throws {
        // A bit of the state that makes it no document.
        let path = try path(part)
        if part == .state && rot == .flippedBit {
            try "{ \"format\": ".write(toFile: publisher.path(path), atomically: false, encoding: .utf8)
        } else {
            try rot.befall(publisher.path(path))
        }
        let before = try everything()
        let (status, found) = try verify()
        #expect(status == 4)
        let finding = try #require(found.findings.first { $0.path == publisher.path(path) }, "\(found)")
        #expect(finding.fault == rot.fault && !finding.repaired && finding.advice != nil)
        if rot != .missing { #expect(finding.expected != nil && finding.found != nil) }
        #expect(try everything() == before)

        let (repaired, report) = try verify("--repair")
        #expect(repaired == 0 && report.mended.contains(path) && report.wrong == 0, "\(report)")
        let (after, left) = try verify()
        #expect(after == 0 && left.findings.isEmpty, "\(left)")
        #expect(try sha256(publisher.path(old.path)) == old.sha256)
        #expect(try sha256(publisher.path(current.path)) == current.sha256)
        #expect(try publisher.listed() == [current.version, old.version])
        try expectHostsGetIt(current)
    }

    @Test func aLostLinkIsSetAgain() throws {
        try FileManager.default.removeItem(atPath: publisher.path("disk"))
        #expect(try verify().report.open == ["disk"])
        #expect(try verify("--repair").status == 0)
        #expect(try publisher.link("disk") == current.path)
        try FileManager.default.removeItem(atPath: publisher.path("disk"))
        try FileManager.default.createSymbolicLink(atPath: publisher.path("disk"), withDestinationPath: old.path)
        #expect(try verify().report.open == ["disk"])
        #expect(try verify("--repair").report.mended == ["disk"])
        #expect(try publisher.link("disk") == current.path)
    }

    /// As a kill between the symlink and the catalogue leaves it: the next command completes that, and so does this.
    @Test func aPublishThatWasCutOffIsCompleted() throws {
        let changelog = try publisher.text("disk.md")
        try "# [\(old.version)] - 2026-01-01T00:00:00Z\n## back\n\n\(changelog)".write(
            toFile: publisher.path("disk.md"), atomically: false, encoding: .utf8)
        try FileManager.default.removeItem(atPath: publisher.path("disk"))
        try FileManager.default.createSymbolicLink(atPath: publisher.path("disk"), withDestinationPath: old.path)
        let (status, found) = try verify()
        #expect(status == 4 && found.open == ["images.json"], "\(found)")
        let (repaired, report) = try verify("--repair")
        #expect(repaired == 0 && report.mended == ["images.json"], "\(report)")
        #expect(try publisher.link("disk") == old.path)
        #expect(try publisher.record().current == old.version)
        try expectHostsGetIt(old)
    }

    @Test func withoutTheStateNobodyIsToldToRemoveWhatWaits() throws {
        let removed = try publisher.glare(
            ["remove", "disk@\(old.version)", "-d", transfer.repository], environment: settings)
        try #require(removed.status == 0, "\(removed.stderr)")
        for directory in ["archive", "transfer", "catalogue"] {
            for name in try publisher.names(in: directory) {
                try mustRun("touch", ["-c", "-d", "2 days ago", publisher.path("\(directory)/\(name)")])
            }
        }
        try FileManager.default.removeItem(atPath: publisher.path(".glare/state.json"))
        let report = try verify().report
        #expect(report.open == [".glare/state.json"] && report.unneeded == [], "\(report)")
    }

    @Test func allThatIsPrivateIsGone() throws {
        try FileManager.default.removeItem(atPath: publisher.path(".glare"))
        let (status, found) = try verify()
        #expect(status == 4 && found.open == [".glare/state.json"], "\(found)")
        let (repaired, report) = try verify("--repair")
        #expect(repaired == 0 && report.mended == [".glare/state.json"], "\(report)")
    }

    /// The rest is mended.
    @Test func aDirectoryInPlaceOfAFile() throws {
        try FileManager.default.removeItem(atPath: publisher.path("SHA256SUMS"))
        try FileManager.default.removeItem(atPath: publisher.path("images.txt"))
        try FileManager.default.createDirectory(
            atPath: publisher.path("images.txt/x"), withIntermediateDirectories: true)
        try Rot.flippedBit.befall(publisher.path(current.path))
        let result = try publisher.glare(["verify", "--repair", "-d", transfer.repository], environment: settings)
        #expect(result.status == 4, "\(result.stderr)")
        #expect(result.stderr.contains("\(publisher.path("images.txt")) could not be mended"), "\(result.stderr)")
        #expect(publisher.exists("SHA256SUMS"))
        #expect(try sha256(publisher.path(current.path)) == current.sha256)
        #expect(try verify().report.open == ["images.txt"])
    }

    /// What a disk changes by itself, no time of a file tells.
    @Test func rotThatNoTimeTells() throws {
        let state = publisher.path(".glare/state.json")
        for file in [current.path, try path(.frames), try path(.delta)] {
            // One that is there: frames of another try have another name.
            try Rot.unnoticed(publisher.path(file), state: state)
            try #require(publisher.rebuild(environment: settings).stderr == "")
            #expect(try verify().report.open == [file])
            let (status, report) = try verify("--repair")
            #expect(status == 0 && report.mended == [file], "\(report)")
            #expect(try verify().report.findings.isEmpty)
        }
        #expect(try sha256(publisher.path(current.path)) == current.sha256)
        try expectHostsGetIt(current)
    }

    @Test func aVersionOfWhichNothingIsLeft() throws {
        try Rot.flippedBit.befall(publisher.path(current.path))
        let (wrong, frames) = (try sha256(publisher.path(current.path)), try path(.frames))
        try Rot.flippedBit.befall(publisher.path(frames))
        try Rot.truncated.befall(publisher.path("images.txt"))
        let (status, report) = try verify("--repair")
        #expect(status == 4)
        #expect(report.open.contains(current.path) && report.mended.contains("images.txt"), "\(report)")
        let finding = try #require(report.findings.first { $0.path == publisher.path(current.path) })
        #expect(
            finding.expected?.contains(current.sha256) == true || finding.expected?.contains(current.version) == true)
        #expect(finding.found == "SHA-256 \(wrong)")
        #expect(finding.advice?.contains("glare add-image") == true)
        #expect(try sha256(publisher.path(current.path)) == wrong)
        #expect(try sha256(publisher.path(old.path)) == old.sha256)

        // As it is told.
        try FileManager.default.removeItem(atPath: publisher.path(current.path))
        try transfer.publish(file: transfer.scratch.path("images/disk"), ["--sign-key", key + ".key"])
        #expect(try verify().status == 0)
        try expectHostsGetIt(current)
    }

    @Test func framesThatAreNotThoseOfTheVersionRestoreNothing() throws {
        // All whole by their names, and of another version.
        let damaged = publisher.path(current.path)
        try Rot.flippedBit.befall(damaged)
        for kind in ["zst", "manifest"] {
            let (theirs, ours) = (try transfer.file(kind, of: old), try transfer.file(kind, of: current))
            try FileManager.default.removeItem(atPath: publisher.path(ours))
            try FileManager.default.copyItem(atPath: publisher.path(theirs), toPath: publisher.path(ours))
        }
        let wrong = try sha256(damaged)
        #expect(try verify("--repair").status == 4)
        #expect(try sha256(damaged) == wrong)
    }

    @Test func aKeyThatIsNoneAnyMore() throws {
        try Rot.flippedBit.befall(publisher.path("keys/1.pub"))
        let (status, report) = try verify()
        #expect(status == 4 && report.open == ["keys/1.pub"], "\(report)")
    }

    @Test func whatNothingRefersTo() throws {
        let (none, text) = (String(repeating: "0", count: 32), try transfer.scratch.file("text", "{}"))
        let digest = try sha256(text)
        // Each is what its name says, as far as that says anything.
        let orphans = [
            ".glare/blocks/\(String(repeating: "a", count: 64))", ".glare/notes", ".glare/tmp/1.abc",
            "archive/notes.txt", "catalogue/\(digest).json", "transfer/disk-\(none).\(digest.prefix(16)).delta",
            "transfer/notes",
        ]
        // What a publisher has just made, and not published yet.
        let young = "transfer/disk-\(none.replacing("0", with: "1")).\(digest.prefix(16)).delta"
        let table = ".glare/blocks/\(try publisher.names(in: ".glare/blocks")[0])"
        for path in orphans + [young] {
            let source = path.hasPrefix(".glare/blocks") ? publisher.path(table) : text
            try FileManager.default.copyItem(atPath: source, toPath: publisher.path(path))
            try mustRun("touch", ["-d", path == young ? "1 minute ago" : "2 days ago", publisher.path(path)])
        }
        let (status, report) = try verify()
        #expect(status == 0 && report.unneeded == orphans.sorted() && report.wrong == 0, "\(report)")
        let told = try publisher.glare(["verify", "-d", transfer.repository])
        #expect(told.stderr.contains("\(publisher.path("archive/notes.txt")): it is not needed; nothing refers to it"))
        try Rot.truncated.befall(publisher.path("images.txt"))
        #expect(try verify("--repair").status == 0)
        for path in ["archive/notes.txt", "transfer/notes", ".glare/notes", young] { #expect(publisher.exists(path)) }
    }

    @Test func orphansAloneAreNothingWrong() throws {
        try "x".write(toFile: publisher.path("archive/notes.txt"), atomically: false, encoding: .utf8)
        let (status, report) = try verify()
        #expect(status == 0 && report.orphans == 1 && report.wrong == 0)
    }

    @Test func somebodyElsesChecksumsAreTheirs() throws {
        try FileManager.default.removeItem(atPath: publisher.path("SHA256SUMS"))
        try "\(current.sha256)  other-name\n".write(
            toFile: publisher.path("SHA256SUMS"), atomically: false, encoding: .utf8)
        #expect(try verify().status == 0)
    }

    @Test func aRepositoryOfTheOriginalGoesByItsNames() throws {
        let fixture = try PublisherFixture()
        let id = try fixture.addAsTheOriginal("disk", seed: 1, "theirs", age: 100)
        let good = try fixture.verify(["-d", fixture.repository])
        #expect(good.status == 0 && good.report.files == 1 && good.report.findings.isEmpty, "\(good.report)")
        try Rot.flippedBit.befall(fixture.path("archive/disk-\(id)"))
        let bad = try fixture.verify(["-d", fixture.repository])
        #expect(bad.status == 4 && bad.report.open == ["archive/disk-\(id)"])
    }

    @Test(.enabled(if: geteuid() == 0 && Machine.has("setpriv")))
    func whoeverMayReadMayVerify() throws {
        try publisher.openForOthers()
        let result = try PublisherUser.nobody.glare(publisher, ["verify", "-d", transfer.repository])
        #expect(result.status == 0, "\(result.stderr)")
        #expect(result.stderr.contains("\(publisher.path(".glare")) can't be read by this user"))
        try Rot.flippedBit.befall(publisher.path(current.path))
        #expect(try PublisherUser.nobody.glare(publisher, ["verify", "-d", transfer.repository]).status == 4)
    }

    @Test(.enabled(if: Machine.has("flock"))) func aPublisherThatHangsIsWaitedForAsLongAsIsSaid() throws {
        let lock = publisher.path(".glare/lock")
        let holder = try RunningProcess("flock", ["--no-fork", lock, "sleep", "600"])
        try #require(holder.waits { (try? run("flock", ["-n", lock, "true"]).status) == 1 })
        let result = try publisher.glare(["verify", "-d", transfer.repository, "--lock-wait", "0"])
        #expect(result.status == 75 && result.stderr.contains("\(transfer.repository) is being changed by"))
        holder.signal(SIGKILL)
        #expect(holder.wait() == 128 + SIGKILL)
        #expect(try verify().status == 0)
    }

    @Test func theWholeArchiveIsGone() throws {
        try FileManager.default.removeItem(atPath: publisher.path("archive"))
        #expect(try verify().report.open.contains("archive"))
        let (status, report) = try verify("--repair")
        #expect(status == 0, "\(report)")
        #expect(try sha256(publisher.path(old.path)) == old.sha256)
        #expect(try sha256(publisher.path(current.path)) == current.sha256)
        #expect(try publisher.listed() == [current.version, old.version])
        #expect(try verify().report.findings.isEmpty)
    }

    @Test func whatIsInMotionIsNotTold() throws {
        let publishers = try (0..<6).map { number in
            let file = try transfer.write(TextDisk(1...2, seed: UInt64(number + 10)), as: "other")
            let own = transfer.scratch.path("images/other-\(number)")
            try FileManager.default.moveItem(atPath: file, toPath: own)
            return try RunningProcess(
                GlareBinary.path,
                [
                    "add-image", "-i", own, "--name", "other", "-m", "m", "-d", transfer.repository, "--limit", "1",
                    "--grace", "0", "--sign-key", key + ".key",
                ], environment: GlareBinary.environment())
        }
        var runs = 0
        while publishers.contains(where: \.isRunning) {
            let (status, report) = try verify()
            #expect(status == 0 && report.findings.isEmpty, "\(report)")
            runs += 1
        }
        #expect(runs > 0)
        for publisher in publishers { #expect(publisher.wait() == 0, "\(publisher.stderr)") }
    }

    @Test func aCacheIsNoRepository() throws {
        try transfer.sync(transfer.host.fileServer)
        #expect(try publisher.glare(["verify", "-d", transfer.host.target]).status == 73)
        #expect(try publisher.glare(["verify", "-t", transfer.repository]).status == 73)
        #expect(try publisher.glare(["verify", "-t", "/nonexistent/x"]).status == 66)
        #expect(try publisher.glare(["verify", "-d", "/nonexistent/x"]).status == 66)
        #expect(try publisher.glare(["verify", "-d", "/x", "-t", "/y"]).status == 64)
    }
}
