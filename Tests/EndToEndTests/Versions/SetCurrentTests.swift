import Foundation
import GlareTestSupport
import Testing

/// `set-current`: back to an older version, or on to another one.
@Suite struct SetCurrentTests {
    let fixture: PublisherFixture
    init() throws { fixture = try PublisherFixture() }

    private struct Report: Decodable {
        let name, version, previous, outcome: String
    }

    @Test func theVersionBeforeBecomesCurrentWithoutACopy() throws {
        let old = try fixture.publish(seed: 1, "old")
        let new = try fixture.publish(seed: 2, "new")
        let inode = try fixture.facts(old.path).inode
        try fixture.letTimePass()
        let report = try fixture.mustGlare(Report.self, "set-current", "disk@-1", "-m", "back again")
        #expect(report.version == old.id && report.previous == new.id && report.outcome == "current")
        #expect(try fixture.link("disk") == old.path)
        #expect(try fixture.facts(old.path).inode == inode)
        #expect(try fixture.headings() == [old.id, new.id, old.id])
        #expect(try fixture.text("disk.md").contains("\n## back again\n"))
        #expect(try fixture.listed() == [old.id, new.id] && fixture.record().current == old.id)
        #expect(try fixture.text("SHA256SUMS") == "\(old.sha256)  disk\n")
        #expect(try fixture.archived() == [old.fileName, new.fileName].sorted())
    }

    @Test func theFirstDigitsNameAVersionAndTheLastOneIsPromotedAgain() throws {
        let versions = try [1, 2, 3].map { try fixture.publish(seed: $0) }
        try fixture.letTimePass()
        try fixture.mustCommand("set-current", "disk@\(versions[0].id.prefix(8))", "-m", "back")
        try fixture.letTimePass()
        try fixture.mustCommand("set-current", "disk@-1", "-m", "on again")
        #expect(try fixture.listed() == [2, 0, 1].map { versions[$0].id })
        #expect(try fixture.headings().first == versions[2].id)
    }

    @Test func itIsAWholeSecondLaterThanItsPredecessorEvenWithinOne() throws {
        for seed: UInt64 in [1, 2] { try #require(fixture.add(fixture.image("disk", seed: seed)).status == 0) }
        var times = [try fixture.facts(fixture.link("disk")).modified]
        for _ in 1...2 {
            try fixture.mustCommand("set-current", "disk@-1", "-m", "m")
            try times.append(fixture.facts(fixture.link("disk")).modified)
        }
        #expect(zip(times, times.dropFirst()).allSatisfy { $0 < $1 }, "\(times)")
    }

    @Test func theCurrentVersionStaysAsItIs() throws {
        let version = try fixture.publish(seed: 1)
        let before = try fixture.snapshot()
        let report = try fixture.mustGlare(Report.self, "set-current", "disk@\(version.id)", "-m", "m")
        #expect(report.outcome == "already-current" && report.previous == version.id)
        #expect(try fixture.snapshot() == before)
    }

    @Test func aLostStateChangesNothingOfIt() throws {
        let old = try fixture.publish(seed: 1)
        try fixture.publish(seed: 2)
        try fixture.letTimePass()
        try fixture.mustCommand("set-current", "disk@-1", "-m", "back")
        let before = try fixture.snapshot()
        try fixture.loseState()
        #expect(try fixture.snapshot() == before)
        #expect(try fixture.record().current == old.id)
    }

    @Test func whatIsNotThereIsAskedFor() throws {
        let old = try fixture.publish("debian-12", seed: 1)
        try fixture.publish("debian-12", seed: 2)
        let before = try fixture.snapshot()
        let image = try fixture.command("set-current", "debian-21@-1", "-m", "m")
        #expect(image.status == 66 && image.stderr.contains("did you mean debian-12?"))
        let wrong = String(old.id.prefix(7)) + (old.id.dropFirst(7).first == "0" ? "1" : "0")
        let version = try fixture.command("set-current", "debian-12@\(wrong)", "-m", "m")
        #expect(version.status == 66 && version.stderr.contains("did you mean debian-12@\(old.id.prefix(8))?"))
        #expect(try fixture.command("set-current", "debian-12@-2", "-m", "m").status == 66)
        #expect(try fixture.command("set-current", "debian-12@XY", "-m", "m").status == 64)
        let bare = try fixture.command("set-current", "debian-12", "-m", "m")
        #expect(bare.status == 64 && bare.stderr.contains("debian-12@-1"))
        #expect(try fixture.command("set-current", "debian-12@-1", "-m", " ").status == 64)
        #expect(try fixture.snapshot() == before)
    }

    @Test func aSignedRepositoryIsSignedAgainOrSaidNotToBe() throws {
        let signed = try SignedFixture()
        let old = try signed.publish(seed: 1)
        try signed.publish(seed: 2)
        try signed.host.publisher.letTimePass()
        let unsigned = try signed.host.publisher.command("set-current", "disk@-1", "-m", "back")
        #expect(unsigned.status == 0 && unsigned.stderr.contains("there is no SIGN_KEY"))
        try signed.mustGlare(["sign"])
        #expect(try signed.sync().status == 0)
        #expect(try signed.host.digest() == old.sha256)
        try signed.host.publisher.letTimePass()
        try signed.mustGlare(["set-current", "disk@-1", "-m", "on"])
        #expect(try signed.sync().status == 0)
        #expect(try signed.host.digest() != old.sha256)
    }
}

/// What a rollback costs hosts.
@Suite struct RollbackCostTests {
    @Test func twentyCachesThatHaveItFetchNothing() throws {
        let transfer = try TransferFixture()
        let old = try transfer.publish(TextDisk())
        let caches = try (1...20).map { try transfer.scratch.directory("host-\($0)") }
        let sync = { (cache: String) throws -> TransferFixture.Synced in
            let result = try transfer.publisher.glare(
                ["sync", "-t", cache, "-s", transfer.host.fileServer, "--json"])
            try #require(result.status == 0, "\(result.stderr)")
            return try transfer.publisher.decode(result.stdout, snakeCase: true)
        }
        for cache in caches { _ = try sync(cache) }
        try transfer.publish(TextDisk().changed(2, seed: 5))
        for cache in caches { _ = try sync(cache) }
        try transfer.publisher.letTimePass()
        try transfer.publisher.mustCommand("set-current", "disk@-1", "-m", "back")
        for cache in caches {
            let synced = try sync(cache)
            #expect(synced["disk"]?.way == "archive" && synced["disk"]?.fetched == 0)
            #expect(try sha256("\(cache)/disk") == old.sha256)
        }
    }

    @Test func whoHasOnlyTheNewerOneComesBackByADelta() throws {
        let transfer = try TransferFixture()
        let old = try transfer.publish(TextDisk())
        let new = try transfer.publish(TextDisk().changed(2, seed: 5))
        try transfer.sync(transfer.host.fileServer)
        try transfer.publisher.letTimePass()
        struct Report: Decodable { let deltas: [TransferFixture.Published.Delta] }
        let report = try transfer.publisher.mustGlare(Report.self, "set-current", "disk@-1", "-m", "back")
        #expect(report.deltas.map(\.base) == [new.sha256])
        let synced = try transfer.sync(transfer.host.fileServer)
        #expect(synced.way == "delta")
        #expect(try transfer.host.digest() == old.sha256)
    }
}
