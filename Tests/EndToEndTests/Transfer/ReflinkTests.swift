import Foundation
import GlareTestSupport
import Testing

@Suite(
    "on a filesystem with reflinks an update writes only what is new",
    .enabled(if: Machine.canBeOthers && Machine.has("mkfs.xfs") && Machine.has("filefrag")))
struct ReflinkTests {
    let disk: XFSDisk
    let fixture: TransferFixture

    init() throws {
        disk = try XFSDisk()
        fixture = try TransferFixture(target: disk.directory + "/cache")
    }

    /// An update that changes one MiB of fifteen; answers by how much less is free then.
    private func update(_ options: [String], publishing: String...) throws -> Int {
        let old = try fixture.publish(TextDisk(1...15))
        try fixture.sync(fixture.host.fileServer)
        let before = try disk.used()
        let new = try fixture.publish(file: fixture.write(TextDisk(1...15).changed(4, seed: 2)), publishing)
        try fixture.sync([fixture.host.fileServer], options)
        try fixture.expectCached(new)
        #expect(try fixture.host.digest(old.path) == old.sha256)
        return try disk.used() - before
    }

    private func expectShared() throws {
        let extents = try mustRun("filefrag", ["-v", fixture.host.path("disk")])
        #expect(extents.contains("shared"), "\(extents)")
    }

    @Test("by delta", arguments: ["full", "changed"])
    func delta(_ verification: String) throws {
        let grown = try update(["--verify", verification])
        #expect(grown < 3 << 20, "\(grown) bytes more are used")
        try expectShared()
    }

    @Test("by frames", arguments: ["full", "changed"])
    func frames(_ verification: String) throws {
        let grown = try update(["--verify", verification], publishing: "--deltas", "0")
        #expect(grown < 3 << 20, "\(grown) bytes more are used")
        try expectShared()
    }

    @Test("holes that come to be where data was free their share, and data where holes were is right")
    func holes() throws {
        try fixture.publish(TextDisk(1...15))
        try fixture.sync(fixture.host.fileServer)
        let new = try fixture.publish(TextDisk(4...9).changed(1, seed: 2))
        try fixture.sync(fixture.host.fileServer)
        try fixture.expectCached(new)
        let (ours, theirs) = (try fixture.host.facts("disk").allocated, try fixture.publisher.facts(new.path).allocated)
        #expect(abs(ours - theirs) <= theirs / 100 + 65_536, "\(ours) bytes, the publisher has \(theirs)")
    }

    @Test("blocks that moved are right too")
    func moved() throws {
        try fixture.publish(TextDisk(1...15))
        try fixture.sync(fixture.host.fileServer)
        let new = try fixture.publish(TextDisk(1...14).moved(byBlocks: 5))
        #expect(try fixture.sync(fixture.host.fileServer).way == "delta")
        try fixture.expectCached(new)
    }
}

/// A filesystem of its own in a file, mounted while the object lives. Only root can mount.
final class XFSDisk: Sendable {
    private let scratch: Scratch
    let directory: String

    init() throws {
        scratch = try Scratch()
        directory = try scratch.directory("mounted")
        let image = scratch.path("disk")
        // The least that it makes, and a file without data yet.
        try mustRun("truncate", ["-s", "320M", image])
        try mustRun("mkfs.xfs", ["-q", "-m", "reflink=1", image])
        try mustRun("mount", ["-o", "loop", image, directory])
    }

    deinit { _ = try? mustRun("umount", ["--lazy", directory]) }

    /// Bytes in use, when all is on disk.
    func used() throws -> Int {
        try mustRun("sync", ["-f", directory])
        let fields = try mustRun("df", ["-B1", "--output=used", directory]).split(whereSeparator: \.isWhitespace)
        return try #require(fields.last.flatMap { Int($0) })
    }
}
