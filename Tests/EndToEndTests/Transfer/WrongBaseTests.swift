import Foundation
import GlareTestSupport
import Testing

/// What stands in the archive was verified once; a disk that decays, or a program that writes where it should
/// not, tells nobody.
@Suite("a version in the cache that is not what it was")
struct WrongBaseTests {
    let fixture: TransferFixture
    /// The first is no longer under the name: its file is the archive's alone.
    let first, second: TransferFixture.Published

    init() throws {
        fixture = try TransferFixture()
        first = try fixture.publish(TextDisk())
        try fixture.sync(fixture.host.fileServer)
        second = try fixture.publish(TextDisk(2...6, seed: 5))
        try fixture.sync(fixture.host.fileServer)
    }

    /// Only the time of the change tells: modification time, size and mode are put back.
    private func damage(_ version: TransferFixture.Published, at offset: Int = (5 << 20) + 8192) throws {
        let path = fixture.host.path(version.path)
        var status = stat()
        try #require(stat(path, &status) == 0)
        try fixture.flipBits(path, at: offset)
        try #require(utimensat(AT_FDCWD, path, [status.st_atim, status.st_mtim], 0) == 0)
    }

    private func expectMended(by new: TransferFixture.Published, _ options: String...) throws {
        let result = try fixture.run([fixture.host.fileServer], options)
        try #require(result.status == 0, "\(result.stderr)")
        #expect(result.stderr.contains(first.path) || result.stderr.contains("not by delta"), "\(result.stderr)")
        try fixture.expectCached(new)
    }

    @Test("the base of a delta: told, and the image comes another way in the same run", arguments: ["full", "changed"])
    func baseOfDelta(_ verification: String) throws {
        let new = try fixture.publish(TextDisk().changed(2, seed: 2))
        let planned = try fixture.sync(fixture.host.fileServer, "--dry-run")
        try #require(planned["disk"]?.base == "disk-\(first.version)")
        try damage(first)
        try expectMended(by: new, "--verify", verification)
    }

    @Test("it goes on with the delta from another version, where there is one")
    func anotherDelta() throws {
        let third = try fixture.publish(TextDisk().moved(byBlocks: 3).changed(2, seed: 3))
        try fixture.sync(fixture.host.fileServer)
        let new = try fixture.publish(TextDisk().moved(byBlocks: 5))
        #expect(new.bases.isSuperset(of: [first.sha256, third.sha256]))
        try #require(try fixture.sync(fixture.host.fileServer, "--dry-run")["disk"]?.base == "disk-\(first.version)")
        try damage(first)
        let synced = try fixture.sync(fixture.host.fileServer)
        #expect(synced.way == "delta")
        try fixture.expectCached(new)
    }

    @Test("what frames are copied from", arguments: ["full", "changed"])
    func sourceOfFrames(_ verification: String) throws {
        let new = try fixture.publish(TextDisk().changed(2, seed: 2), as: "disk", "--deltas", "0")
        try damage(first)
        let result = try fixture.run([fixture.host.fileServer], ["--verify", verification])
        try #require(result.status == 0, "\(result.stderr)")
        #expect(
            result.stderr.contains(
                "\(fixture.host.path(first.path)): is not what it was when it was verified; nothing is taken from it"),
            "\(result.stderr)")
        try fixture.expectCached(new)
    }

    @Test("the one under the name: it is set aside, and not taken for a base", arguments: ["full", "changed"])
    func underTheName(_ verification: String) throws {
        let new = try fixture.publish(TextDisk(2...6, seed: 5).changed(4, seed: 2))
        try damage(second)
        let changed = try fixture.host.digest()
        let result = try fixture.run([fixture.host.fileServer], ["--verify", verification])
        try #require(result.status == 0, "\(result.stderr)")
        try fixture.expectCached(new)
        #expect(try fixture.host.digest("archive/disk-\(changed.prefix(32))") == changed)
    }

    @Test("one that was cut short is no base")
    func cutShort() throws {
        let new = try fixture.publish(TextDisk().changed(2, seed: 2))
        let path = fixture.host.path(first.path)
        chmod(path, 0o644)
        try mustRun("truncate", ["-s", "5000000", path])
        let synced = try fixture.sync(fixture.host.fileServer)
        #expect(synced["disk"]?.outcome == "updated")
        try fixture.expectCached(new)
    }

    @Test("one that is gone is no base")
    func gone() throws {
        let new = try fixture.publish(TextDisk().changed(2, seed: 2))
        try FileManager.default.removeItem(atPath: fixture.host.path(first.path))
        #expect(try fixture.sync(fixture.host.fileServer).way == "frames")
        try fixture.expectCached(new)
    }

    @Test("for an image that the host does not have yet")
    func newImage() throws {
        let cousin = try fixture.publish(TextDisk().changed(3, seed: 4), as: "cousin")
        try damage(first)
        let result = try fixture.run([fixture.host.fileServer])
        try #require(result.status == 0, "\(result.stderr)")
        try fixture.expectCached(cousin)
    }
}
