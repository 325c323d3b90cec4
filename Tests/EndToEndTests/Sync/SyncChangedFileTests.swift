import Foundation
import GlareTestSupport
import Testing

/// Files that sync placed, and that somebody did something to.
struct SyncChangedFileTests {
    private func synced(_ seed: UInt64 = 1) throws -> (SyncFixture, SyncFixture.Version) {
        let host = try SyncFixture()
        let version = try host.publish(seed: seed)
        try host.mustSync(host.fileServer)
        return (host, version)
    }

    @Test func aChangedImageIsSetAsideAndReplaced() throws {
        let (host, version) = try synced()
        try host.overwrite(host.path("disk"), at: 50_000, with: "a VM was started on it")
        let changed = try host.digest()
        let result = try host.mustSync(host.fileServer)
        let aside = "archive/disk-\(changed.prefix(32))"

        #expect(
            result.stderr.contains(
                "glare: disk: was changed since it was placed; the changed file is kept as \(host.path(aside))"))
        #expect(try host.digest() == version.sha256)
        #expect(try host.digest(version.path) == version.sha256)
        #expect(try host.digest(aside) == changed)
    }

    @Test func aChangedImageIsSetAsideOnAnUpdateToo() throws {
        let (host, _) = try synced()
        try host.overwrite(host.path("disk"), at: 50_000, with: "a VM was started on it")
        let changed = try host.digest()
        let second = try host.publish(seed: 2)
        try host.mustSync(host.fileServer)
        #expect(try host.digest() == second.sha256)
        #expect(try host.digest("archive/disk-\(changed.prefix(32))") == changed)
    }

    @Test func aGrownImageIsSetAside() throws {
        let (host, version) = try synced()
        try host.overwrite(host.path("disk"), at: 256 << 10, with: "grown")
        let changed = try host.digest()
        try host.mustSync(host.fileServer)
        #expect(try host.digest() == version.sha256)
        #expect(try host.digest("archive/disk-\(changed.prefix(32))") == changed)
    }

    @Test func aSecretChangeIsNoticed() throws {
        let (host, version) = try synced()
        let before = try host.facts("disk")
        try host.overwrite(host.path("disk"), at: 50_000, with: "with its time put back")
        try mustRun("touch", ["-d", "@\(before.modified)", host.path("disk")])
        try host.mustSync(host.fileServer)
        #expect(try host.digest() == version.sha256)
    }

    /// A download that fails must not cost the name: VMs are made from it meanwhile.
    @Test func theChangedImageStaysUntilTheGoodOneIsThere() throws {
        let (host, version) = try synced()
        try host.overwrite(host.path("disk"), at: 50_000, with: "a VM was started on it")
        let changed = try host.digest()
        try FileManager.default.removeItem(atPath: host.repository + "/" + version.path)
        #expect(try host.sync(host.fileServer).status == 69)
        #expect(try host.digest() == changed)
    }

    @Test(arguments: ["touch", "chmod"])
    func aTouchedImageIsVerifiedAndKept(_ how: String) throws {
        let (host, version) = try synced()
        let inode = try host.facts("disk").inode
        try mustRun(how, how == "touch" ? [host.path("disk")] : ["0640", host.path("disk")])
        let server = try ScriptedServer(serving: host.repository)
        let result = try host.mustSync(server.address)
        #expect(try host.facts("disk").inode == inode)
        #expect(try host.facts("disk").mode == 0o444)
        #expect(try host.digest() == version.sha256)
        #expect(!server.requests.contains { $0.path.hasPrefix("/archive/") })
        #expect(result.stdout.hasPrefix("1 image, 0 changed"))
    }

    @Test func aRemovedNameComesBackFromTheArchive() throws {
        let (host, version) = try synced()
        let inode = try host.facts("disk").inode
        try FileManager.default.removeItem(atPath: host.path("disk"))
        let result = try host.mustSync(host.fileServer)
        #expect(try host.digest() == version.sha256)
        #expect(try host.facts("disk").inode == inode)
        #expect(result.stdout.contains("from the archive"))
    }

    @Test func aRemovedVersionDoesNotMatterToTheName() throws {
        let (host, version) = try synced()
        try FileManager.default.removeItem(atPath: host.path(version.path))
        try host.mustSync(host.fileServer)
        #expect(try host.digest() == version.sha256)
        let second = try host.publish(seed: 2)
        try host.mustSync(host.fileServer)
        #expect(try host.digest() == second.sha256)
    }

    @Test func aChangedVersionInTheArchiveIsNotShownAgain() throws {
        let (host, first) = try synced()
        try host.publish(seed: 2)
        try host.mustSync(host.fileServer)
        try host.overwrite(host.path(first.path), at: 50_000, with: "changed in the archive")
        try host.publish(seed: 1)
        try host.mustSync(host.fileServer)
        #expect(try host.digest() == first.sha256)
    }

    @Test func anotherFileInItsPlaceIsNotLost() throws {
        let (host, _) = try synced()
        let mine = try host.publisher.image("mine", seed: 9)
        try mustRun("cp", [mine, host.path("new")])
        try mustRun("mv", ["-f", host.path("new"), host.path("disk")])
        let result = try host.mustSync(host.fileServer)
        #expect(result.stderr.contains("left alone"))
        #expect(try host.digest() == sha256(mine))
    }

    @Test func eachChangeIsSetAsideOnItsOwn() throws {
        let (host, version) = try synced()
        var changes: Set<String> = []
        for text in ["first", "second"] {
            try host.overwrite(host.path("disk"), at: 50_000, with: text)
            try changes.insert(host.digest())
            try host.mustSync(host.fileServer)
        }
        let kept = try Set(host.archived().map { try host.digest("archive/\($0)") })
        #expect(kept == changes.union([version.sha256]))
    }
}
