import Foundation
import GlareTestSupport
import Testing

/// `diff`: how far two versions are apart.
@Suite struct DiffTests {
    let fixture: PublisherFixture
    init() throws { fixture = try PublisherFixture() }

    private struct Report: Decodable {
        struct Side: Decodable {
            let name, version: String
            let blocks, ownBlocks, ownSize: Int
        }
        struct Filesystem: Decodable {
            let partition: Int?
            let added, removed, changed: [String]
        }
        let from, to: Side
        let deltaSize, framesSize: Int?
        let filesystems: [Filesystem]
        let filesNotCompared: String?
    }

    private func diff(_ references: String...) throws -> Report {
        let result = try fixture.glare(["diff", "-d", fixture.repository, "--json"] + references)
        try #require(result.status == 0, "\(result.stderr)")
        return try fixture.decode(result.stdout, snakeCase: true)
    }

    @Test func itTellsWhatIsNewAndWhatTheUpdateCosts() throws {
        let transfer = try TransferFixture()
        let old = try transfer.publish(TextDisk())
        let new = try transfer.publish(TextDisk().changed(2, 3, seed: 5))
        let told = try transfer.publisher.mustGlare(Report.self, "diff", "disk@-1")
        #expect(told.from.version == old.version && told.to.version == new.version)
        // Half a MiB of each of two.
        #expect(told.to.ownBlocks == 256 && told.from.ownBlocks == 256 && told.to.ownSize == 1 << 20)
        #expect(told.deltaSize == new.deltas.first?.size)
        let frames = try #require(told.framesSize)
        #expect(frames > told.deltaSize ?? .max && frames < new.framesSize)
        let back = try transfer.publisher.mustGlare(Report.self, "diff", "disk", "disk@-1")
        #expect(back.deltaSize == nil && back.to.version == old.version)
        #expect(back.filesystems.isEmpty && back.filesNotCompared?.contains("no ext4") == true)
        let people = try transfer.publisher.mustCommand("diff", "disk@-1").stdout
        #expect(people.contains("1.0 MiB of it new (256 blocks)") && people.contains(" by delta, "))
    }

    @Test func aVersionDoesNotDifferFromItself() throws {
        try fixture.publish(seed: 1)
        let told = try diff("disk", "disk")
        #expect(told.from.ownBlocks == 0 && told.to.ownBlocks == 0 && told.framesSize == 0)
        #expect(try fixture.command("diff", "dsik").stderr.contains("did you mean disk?"))
    }

    private func publish(_ tree: String, inPartition: Bool) throws {
        let image = fixture.scratch.path("images/disk")
        try Ext4Disk.make(of: tree, at: image, inPartition: inPartition)
        try fixture.letTimePass()
        let result = try fixture.add(image)
        try #require(result.status == 0, "\(result.stderr)")
    }

    @Test(.enabled(if: Ext4Disk.canBeMade), arguments: [false, true])
    func itTellsWhichFilesCameWentAndChanged(inPartition: Bool) throws {
        let tree = try fixture.scratch.directory("tree")
        let shell = { (script: String) in try mustRun("sh", ["-ec", script], directory: tree) }
        _ = try shell(
            """
            mkdir -p etc 'deep/er/dir with blanks'; ln -s one etc/link
            echo old > etc/same-size; echo gone > etc/gone; echo stays > etc/stays; echo mode > etc/mode
            head -c 3000000 /dev/urandom > deep/er/large; head -c 100000 /dev/zero > 'deep/er/dir with blanks/file'
            """)
        try publish(tree, inPartition: inPartition)
        _ = try shell(
            """
            rm etc/gone; echo new > etc/same-size; echo came > etc/came; chmod 700 etc/mode; ln -sfn two etc/link
            printf x | dd of=deep/er/large bs=1 seek=2500000 conv=notrunc status=none
            """)
        try publish(tree, inPartition: inPartition)
        let told = try diff("disk@-1")
        #expect(told.filesNotCompared == nil)
        let files = try #require(told.filesystems.first)
        #expect(files.partition == (inPartition ? 1 : nil) && told.filesystems.count == 1)
        #expect(files.added == ["/etc/came"] && files.removed == ["/etc/gone"])
        #expect(files.changed == ["/deep/er/large", "/etc/link", "/etc/mode", "/etc/same-size"])
    }
}
