import Foundation
import GlareTestSupport
import Testing

@Suite(
    "what a sync reads to verify leaves the system's memory to others",
    .enabled(if: Machine.canBeOthers && Machine.has("mkfs.xfs") && Machine.has("fincore")))
struct GivenBackPagesTests {
    let mounted: XFSDisk
    let fixture: TransferFixture

    init() throws {
        mounted = try XFSDisk()
        fixture = try TransferFixture(target: mounted.directory + "/cache")
    }

    @Test("pages that it brought are given back, and those that others had there stay", arguments: ["delta", "frames"])
    func base(_ way: String) throws {
        let old = try fixture.publish(disk(1))
        try fixture.sync(fixture.host.fileServer)
        let base = fixture.host.path(old.path)
        // A VM's, which reads the beginning of the version that it was made from.
        try forget(base)
        let running = try FileHandle(forReadingFrom: URL(fileURLWithPath: base))
        defer { try? running.close() }
        _ = try running.read(upToCount: 1 << 20)
        let before = try resident(base)
        try #require(before >= 1 << 20 && before < 8 << 20, "\(before)")

        let new = try fixture.publish(file: fixture.write(disk(2)), way == "frames" ? ["--deltas", "0"] : [])
        #expect(try fixture.sync([fixture.host.fileServer], ["--verify", "full"]).way == way)
        // The system may have read ahead into a stretch of 1 MiB, which then counts as another's.
        let after = try resident(base)
        #expect(after >= before && after <= before + 2 << 20, "\(before), then \(after)")
        // Of the new file what was written may be there, but not what was read to verify the rest of its clone.
        let left = try resident(fixture.host.path(new.path))
        #expect(left < 4 << 20, "\(left)")
        try fixture.expectCached(new)
    }

    /// 24 MiB of text, of which half a MiB differs.
    private func disk(_ seed: UInt64) -> TextDisk {
        var disk = TextDisk(1...24)
        disk.size = 32 << 20
        return seed == 1 ? disk : disk.changed(4, seed: seed)
    }

    /// Drops a file's pages, which are all on disk.
    private func forget(_ path: String) throws {
        try mustRun("sync", ["-f", path])
        try mustRun("dd", ["of=\(path)", "oflag=nocache", "conv=notrunc,fdatasync", "count=0", "status=none"])
        try #require(try resident(path) == 0)
    }

    /// Bytes of a file that are in memory.
    private func resident(_ path: String) throws -> Int {
        let text = try mustRun("fincore", ["--bytes", "--noheadings", "--output", "RES", path])
        return try #require(Int(text.filter { !$0.isWhitespace }))
    }
}
