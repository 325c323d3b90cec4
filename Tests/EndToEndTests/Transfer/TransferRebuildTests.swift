import Foundation
import GlareTestSupport
import Testing

@Suite("rebuild-index makes anew what transfer/ lacks")
struct TransferRebuildTests {
    let fixture: TransferFixture
    let old, new: TransferFixture.Published

    init() throws {
        fixture = try TransferFixture()
        old = try fixture.publish(TextDisk())
        new = try fixture.publish(TextDisk().changed(2, seed: 2))
    }

    private func rebuild() throws -> RunResult {
        let result = try fixture.publisher.rebuild()
        try #require(result.status == 0, "\(result.stderr)")
        return result
    }

    /// Names and contents of what hosts fetch.
    private func transfer() throws -> [String: String] {
        let names = try fixture.publisher.names(in: "transfer")
        return try Dictionary(
            uniqueKeysWithValues: names.map { ($0, try sha256(fixture.publisher.path("transfer/\($0)"))) })
    }

    private func expectWhole() throws {
        try fixture.sync(fixture.host.fileServer)
        try fixture.expectCached(new)
        #expect(try fixture.publisher.listed() == [new.version, old.version])
    }

    @Test("a file that was deleted", arguments: ["manifest", "zst", "delta"])
    func deleted(_ kind: String) throws {
        let before = try transfer()
        let file = try fixture.file(kind, of: new)
        try FileManager.default.removeItem(atPath: fixture.publisher.path(file))
        _ = try rebuild()
        #expect(try transfer() == before)
        #expect(try fixture.publisher.facts(file).mode == 0o444)
        try expectWhole()
    }

    @Test("a file that was damaged, which is told", arguments: ["manifest", "zst", "delta"])
    func damaged(_ kind: String) throws {
        let before = try transfer()
        let file = try fixture.file(kind, of: new)
        try fixture.flipBits(fixture.publisher.path(file))
        let result = try rebuild()
        #expect(result.stderr.contains(file), "\(result.stderr)")
        #expect(try transfer() == before)
        try expectWhole()
    }

    @Test("a file that was cut short")
    func cut() throws {
        let kind = "delta"
        let before = try transfer()
        let file = try fixture.file(kind, of: new)
        try mustRun("truncate", ["-s", "100", fixture.publisher.path(file)])
        _ = try rebuild()
        #expect(try transfer() == before)
        try expectWhole()
    }

    @Test("all of it")
    func all() throws {
        let before = try transfer()
        try FileManager.default.removeItem(atPath: fixture.publisher.path("transfer"))
        _ = try rebuild()
        #expect(try transfer() == before)
        try expectWhole()
    }

    @Test("the frames of versions that are not current are made anew too")
    func retained() throws {
        let before = try transfer()
        for kind in ["zst", "manifest"] {
            try FileManager.default.removeItem(atPath: fixture.publisher.path(fixture.file(kind, of: old)))
        }
        _ = try rebuild()
        #expect(try transfer() == before)
    }

    /// They are needed for the next delta, and not before.
    @Test("a block table that is gone, or damaged, is made anew for the next delta", arguments: [true, false])
    func blockTables(_ isGone: Bool) throws {
        for digest in [old.sha256, new.sha256] {
            let table = fixture.publisher.path(".glare/blocks/\(digest)")
            if isGone {
                try FileManager.default.removeItem(atPath: table)
            } else {
                try mustRun("truncate", ["-s", "100", table])
            }
        }
        let third = try fixture.publish(TextDisk().changed(2, seed: 3))
        #expect(third.bases == [old.sha256, new.sha256])
        let tables = try fixture.publisher.names(in: ".glare/blocks")
        #expect(tables == [old, new, third].map(\.sha256).sorted())
        #expect(try tables.allSatisfy { try fixture.size(".glare/blocks/\($0)") > 1000 })
    }

    @Test("a second run changes no byte")
    func twice() throws {
        _ = try rebuild()
        let before = try fixture.publisher.snapshot()
        _ = try rebuild()
        #expect(try fixture.publisher.snapshot() == before)
    }

    @Test("files that are none of ours stay where they are")
    func foreign() throws {
        let notes = fixture.publisher.path("transfer/notes.txt")
        try "mine".write(toFile: notes, atomically: false, encoding: .utf8)
        _ = try fixture.publisher.rebuild(environment: ["GLARE_GRACE": "0"])
        #expect(try String(contentsOfFile: notes, encoding: .utf8) == "mine")
    }

    @Test("a repository that the original made gets frames and deltas under its own ids")
    func adopted() throws {
        let fixture = try TransferFixture()
        let disks = [TextDisk(), TextDisk().changed(2, seed: 2)]
        for (index, disk) in disks.enumerated() {
            _ = try fixture.publisher.adoptAsTheOriginal(fixture.write(disk), age: 3000 - index * 1000)
        }
        try #require(fixture.publisher.rebuild().status == 0)
        let ids = try fixture.publisher.listed()
        let current = try md5(fixture.publisher.path("disk"))
        #expect(ids.first == current && ids.count == 2)
        #expect(try fixture.files("zst").count == 2)
        #expect(try fixture.files("manifest").count == 2)
        #expect(try fixture.files("delta").map { $0.prefix(45 - 8 + 9) } == ["transfer/disk-\(current)"])
        let synced = try fixture.sync(fixture.host.fileServer)
        #expect(synced.way == "frames")
        #expect(try fixture.host.digest() == sha256(fixture.publisher.path("disk")))
    }
}

extension PublisherFixture {
    /// As the original's `add-image` leaves it, for a file of any content; answers the version's id.
    fileprivate func adoptAsTheOriginal(_ file: String, age: Int) throws -> String {
        let script = """
            set -e
            id=$(md5sum "$1" | cut -c 1-32)
            mkdir -p "$2/archive"
            cp --sparse=always "$1" "$2/archive/disk-$id"
            touch -d "@$3" "$2/archive/disk-$id"
            ln -sfn "$2/archive/disk-$id" "$2/disk"
            echo disk >"$2/images.txt"
            printf %s "$id"
            """
        let time = Int(Date().timeIntervalSince1970) - age
        return try mustRun("sh", ["-c", script, "sh", file, repository, String(time)])
    }
}
