import Foundation
import GlareTestSupport
import Testing

/// What is taken from an older version unread, and what is only taken for verified.
@Suite("files in the cache that nobody has verified")
struct UntrustedFileTests {
    let fixture: TransferFixture
    let first: TransferFixture.Published

    init() throws {
        fixture = try TransferFixture()
        first = try fixture.publish(TextDisk())
        try fixture.sync(fixture.host.fileServer)
    }

    /// The links of an update renew the stamps of what they touch, and must not renew this one's.
    @Test("a version that was changed with its time put back is fetched again, not shown from the archive")
    func rollback() throws {
        try fixture.publish(TextDisk().changed(2, seed: 2))
        try fixture.sync(fixture.host.fileServer)
        let path = fixture.host.path(first.path)
        var status = stat()
        try #require(stat(path, &status) == 0)
        try fixture.flipBits(path, at: (3 << 20) + 8192)
        try #require(utimensat(AT_FDCWD, path, [status.st_atim, status.st_mtim], 0) == 0)
        try fixture.publish(TextDisk().changed(2, seed: 3))
        try fixture.sync(fixture.host.fileServer)

        let again = try fixture.publish(TextDisk())
        #expect(again.version == first.version)
        let result = try fixture.run([fixture.host.fileServer])
        #expect(result.status == 0 && result.stderr.contains(first.path), "\(result.stderr)")
        #expect(try fixture.host.digest() == first.sha256)
    }

    @Test("a manifest that lies of an older version convinces nobody, with VERIFY=changed either")
    func lyingManifest() throws {
        let second = try fixture.publish(TextDisk().changed(2, seed: 2))
        // The new version's manifest in the place of the old one's: as if all frames were here.
        let manifest = fixture.host.path(".glare/manifests/\(first.sha256)")
        let true1 = try Data(contentsOf: URL(fileURLWithPath: manifest))
        var lie = try Data(
            contentsOf: URL(fileURLWithPath: fixture.publisher.path(fixture.file("manifest", of: second))))
        lie.replaceSubrange(32..<64, with: true1[32..<64])
        try FileManager.default.removeItem(atPath: manifest)
        try lie.write(to: URL(fileURLWithPath: manifest))
        try fixture.sync(fixture.host.fileServer, "--verify", "changed")
        try fixture.expectCached(second)
    }

    @Test("two names of one content are fetched once")
    func twins() throws {
        let other = try SyncFixture(offersTransfer: true)
        let file = try TextDisk().write(to: other.scratch.path("images/a"))
        for name in ["a", "b"] {
            try #require(try other.publisher.add(file, options: ["--name", name]).status == 0)
        }
        let result = try other.mustSync(other.fileServer, "--json")
        struct Report: Decodable { let fetched: Int }
        let fetched = try JSONDecoder().decode(Report.self, from: Data(result.stdout.utf8)).fetched
        #expect(fetched < first.framesSize * 11 / 10)
        #expect(try other.digest("a") == first.sha256 && other.digest("b") == first.sha256)
    }
}
