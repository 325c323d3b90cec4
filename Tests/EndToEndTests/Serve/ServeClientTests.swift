import Foundation
import GlareTestSupport
import Testing

/// The programs that people fetch images with, against `glare serve`: the right bytes come.
@Suite struct ServeClientTests {
    private let fixture: PublisherFixture
    private let version: PublisherFixture.Version
    private let server: ServeFixture

    init() throws {
        fixture = try PublisherFixture()
        let image = try DiskImages.raw(
            at: fixture.scratch.path("images/disk.raw"), seed: 1, size: 24 << 20, data: 20 << 20)
        let result = try fixture.add(image, options: ["--name", "disk"])
        try #require(result.status == 0, "\(result.stderr)")
        version = PublisherFixture.Version(name: "disk", sha256: try sha256(image))
        server = try ServeFixture(fixture.repository)
    }

    private func place(_ name: String) -> String { fixture.scratch.path(name) }

    @Test(.enabled(if: Machine.has("curl")))
    func curlGoesOnWithAPart() throws {
        let part = place("part")
        let half = try Data(contentsOf: URL(fileURLWithPath: fixture.path("disk"))).prefix(9_999_999)
        try half.write(to: URL(fileURLWithPath: part))
        try mustRun("curl", ["-sS", "--fail", "--continue-at", "-", "-o", part, server.address + "/disk"])
        #expect(try sha256(part) == version.sha256)
        #expect(server.process.stdout.contains("\" 206 \((24 << 20) - 9_999_999) "))
    }

    @Test(.enabled(if: Machine.has("wget")))
    func wgetGoesOnWithAPart() throws {
        let part = place("disk")
        let half = try Data(contentsOf: URL(fileURLWithPath: fixture.path("disk"))).prefix(1_234_567)
        try half.write(to: URL(fileURLWithPath: part))
        try mustRun("wget", ["-q", "-c", "-O", part, server.address + "/disk"])
        #expect(try sha256(part) == version.sha256)
        // By time, as the original's hosts do: nothing is fetched twice.
        let cache = try fixture.scratch.directory("wget")
        for _ in 1...2 { try mustRun("wget", ["-q", "-N", "-P", cache, server.address + "/disk"]) }
        #expect(try sha256(cache + "/disk") == version.sha256)
    }

    @Test(.enabled(if: Machine.has("aria2c")))
    func aria2TakesEightPartsAtATime() throws {
        let directory = try fixture.scratch.directory("aria2")
        try mustRun(
            "aria2c", ["-q", "-x", "8", "-s", "8", "-k", "1M", "-d", directory, "-o", "disk", server.address + "/disk"])
        #expect(try sha256(directory + "/disk") == version.sha256)
        let answers = server.process.stdout.split(separator: "\n").filter { $0.contains("\" 206 ") }
        #expect(answers.count >= 4, "\(server.process.stdout)")
    }

    @Test(.enabled(if: Machine.has("zsync") && Machine.has("zsyncmake")))
    func zsyncTakesWhatIsNew() throws {
        let control = fixture.path("disk.zsync")
        try mustRun("zsyncmake", ["-u", server.address + "/disk", "-o", control, fixture.path("disk")])
        var old = try Data(contentsOf: URL(fileURLWithPath: fixture.path("disk")))
        // Runs far from each other, so that several ranges are asked for at once.
        for number in 0..<6 {
            let start = (2 + 3 * number) << 20
            old.replaceSubrange(start..<start + 100_000, with: Data(count: 100_000))
        }
        let (seed, result) = (place("old"), place("new"))
        try old.write(to: URL(fileURLWithPath: seed))
        // It works in the current directory, and renames from there.
        try mustRun(
            "zsync", ["-q", "-i", seed, "-o", result, server.address + "/disk.zsync"],
            directory: fixture.scratch.url.path)
        #expect(try sha256(result) == version.sha256)
        let sent = server.process.stdout.split(separator: "\n").filter { $0.contains("GET /disk HTTP") }
            .compactMap { Int64($0.split(separator: "\" ")[1].split(separator: " ")[1]) }.reduce(0, +)
        #expect(sent > 400_000 && sent < 4_000_000, "\(server.process.stdout)")
    }

    @Test(.enabled(if: Machine.has("qemu-img") && Self.readsHTTP))
    func qemuReadsOverHTTP() throws {
        let result = place("converted.raw")
        try mustRun("qemu-img", ["convert", "-O", "raw", server.address + "/disk", result])
        #expect(try sha256(result) == version.sha256)
    }

    /// Debian has it in a package of its own.
    private static var readsHTTP: Bool {
        Machine.isCI || !((try? run("qemu-img", ["info", "http://127.0.0.1:9/"]))?.stderr.contains("module") ?? true)
    }

    @Test(.enabled(if: Machine.isRoot && FileManager.default.isExecutableFile(atPath: Self.systemdPull)))
    func systemdPullsAndVerifies() throws {
        let root = try fixture.scratch.directory("machines")
        let result = try run(
            Self.systemdPull,
            [
                "raw", "--verify=checksum", "--image-root=" + root, "--settings=no", "--roothash=no",
                "--roothash-signature=no", "--verity=no", server.address + "/archive/" + version.fileName, "pulled",
            ])
        #expect(result.status == 0, "\(result.stderr)")
        #expect((result.stdout + result.stderr).contains("is valid"))
        #expect(try sha256(root + "/pulled.raw") == version.sha256)
    }

    private static let systemdPull = "/usr/lib/systemd/systemd-pull"
}
