import Foundation
import GlareTestSupport
import Testing

@Suite("the file in the cache, whatever way it came")
struct CachedFileTests {
    enum Arrival: CaseIterable {
        case frames
        case framesOverOld
        case delta
        case deltaOverMoved
    }

    /// An image of which little is data, brought this way.
    private func bring(_ arrival: Arrival, _ options: String...) throws -> (TransferFixture, TransferFixture.Published)
    {
        let fixture = try TransferFixture()
        var disk = TextDisk(1...6)
        disk.size = 48 << 20
        if arrival != .frames {
            // Data where the new one has holes, and the other way round.
            try fixture.publish(disk.added(40, 41, 42, seed: 3))
            try fixture.sync([fixture.host.fileServer], options)
        }
        if arrival == .deltaOverMoved { disk = disk.moved(byBlocks: 300) }
        let deltas = arrival == .framesOverOld ? "0" : "all"
        let new = try fixture.publish(disk.changed(3, seed: 4).added(20, seed: 4), as: "disk", "--deltas", deltas)
        let synced = try fixture.sync([fixture.host.fileServer], options)
        #expect(synced.way == (arrival == .frames || arrival == .framesOverOld ? "frames" : "delta"))
        try fixture.expectCached(new)
        return (fixture, new)
    }

    @Test(
        "takes as much of the disk as the publisher's, within 1 %, is read-only, and as old",
        arguments: Arrival.allCases)
    func sparse(_ arrival: Arrival) throws {
        let (fixture, new) = try bring(arrival)
        let (theirs, ours) = (try fixture.publisher.facts(new.path), try fixture.host.facts("disk"))
        #expect(
            abs(ours.allocated - theirs.allocated) <= theirs.allocated / 100,
            "\(ours.allocated) bytes, the publisher has \(theirs.allocated)")
        #expect(theirs.allocated < 10 << 20)
        #expect(ours.mode == 0o444)
        #expect(ours.modified == theirs.modified && ours.size == theirs.size)
    }

    @Test("is right with VERIFY=changed too", arguments: Arrival.allCases)
    func verifyChanged(_ arrival: Arrival) throws { _ = try bring(arrival, "--verify", "changed") }

    @Test("the one before stays in the archive, byte for byte", arguments: ["full", "changed"])
    func predecessor(_ verification: String) throws {
        let fixture = try TransferFixture()
        let old = try fixture.publish(TextDisk())
        try fixture.sync(fixture.host.fileServer, "--verify", verification)
        let inode = try fixture.host.facts("disk").inode
        try fixture.publish(TextDisk().changed(2, seed: 2))
        try fixture.sync(fixture.host.fileServer, "--verify", verification)
        #expect(try fixture.host.facts(old.path).inode == inode)
        #expect(try fixture.host.digest(old.path) == old.sha256)
    }

    @Test("whoever has it open goes on reading the old one")
    func openFile() throws {
        let fixture = try TransferFixture()
        let old = try fixture.publish(TextDisk())
        try fixture.sync(fixture.host.fileServer)
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: fixture.host.path("disk")))
        try fixture.publish(TextDisk().changed(2, seed: 2))
        try fixture.sync(fixture.host.fileServer)
        let copy = fixture.scratch.path("copy")
        try #require(try file.readToEnd()).write(to: URL(fileURLWithPath: copy))
        #expect(try sha256(copy) == old.sha256)
    }
}
