import Foundation
import GlareTestSupport
import Testing

/// Images that would harm the host that opens them.
@Suite("Images that no host should open", .enabled(if: Machine.has("qemu-img")))
struct UnsafeImageTests {
    private let host: SyncFixture
    /// A qcow2 with a backing file.
    private let overlay: String

    init() throws {
        host = try SyncFixture()
        let base = host.scratch.path("images/base")
        overlay = host.scratch.path("images/disk")
        try FileManager.default.createDirectory(
            atPath: host.scratch.path("images"), withIntermediateDirectories: true)
        try mustRun("qemu-img", ["create", "-q", "-f", "raw", base, "8M"])
        try mustRun("qemu-img", ["create", "-q", "-f", "qcow2", "-F", "raw", "-b", base, overlay])
    }

    private func add(_ image: String, _ options: String...) throws -> RunResult {
        try host.publisher.glare(["add-image", "-i", image, "-m", "m", "-d", host.repository] + options)
    }

    @Test func areRefusedByThePublisher() throws {
        let result = try add(overlay)
        #expect(result.status == 2 && result.stderr.contains("has a backing file"), "\(result.stderr)")
        #expect(try host.publisher.archived() == [])
    }

    @Test func mayBePublishedAndAreRefusedByHosts() throws {
        let result = try add(overlay, "--allow-unsafe")
        #expect(result.status == 0, "\(result.stderr)")
        let server = try host.repositoryServer
        let refused = try host.sync(server.address)
        #expect(refused.status == 65 && refused.stderr.contains("ALLOW_UNSAFE=yes"), "\(refused.stderr)")
        #expect(!host.exists("disk"))
        #expect(!server.requests.contains { $0.path.hasPrefix("/archive/") }, "not a byte of it")
        try host.mustSync(server.address, "--allow-unsafe", "yes")
        #expect(try host.digest() == sha256(overlay))
    }

    /// As from a publisher who was taken over, or whose Glare is older: the host looks for itself.
    @Test(arguments: [true, false]) func areRefusedByHostsWhateverTheRecordSays(byFrames: Bool) throws {
        let host = try SyncFixture(offersTransfer: byFrames)
        let publish = ["add-image", "-i", overlay, "-m", "m", "-d", host.repository, "--allow-unsafe"]
        try #require(try host.publisher.glare(publish).status == 0)
        // The same catalogue, with the word taken out of the record.
        let state = host.publisher.path(".glare/state.json")
        let text = try String(contentsOfFile: state, encoding: .utf8)
        let silent = text.replacing(/,\s*"isUnsafe" : true/, with: "").replacing(/"isUnsafe" : true,\s*/, with: "")
        try #require(silent != text)
        try silent.write(toFile: state, atomically: false, encoding: .utf8)
        try #require(try host.publisher.rebuild().status == 0)
        if !byFrames { try host.publisher.offerWholeFilesAlone() }
        let result = try host.sync(host.fileServer)
        #expect(result.status == 65 && result.stderr.contains("has a backing file"), "\(result.stderr)")
        #expect(!host.exists("disk"))
        #expect(try host.archived() == [])
    }

    @Test func aNameMustNotContradictAndFormatSaysSo() throws {
        let image = try host.publisher.image("disk.qcow2", seed: 1)
        let refused = try add(image)
        #expect(refused.status == 2 && refused.stderr.contains("which its name contradicts"), "\(refused.stderr)")
        #expect(try add(image, "--format", "raw").status == 0)
        #expect(try add(image, "--format", "nonsense").status == 64)
        try host.mustSync(host.fileServer)
    }

    @Test func unknownContentIsRawWhereItIsSaid() throws {
        let file = try host.scratch.file("images/data", String(repeating: "no disk ", count: 1000))
        #expect(try add(file).status == 2)
        #expect(try add(file, "--format", "raw").status == 0)
        try host.mustSync(host.fileServer)
        #expect(try host.digest("data") == sha256(file))
    }

    @Test func aDiskLargerThanAllowedIsRefusedOnBothSides() throws {
        let image = host.scratch.path("images/large")
        try mustRun("qemu-img", ["create", "-q", "-f", "qcow2", image, "2T"])
        #expect(try add(image, "--largest-disk", "1T").status == 2)
        #expect(try add(image).status == 0)
        let result = try host.sync(host.fileServer, "--largest-disk", "1T")
        #expect(result.status == 65 && result.stderr.contains("LARGEST_DISK"), "\(result.stderr)")
        try host.mustSync(host.fileServer)
    }

    @Test func whatTheArchiveHasIsInspectedToo() throws {
        let small = try host.publish(seed: 1)
        let image = host.scratch.path("large")
        try mustRun("qemu-img", ["create", "-q", "-f", "qcow2", image, "2T"])
        try host.publisher.letTimePass()
        try #require(try add(image, "--name", "disk").status == 0)
        try host.mustSync(host.fileServer)
        try host.publisher.letTimePass()
        let back = host.publisher.path(small.path)
        try #require(try add(back, "--name", "disk").status == 0)
        try host.mustSync(host.fileServer)
        try host.publisher.letTimePass()
        try #require(try add(image, "--name", "disk").status == 0)
        let result = try host.sync(host.fileServer, "--largest-disk", "1T")
        #expect(result.status == 65 && result.stderr.contains("LARGEST_DISK"), "\(result.stderr)")
        #expect(try host.digest() == small.sha256)
    }

    /// Whoever answers 404 to the catalogue's name must not get around it.
    @Test(arguments: [true, false]) func aRepositoryByNameIsInspectedToo(withChangelog: Bool) throws {
        let original = try host.scratch.directory("original")
        try mustRun("cp", [overlay, original + "/disk"])
        try "disk\n".write(toFile: original + "/images.txt", atomically: false, encoding: .utf8)
        if withChangelog {
            let md5 = try mustRun("md5sum", [overlay]).prefix(32)
            try "# [\(md5)] - Tue Nov 24 10:00:00 UTC 2026\n## x\n".write(
                toFile: original + "/disk.md", atomically: false, encoding: .utf8)
        }
        let server = try ScriptedServer(serving: original)
        let result = try host.sync(server.address, "--retries", "0")
        #expect(result.status == 65 && result.stderr.contains("has a backing file"), "\(result.stderr)")
        #expect(!host.exists("disk"))
        #expect(try host.names(in: ".glare/partial") == [])
    }

    @Test func whatWasSaidOfAnImageOutlastsATouch() throws {
        try #require(try add(overlay, "--allow-unsafe").status == 0)
        let version = try #require(try host.publisher.archived().first)
        try mustRun("touch", [host.publisher.path("archive/" + version)])
        try #require(try host.publisher.rebuild().status == 0)
        #expect(try host.sync(host.fileServer).status == 65)
    }

    @Test func halfAnImageIsRefused() throws {
        let raw = try host.publisher.image("whole", seed: 1)
        let image = host.scratch.path("images/half")
        try mustRun("qemu-img", ["convert", "-f", "raw", "-O", "qcow2", raw, image])
        let size = try PublisherFixture.Facts(image).size
        truncate(image, off_t(size / 2))
        let result = try add(image)
        #expect(result.status == 2 && result.stderr.contains("probably cut off"), "\(result.stderr)")
    }

    @Test func aSocketOrADeviceIsNoImage() throws {
        let link = host.scratch.path("images/link")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "/dev/zero")
        #expect(try add(link).status == 1)
        let good = try host.publisher.image("good", seed: 1)
        try FileManager.default.removeItem(atPath: link)
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: good)
        #expect(try add(link).status == 0)
    }
}
