import Foundation
import GlareTestSupport
import Testing

/// Caches on filesystems that refuse hard links, as FAT and some network filesystems do.
@Suite(.enabled(if: Machine.has("strace")))
struct SyncWithoutLinksTests {
    private func sync(_ host: SyncFixture, _ options: String..., error: String = "EPERM") throws -> RunResult {
        try run(
            "strace",
            ["-f", "-qq", "-o", "/dev/null", "-e", "trace=link,linkat", "-e", "inject=link,linkat:error=\(error)"]
                + [GlareBinary.path, "sync", "-t", host.target, "-s", host.fileServer] + options,
            environment: GlareBinary.environment())
    }

    private func mustSync(_ host: SyncFixture, error: String = "EPERM") throws {
        let result = try sync(host, error: error)
        try #require(result.status == 0, "\(result.stderr)")
    }

    @Test(arguments: ["EPERM", "EXDEV", "EMLINK", "EOPNOTSUPP", "ENOSYS"])
    func theCacheWorksAllTheSame(_ error: String) throws {
        let host = try SyncFixture()
        for seed: UInt64 in [1, 2, 1] {
            let version = try host.publish(seed: seed)
            try mustSync(host, error: error)
            #expect(try host.digest() == version.sha256)
            #expect(try host.digest(version.path) == version.sha256)
        }
    }

    @Test func aCopyLooksLikeALink() throws {
        let host = try SyncFixture()
        let version = try host.publish(seed: 1)
        try mustSync(host)
        let (shown, kept) = try (host.facts("disk"), host.facts(version.path))
        #expect(shown.inode != kept.inode)
        #expect(shown.mode == 0o444)
        #expect(shown.allocated < 128 << 10)
        #expect(shown.modified == kept.modified)
        #expect(try shown.modified == host.publisher.facts(version.path).modified)
    }

    @Test func anUnchangedImageKeepsItsFile() throws {
        let host = try SyncFixture()
        try host.publish(seed: 1)
        try mustSync(host)
        let before = try host.facts("disk")
        try mustSync(host)
        #expect(try host.facts("disk") == before)
    }

    @Test func aForeignFileIsAdopted() throws {
        let host = try SyncFixture()
        let version = try host.publish(seed: 1)
        _ = try host.scratch.directory("cache")
        try mustRun("cp", [host.scratch.path("images/disk"), host.path("disk")])
        let inode = try host.facts("disk").inode
        try mustSync(host)
        #expect(try host.facts("disk").inode == inode)
        #expect(try host.digest(version.path) == version.sha256)
    }

    @Test func aChangedImageIsSetAside() throws {
        let host = try SyncFixture()
        let version = try host.publish(seed: 1)
        try mustSync(host)
        try host.overwrite(host.path("disk"), at: 50_000, with: "a VM was started on it")
        let changed = try host.digest()
        try mustSync(host)
        #expect(try host.digest() == version.sha256)
        #expect(try host.digest("archive/disk-\(changed.prefix(32))") == changed)
    }

    @Test func nothingIsLeftOver() throws {
        let host = try SyncFixture()
        try host.publish(seed: 1)
        try mustSync(host)
        #expect(try host.names(in: ".glare/tmp") == [])
        #expect(try host.names(in: ".glare/partial") == [])
    }
}
