import Foundation
import GlareTestSupport
import Testing

/// Every kind of file of a cache, damaged in every way, and fetched again.
@Suite("verify: a cache") struct VerifyCacheTests {
    private let transfer: TransferFixture
    private var host: SyncFixture { transfer.host }
    private var publisher: PublisherFixture { transfer.publisher }

    init() throws { transfer = try TransferFixture() }

    private func verify(_ options: String..., server: String? = nil) throws -> (status: Int32, report: Verified) {
        let server = options.contains("--repair") ? ["-s", server ?? host.fileServer, "--retries", "0"] : []
        // `--retries` is sync's; here it comes from the environment.
        return try publisher.verify(
            ["-t", host.target] + options + server.prefix(2), environment: ["GLARE_RETRIES": "0"])
    }

    /// How the image came.
    enum Way: CaseIterable, Sendable { case frames, delta, plain }

    /// Publishes and syncs; the version that the host has now.
    private func synced(by way: Way) throws -> TransferFixture.Published {
        if way == .plain {
            let version = try transfer.publish(TextDisk(1...3))
            try publisher.offerWholeFilesAlone()
            #expect(try transfer.sync(host.fileServer).way == "plain")
            return version
        }
        var version = try transfer.publish(TextDisk(1...3))
        #expect(try transfer.sync(host.fileServer).way == "frames")
        if way == .delta {
            version = try transfer.publish(TextDisk(1...3).changed(2, seed: 5))
            #expect(try transfer.sync(host.fileServer).way == "delta")
        }
        return version
    }

    private func everything() throws -> [String] {
        let script =
            "find . ! -type d ! -path ./.glare/lock -printf '%p %m %i %T@ %s\\n' | sort; find . -type f -print0 | sort -z | xargs -0r sha256sum; find . -type d | sort"
        return try mustRun("sh", ["-c", script], directory: host.target).split(separator: "\n").map(String.init)
    }

    @Test(arguments: Way.allCases)
    func whatIsRightIsLeftAsItIs(_ way: Way) throws {
        _ = try synced(by: way)
        let before = try everything()
        let (status, report) = try verify()
        #expect(status == 0 && report.findings.isEmpty && report.limits.isEmpty, "\(report)")
        #expect(report.files == (way == .delta ? 2 : 1) && report.kind == "cache")
        #expect(try everything() == before)
    }

    /// Nothing is all right that could not be looked at.
    @Test(.enabled(if: Machine.canBeOthers)) func whoMayNotReadItsStateIsTold() throws {
        _ = try synced(by: .plain)
        try publisher.openForOthers()
        let result = try PublisherUser.nobody.glare(publisher, ["verify", "-t", host.target])
        #expect(result.status == 77 && result.stdout.isEmpty)
        #expect(result.stderr.contains("\(host.path(".glare")): cannot read: Permission denied"), "\(result.stderr)")
    }

    @Test(arguments: Way.allCases, Rot.allCases)
    func anImageIsFoundAndFetchedAgain(_ way: Way, _ rot: Rot) throws {
        let version = try synced(by: way)
        // One file with two names.
        try rot.befall(host.path(version.path))
        let wrong = rot == .missing ? nil : try host.digest()
        let before = try everything()
        let (status, found) = try verify()
        #expect(status == 4 && found.open == [version.path], "\(found)")
        #expect(found.findings[0].expected == "SHA-256 \(version.sha256)")
        #expect(found.findings[0].found == wrong.map { "SHA-256 \($0)" })
        #expect(try everything() == before)

        let (repaired, report) = try verify("--repair")
        #expect(repaired == 0 && report.mended == [version.path], "\(report)")
        // Its own sync is over.
        #expect(report.limits.isEmpty)
        try transfer.expectCached(version)
        #expect(try verify().status == 0)
        // What somebody may have written is kept, as after any sync.
        if let wrong { #expect(try host.digest("archive/disk-\(wrong.prefix(32))") == wrong) }
    }

    @Test(arguments: Way.allCases)
    func rotThatNoTimeTells(_ way: Way) throws {
        let version = try synced(by: way)
        try Rot.unnoticed(host.path(version.path), state: host.path(".glare/state.json"))
        #expect(try transfer.sync(host.fileServer)["disk"]?.outcome == "current")
        #expect(try verify().report.open == [version.path])
        let (status, report) = try verify("--repair")
        #expect(status == 0 && report.mended == [version.path], "\(report)")
        try transfer.expectCached(version)
        #expect(try host.names(in: "archive").count == (way == .delta ? 2 : 1))
        #expect(try verify().report.findings.isEmpty)
    }

    @Test func allThatIsPrivateIsGone() throws {
        let version = try synced(by: .frames)
        try FileManager.default.removeItem(atPath: host.path(".glare"))
        let (status, found) = try verify()
        #expect(status == 4 && found.open == [".glare/state.json"], "\(found)")
        let (repaired, report) = try verify("--repair")
        #expect(repaired == 0 && report.mended == [".glare/state.json"], "\(report)")
        #expect(try host.digest() == version.sha256)
    }

    @Test func aNameThatSyncLeavesAloneIsNotCalledRepaired() throws {
        let version = try synced(by: .frames)
        // A copy of its own, which somebody wrote to.
        try FileManager.default.removeItem(atPath: host.path("disk"))
        try FileManager.default.copyItem(atPath: host.path(version.path), toPath: host.path("disk"))
        try Rot.flippedBit.befall(host.path("disk"))
        #expect(try verify().report.open == ["disk"])
        let (status, report) = try verify("--repair")
        let isRight = try host.digest() == version.sha256
        #expect(status == (isRight ? 0 : 4) && report.mended == (isRight ? ["disk"] : []), "\(report)")
    }

    @Test func aWithdrawnImageIsNoOrphan() throws {
        _ = try synced(by: .frames)
        let withdrawn = try publisher.glare(["withdraw", "disk", "-m", "leaks", "-d", transfer.repository])
        try #require(withdrawn.status == 0, "\(withdrawn.stderr)")
        _ = try transfer.run([host.fileServer])
        let (status, report) = try verify()
        #expect(status == 0 && report.findings.isEmpty, "\(report)")
    }

    @Test func theNameAlone() throws {
        let version = try synced(by: .frames)
        try FileManager.default.removeItem(atPath: host.path("disk"))
        #expect(try verify().report.open == ["disk"])
        #expect(try verify("--repair").report.mended == ["disk"])
        try transfer.expectCached(version)
    }

    @Test func anOlderVersionIsToldAndKept() throws {
        let old = try transfer.publish(TextDisk(1...3))
        try transfer.sync(host.fileServer)
        let current = try transfer.publish(TextDisk(1...3).changed(2, seed: 5))
        try transfer.sync(host.fileServer)
        try Rot.flippedBit.befall(host.path(old.path))
        let wrong = try host.digest(old.path)
        let (status, report) = try verify("--repair")
        #expect(status == 4 && report.open == [old.path], "\(report)")
        #expect(report.findings[0].advice?.contains("remove it if no overlay needs it") == true)
        #expect(try host.digest(old.path) == wrong && host.digest() == current.sha256)
    }

    enum Part: CaseIterable, Sendable { case catalogue, record, manifest, state }

    @Test(arguments: Part.allCases, [Rot.flippedBit, .truncated])
    func whatTellsOfImagesIsFoundAndFetchedAgain(_ part: Part, _ rot: Rot) throws {
        let version = try synced(by: .frames)
        let path =
            switch part {
            case .catalogue: "images.json"
            case .record: "catalogue/\(try host.names(in: "catalogue")[0])"
            case .manifest: ".glare/manifests/\(version.sha256)"
            case .state: ".glare/state.json"
            }
        if part == .state {
            try "{".write(toFile: host.path(path), atomically: false, encoding: .utf8)
        } else {
            try rot.befall(host.path(path))
        }
        let (status, found) = try verify()
        #expect(status == 4 && found.open.contains(path), "\(found)")
        let (repaired, report) = try verify("--repair")
        #expect(repaired == 0 && report.mended.contains(path), "\(report)")
        #expect(try verify().report.findings.isEmpty)
        try transfer.expectCached(version)
    }

    /// A server says that its catalogue is as it was, and that speaks of what it sent.
    @Test func aSyncAlonePutsADamagedCatalogueRight() throws {
        let version = try transfer.publish(TextDisk(1...3))
        let server = try ScriptedServer(serving: transfer.repository)
        try transfer.sync(server.address)
        let text = try String(contentsOfFile: host.path("images.json"), encoding: .utf8)
        let serial = try publisher.catalogue().serial
        try text.replacingOccurrences(of: "\(serial)", with: "\(serial + 1)").write(
            toFile: host.path("images.json"), atomically: false, encoding: .utf8)
        #expect(try verify().report.open == ["images.json"])
        try transfer.sync(server.address)
        #expect(try verify().report.findings.isEmpty)
        try transfer.expectCached(version)
    }

    @Test func theSignatureWhereAKeyIsTrusted() throws {
        let fixture = try SignedFixture()
        try fixture.publish(seed: 1)
        try #require(try fixture.sync().status == 0)
        let (host, trusted) = (fixture.host, ["--trusted-key", try fixture.publicKey(fixture.key)])
        let verify = { (options: [String]) in
            try host.publisher.verify(["-t", host.target] + trusted + options)
        }
        #expect(try verify([]).status == 0)
        for rot in [Rot.truncated, .missing] {
            try rot.befall(host.path("images.json.minisig"))
            #expect(try verify([]).report.open == ["images.json.minisig"])
            let (status, report) = try verify(["--repair", "-s", host.fileServer])
            #expect(status == 0 && report.mended == ["images.json.minisig"], "\(report)")
        }
        // By nobody's key.
        try fixture.makeKey(host.scratch.path("other"))
        let others = ["-t", host.target, "--trusted-key", host.scratch.path("other") + ".pub"]
        #expect(try host.publisher.verify(others).report.open == ["images.json.minisig"])
        try "{}".write(toFile: host.path(".glare/trust.json"), atomically: false, encoding: .utf8)
        let damaged = try verify([])
        #expect(damaged.report.open == [".glare/trust.json"])
        #expect(damaged.report.findings[0].advice?.contains("--reset-trust") == true)
    }

    @Test func whatNothingRefersTo() throws {
        _ = try synced(by: .frames)
        let orphans = [
            ".glare/manifests/\(String(repeating: "a", count: 64))", ".glare/notes", ".glare/tmp/1.abc",
            "archive/disk-\(String(repeating: "0", count: 32))", "catalogue/notes",
        ]
        for path in orphans {
            try "x".write(toFile: host.path(path), atomically: false, encoding: .utf8)
            try mustRun("touch", ["-d", "2 days ago", host.path(path)])
        }
        let report = try verify().report
        #expect(report.unneeded == orphans.sorted(), "\(report)")
    }

    @Test func aCacheOfTheOriginalsRepositoryIsVerified() throws {
        let id = try publisher.addAsTheOriginal("disk", seed: 1, "theirs", age: 100)
        try host.mustSync(host.fileServer)
        #expect(try verify().status == 0)
        try Rot.unnoticed(host.path("archive/disk-\(id)"), state: host.path(".glare/state.json"))
        #expect(try verify().report.open == ["archive/disk-\(id)"])
        #expect(try verify("--repair").status == 0)
        #expect(try md5(host.path("disk")) == id)
    }

    /// What the original's sync has placed is adopted by a sync, and verified from then on.
    @Test func aCacheOfTheOriginalsIsNotYetKnown() throws {
        let version = try transfer.publish(TextDisk(1...3))
        try FileManager.default.createDirectory(atPath: host.target, withIntermediateDirectories: false)
        try FileManager.default.copyItem(atPath: publisher.path(version.path), toPath: host.path("disk"))
        let (status, before) = try verify()
        #expect(status == 0 && before.files == 0 && before.limits.count == 1, "\(before)")
        #expect(try host.names(in: "") == ["disk"])
        #expect(try transfer.sync(host.fileServer)["disk"]?.outcome == "adopted")
        let (after, report) = try verify()
        #expect(after == 0 && report.files == 1 && report.limits.isEmpty && report.findings.isEmpty, "\(report)")
    }

    @Test(.enabled(if: Machine.has("strace"))) func whereLinksAreRefused() throws {
        let version = try transfer.publish(TextDisk(1...3))
        let traced = { (arguments: [String]) in
            try run(
                "strace",
                [
                    "-f", "-qq", "-o", "/dev/null", "-e", "trace=link,linkat", "-e", "inject=link,linkat:error=EPERM",
                    GlareBinary.path,
                ] + arguments, environment: GlareBinary.environment())
        }
        try #require(try traced(["sync", "-t", host.target, "-s", host.fileServer]).status == 0)
        #expect(try verify().report.files == 2)
        for path in ["disk", version.path] {
            try Rot.flippedBit.befall(host.path(path))
            #expect(try verify().report.open == [path])
            let result = try traced(["verify", "--repair", "-t", host.target, "-s", host.fileServer])
            #expect(result.status == 0, "\(result.stderr)")
            #expect(try host.digest() == version.sha256)
            #expect(try verify().status == 0)
        }
    }

    @Test(.enabled(if: Machine.has("flock"))) func besideASyncThatIsAtWork() throws {
        let version = try synced(by: .frames)
        let lock = host.path(".glare/lock")
        let holder = try RunningProcess("flock", ["--no-fork", lock, "sleep", "100"])
        try #require(holder.waits { (try? run("flock", ["-n", lock, "true"]).status) == 1 })
        try "x".write(
            toFile: host.path("archive/disk-\(String(repeating: "0", count: 32))"), atomically: false, encoding: .utf8)
        let (status, report) = try verify()
        #expect(status == 0 && report.findings.isEmpty && report.limits.count == 1, "\(report)")
        try Rot.flippedBit.befall(host.path(version.path))
        #expect(try verify().report.open == [version.path])
        let refused = try publisher.glare(["verify", "--repair", "-t", host.target, "-s", host.fileServer])
        #expect(refused.status == 75 && refused.stderr.contains("is being changed by"), "\(refused.stderr)")
    }

    @Test func syncsGoOnMeanwhile() throws {
        _ = try synced(by: .frames)
        for seed: UInt64 in 11...13 {
            let version = try transfer.publish(TextDisk(1...3).changed(2, seed: seed))
            let sync = try host.startSync(host.fileServer, "--keep-unused", "0")
            while sync.isRunning {
                let report = try verify().report
                #expect(report.findings.isEmpty, "\(report)")
            }
            #expect(sync.wait() == 0, "\(sync.stderr)")
            try transfer.expectCached(version)
        }
    }

    @Test func withoutAServerNothingIsRepaired() throws {
        let version = try synced(by: .frames)
        try Rot.flippedBit.befall(host.path(version.path))
        let wrong = try host.digest()
        #expect(try publisher.glare(["verify", "--repair", "-t", host.target]).status == 3)
        let away = try publisher.glare(
            ["verify", "--repair", "-t", host.target, "-s", "file:///nonexistent/x"])
        #expect(away.status == 66, "\(away.stderr)")
        #expect(try host.digest() == wrong)
    }
}
