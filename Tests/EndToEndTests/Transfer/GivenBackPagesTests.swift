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
        var old = try fixture.publish(disk(1))
        try fixture.sync(fixture.host.fileServer)
        var lost: [String] = []
        // The system may take others' pages back of its own accord, but hardly each time.
        for seed in UInt64(2)...4 {
            let running = try Reader(of: fixture.host.path(old.path))
            let new = try fixture.publish(file: fixture.write(disk(seed)), way == "frames" ? ["--deltas", "0"] : [])
            #expect(try fixture.sync([fixture.host.fileServer], ["--verify", "full"]).way == way)
            // The system may have read ahead into a stretch of 1 MiB, which then counts as another's.
            let after = try resident(running.path)
            #expect(after <= running.brought + 2 << 20, "\(running.brought), then \(after)")
            // Of the new file what was written may be there, but not what was read to verify the rest of its clone.
            let left = try resident(fixture.host.path(new.path))
            #expect(left < 4 << 20, "\(left)")
            try fixture.expectCached(new)
            if after >= running.brought { return }
            lost.append("\(running.brought), then \(after)")
            old = new
        }
        Issue.record("others' pages are gone: \(lost)")
    }

    /// 24 MiB of text, of which half a MiB differs.
    private func disk(_ seed: UInt64) -> TextDisk {
        var disk = TextDisk(1...24)
        disk.size = 32 << 20
        return seed == 1 ? disk : disk.changed(4, seed: seed)
    }
}

/// A VM's program, which reads the beginning of the version that it was made from.
private final class Reader {
    let path: String
    /// Bytes that are in memory since then.
    let brought: Int
    private let file: FileHandle

    init(of path: String) throws {
        self.path = path
        // Drops the file's pages, which are all on disk.
        try mustRun("sync", ["-f", path])
        try mustRun("dd", ["of=\(path)", "oflag=nocache", "conv=notrunc,fdatasync", "count=0", "status=none"])
        try #require(try resident(path) == 0)
        file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        _ = try file.read(upToCount: 1 << 20)
        brought = try resident(path)
        try #require(brought > 0 && brought < 8 << 20, "\(brought)")
    }

    deinit { try? file.close() }
}

/// Bytes of a file that are in memory.
private func resident(_ path: String) throws -> Int {
    let text = try mustRun("fincore", ["--bytes", "--noheadings", "--output", "RES", path])
    return try #require(Int(text.filter { !$0.isWhitespace }))
}
