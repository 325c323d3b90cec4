import Foundation
import GlareTestSupport
import Testing

/// Files in the cache that sync did not place: people point it at directories that are in use.
struct SyncForeignFileTests {
    /// A cache in which something stands under the image's name already: this file, or the image itself.
    private func cache(with file: String? = nil) throws -> (SyncFixture, SyncFixture.Version) {
        let host = try SyncFixture()
        let version = try host.publish(seed: 1)
        _ = try host.scratch.directory("cache")
        try mustRun("cp", ["--sparse=always", file ?? host.scratch.path("images/disk"), host.path("disk")])
        return (host, version)
    }

    private func unknownFile(_ scratch: Scratch, size: Int = 256 << 10) throws -> String {
        try DiskImages.raw(at: scratch.path("mine"), seed: 99, size: size, data: 64 << 10)
    }

    @Test(arguments: [256 << 10, 300 << 10])
    func isLeftAloneAndTold(_ size: Int) throws {
        let scratch = try Scratch()
        let mine = try unknownFile(scratch, size: size)
        let (host, _) = try cache(with: mine)
        let before = try host.facts("disk")
        for _ in 0..<2 {
            let result = try host.mustSync(host.fileServer)
            #expect(result.stderr.contains("glare: disk: left alone: sync did not place it"))
            #expect(result.stderr.contains("--adopt replaces it"))
        }
        #expect(try host.facts("disk") == before)
        #expect(try host.archived() == [])
    }

    @Test func theOtherImagesAreSynced() throws {
        let scratch = try Scratch()
        let (host, _) = try cache(with: unknownFile(scratch))
        let other = try host.publish("other", seed: 5)
        try host.mustSync(host.fileServer)
        #expect(try host.digest("other") == other.sha256)
    }

    @Test func adoptReplacesIt() throws {
        let scratch = try Scratch()
        let (host, version) = try cache(with: unknownFile(scratch))
        try host.mustSync(host.fileServer, "--adopt")
        #expect(try host.digest() == version.sha256)
        #expect(try !host.mustSync(host.fileServer).stderr.contains("left alone"))
    }

    @Test func theCurrentContentIsAdoptedAsItIs() throws {
        let (host, version) = try cache()
        let inode = try host.facts("disk").inode
        let server = try ScriptedServer(serving: host.repository)
        let result = try host.mustSync(server.address)
        #expect(result.stdout.contains("disk: adopted as version \(version.id)"))
        #expect(try host.facts("disk").inode == inode)
        #expect(try host.facts(version.path).inode == inode)
        #expect(try host.facts("disk").mode == 0o444)
        #expect(!server.requests.contains { $0.path.hasPrefix("/archive/") })
    }

    @Test func whatWasAdoptedIsNoNewsTheNextTime() throws {
        let (host, _) = try cache()
        try host.mustSync(host.fileServer)
        let result = try host.mustSync(host.fileServer)
        #expect(result.stdout.hasPrefix("1 image, 0 changed"))
    }

    @Test func anOlderVersionIsKeptAndReplaced() throws {
        let host = try SyncFixture()
        let old = try host.publish(seed: 1)
        _ = try host.scratch.directory("cache")
        try mustRun("cp", [host.repository + "/" + old.path, host.path("disk")])
        let inode = try host.facts("disk").inode
        let new = try host.publish(seed: 2)
        let result = try host.mustSync(host.fileServer)
        #expect(result.stdout.contains("disk: updated"))
        #expect(try host.digest() == new.sha256)
        #expect(try host.facts(old.path).inode == inode)
    }

    @Test func anOlderVersionOfTheOriginalsIsKeptAndReplaced() throws {
        let (host, original) = try hostOfTheOriginal()
        let (old, new) = try (host.publisher.image("old", seed: 1), host.publisher.image("new", seed: 2))
        try original.add(old, as: "disk")
        try original.add(new, as: "disk")
        _ = try host.scratch.directory("cache")
        try mustRun("cp", [old, host.path("disk")])
        try host.mustSync("file://" + original.directory)
        #expect(try host.digest() == sha256(new))
        #expect(try host.digest("archive/disk-\(md5(old))") == sha256(old))
    }

    @Test func aLinkIsLeftAlone() throws {
        let host = try SyncFixture()
        try host.publish(seed: 1)
        _ = try host.scratch.directory("cache")
        let elsewhere = try host.scratch.file("elsewhere", "precious")
        try mustRun("ln", ["-s", elsewhere, host.path("disk")])
        let result = try host.mustSync(host.fileServer)
        #expect(result.stderr.contains("disk: left alone: it is not a regular file"))
        #expect(try String(contentsOfFile: elsewhere, encoding: .utf8) == "precious")
    }

    @Test func adoptReplacesALinkAndNotWhatItNames() throws {
        let host = try SyncFixture()
        let version = try host.publish(seed: 1)
        _ = try host.scratch.directory("cache")
        let elsewhere = try host.scratch.file("elsewhere", "precious")
        try mustRun("ln", ["-s", elsewhere, host.path("disk")])
        try host.mustSync(host.fileServer, "--adopt")
        #expect(try host.digest() == version.sha256)
        #expect(try host.facts("disk").size == 256 << 10)
        #expect(try String(contentsOfFile: elsewhere, encoding: .utf8) == "precious")
    }

    @Test func aDirectoryIsLeftAloneWhateverIsSaid() throws {
        let host = try SyncFixture()
        try host.publish(seed: 1)
        let other = try host.publish("other", seed: 2)
        _ = try host.scratch.directory("cache/disk/inside")
        let result = try host.sync(host.fileServer, "--adopt")
        #expect(result.stderr.contains("disk: "))
        #expect(host.exists("disk/inside"))
        #expect(try host.digest("other") == other.sha256)
    }

    @Test func aPipeIsNotWaitedFor() throws {
        let host = try SyncFixture()
        try host.publish(seed: 1)
        _ = try host.scratch.directory("cache")
        try mustRun("mkfifo", [host.path("disk")])
        let result = try host.mustSync(host.fileServer)
        #expect(result.stderr.contains("left alone"))
    }

    @Test func filesBesideTheImagesAreNotTouched() throws {
        let scratch = try Scratch()
        let (host, _) = try cache(with: unknownFile(scratch))
        let names = ["vm1.qcow2", "archive/mine", "catalogue/notes.txt", ".hidden"]
        for directory in ["archive", "catalogue"] { _ = try host.scratch.directory("cache/" + directory) }
        for name in names { try name.write(toFile: host.path(name), atomically: false, encoding: .utf8) }
        let before = try names.map(host.facts)
        try host.mustSync(host.fileServer, "--adopt", "--delete", environment: ["GLARE_KEEP_UNUSED": "0"])
        #expect(try names.map(host.facts) == before)
    }
}
