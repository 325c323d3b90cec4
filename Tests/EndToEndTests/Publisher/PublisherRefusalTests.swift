import Foundation
import GlareTestSupport
import Testing

/// Files that are no image, or not one that can be taken: told clearly, with nothing changed.
@Suite struct PublisherRefusalTests {
    let fixture: PublisherFixture
    init() throws { fixture = try PublisherFixture() }

    /// Publishes a good version first, and expects that it stays all there is.
    private func refused(_ path: String, options: [String] = []) throws -> RunResult {
        try #require(fixture.add(fixture.image("good", seed: 1), options: ["--name", "disk"]).status == 0)
        let before = try fixture.snapshot()
        let result = try fixture.add(path, options: options)
        #expect(try fixture.snapshot() == before)
        #expect(try fixture.leftovers() == [])
        #expect(result.stdout == "")
        return result
    }

    private func expectNotAFile(_ path: String) throws {
        let result = try refused(path, options: ["--name", "disk"])
        #expect(result.status == 1)
        #expect(result.stderr.contains("Sorry but image specified: \(path) is not a file\n"))
    }

    @Test func aMissingFile() throws {
        try expectNotAFile(fixture.scratch.path("images/missing"))
    }

    @Test func aDirectory() throws {
        try expectNotAFile(fixture.scratch.directory("images/directory"))
    }

    @Test(.timeLimit(.minutes(1))) func aFIFOWithoutAWaitForItsOtherEnd() throws {
        let path = fixture.scratch.path("images/fifo")
        try mustRun("mkfifo", [path])
        try expectNotAFile(path)
    }

    @Test func aDevice() throws {
        try expectNotAFile("/dev/null")
    }

    @Test func aSymlinkThatLeadsNowhere() throws {
        let path = fixture.scratch.path("images/dangling")
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "missing")
        try expectNotAFile(path)
    }

    @Test func aSymlinkThatLeadsToItself() throws {
        let path = fixture.scratch.path("images/loop")
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "loop")
        try expectNotAFile(path)
    }

    @Test(.enabled(if: Machine.has("python3"))) func aSocket() throws {
        let script = "import socket; socket.socket(socket.AF_UNIX).bind('socket')"
        try mustRun("python3", ["-c", script], directory: fixture.scratch.path("images"))
        try expectNotAFile(fixture.scratch.path("images/socket"))
    }

    @Test func aFileThatIsTakenForADirectory() throws {
        try expectNotAFile(fixture.image("disk", seed: 2) + "/disk")
    }

    @Test func anEmptyFile() throws {
        let path = try fixture.scratch.file("images/disk", "")
        let result = try refused(path)
        #expect(result.status == 2)
        #expect(result.stderr.contains("\(path): expected a disk image, found an empty file"))
    }

    struct Mistake: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let bytes: [UInt8]
    }

    private static let noise: [UInt8] = {
        var noise = Noise(seed: 7)
        return noise.bytes(1 << 16)
    }()

    static let mistakes = [
        Mistake(testDescription: "gzip data", bytes: [0x1F, 0x8B, 8, 0] + [UInt8](repeating: 7, count: 4096)),
        Mistake(testDescription: "text", bytes: Array("root:x:0:0\n".utf8)),
        Mistake(testDescription: "an HTML page", bytes: Array("<!DOCTYPE html><title>404</title>".utf8)),
        Mistake(testDescription: "only zeros", bytes: [UInt8](repeating: 0, count: 1 << 20)),
        Mistake(testDescription: "unknown data", bytes: noise),
    ]

    @Test(arguments: mistakes)
    func whatIsNoDiskImageIsNamed(mistake: Mistake) throws {
        let path = fixture.scratch.path("images/mistake")
        try Data(mistake.bytes).write(to: URL(fileURLWithPath: path))
        let result = try refused(path)
        #expect(result.status == 2)
        #expect(result.stderr.contains("\(path): expected a disk image"))
        #expect(result.stderr.contains("found \(mistake.testDescription)"))
    }

    @Test func aBrokenHeader() throws {
        let path = try fixture.scratch.file("images/disk", "QFI\u{FB}")
        try Data([0x51, 0x46, 0x49, 0xFB, 0, 0, 0, 3] + [UInt8](repeating: 0, count: 200)).write(
            to: URL(fileURLWithPath: path))
        let result = try refused(path)
        #expect(result.status == 2)
        #expect(result.stderr.contains("\(path): not a valid qcow2 image"))
    }

    @Test func aNameThatAFileOfSomebodyElseHas() throws {
        let path = try fixture.image("notes", seed: 2)
        try mustRun("cp", [path, fixture.path("notes")])
        let result = try refused(path)
        #expect(result.status == 73)
        #expect(result.stderr.contains("\(fixture.path("notes")) is a file, and no image of Glare's"))
    }

    @Test func aNameThatADirectoryHas() throws {
        let path = try fixture.image("notes", seed: 2)
        try FileManager.default.createDirectory(atPath: fixture.path("notes"), withIntermediateDirectories: false)
        let result = try refused(path)
        #expect(result.status == 73)
        #expect(result.stderr.contains("\(fixture.path("notes")) is a directory"))
    }

    @Test func aChangelogThatIsNoFileMovesNoName() throws {
        let old = try fixture.publish(seed: 1)
        try FileManager.default.removeItem(atPath: fixture.path("disk.md"))
        try FileManager.default.createDirectory(atPath: fixture.path("disk.md"), withIntermediateDirectories: false)
        try fixture.letTimePass()
        let result = try fixture.add(fixture.image("disk", seed: 2))
        #expect(result.status != 0)
        #expect(result.stderr.contains(fixture.path("disk.md")))
        #expect(try fixture.link("disk") == old.path)
        #expect(try fixture.leftovers() == [])
    }

    @Test func anImageOrAMessageThatIsNotGiven() throws {
        for arguments in [["-m", "m"], ["-i", try fixture.image("disk", seed: 2)]] {
            let result = try fixture.glare(["add-image", "-d", fixture.repository] + arguments)
            #expect(result.status == 64)
            #expect(result.stderr.contains("Usage: glare add-image"))
        }
        #expect(!fixture.exists("archive"))
    }

    @Test(.enabled(if: Machine.canBeOthers)) func aFileThatTheUserMayNotRead() throws {
        let path = try fixture.image("disk", seed: 2)
        chmod(path, 0o600)
        try fixture.openForOthers()
        chmod(fixture.repository, 0o777)
        let result = try PublisherUser.nobody.glare(
            fixture, ["add-image", "-i", path, "-m", "m", "-d", fixture.repository])
        #expect(result.status == 77)
        #expect(result.stderr.contains("\(path): cannot open: Permission denied"))
        #expect(!fixture.exists("disk"))
        #expect(try fixture.leftovers() == [])
    }
}
