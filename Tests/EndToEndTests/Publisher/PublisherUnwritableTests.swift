import Foundation
import GlareTestSupport
import Testing

/// A repository that is not there, or that can't be written.
@Suite struct PublisherUnwritableTests {
    let fixture: PublisherFixture
    init() throws { fixture = try PublisherFixture() }

    static let commands = [["add-image", "-m", "m", "-i"], ["rebuild-index"]]

    /// The command, with an image where it wants one.
    private func arguments(_ command: [String], _ directory: String) throws -> [String] {
        try command + (command.contains("-i") ? [fixture.image("disk", seed: 2)] : []) + ["-d", directory]
    }

    @Test(arguments: commands)
    func aMissingRepositoryIsToldWithTheWayToMakeOne(command: [String]) throws {
        let missing = fixture.scratch.path("missing")
        let result = try fixture.glare(arguments(command, missing))
        #expect(result.status == 66)
        #expect(result.stderr.contains("\(missing) is not a directory: make it with `mkdir \(missing)`"))
        #expect(!FileManager.default.fileExists(atPath: missing))
    }

    @Test(arguments: commands)
    func aFileIsNoRepository(command: [String]) throws {
        let file = try fixture.scratch.file("file", "text")
        let result = try fixture.glare(arguments(command, file))
        #expect(result.status == 66)
        #expect(result.stderr.contains("\(file) is not a directory"))
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "text")
    }

    @Test(.enabled(if: Machine.canBeOthers), arguments: commands)
    func aNewRepositoryThatTheUserMayNotWriteIsToldAndLeftEmpty(command: [String]) throws {
        try fixture.openForOthers()
        chmod(fixture.repository, 0o555)
        let result = try PublisherUser.nobody.glare(fixture, arguments(command, fixture.repository))
        #expect(result.status == 77)
        #expect(result.stderr.contains(fixture.repository) && result.stderr.contains("Permission denied"))
        #expect(try fixture.names(in: "") == [])
    }

    @Test(.enabled(if: Machine.canBeOthers), arguments: commands)
    func aStrangerChangesNothing(command: [String]) throws {
        try fixture.publish(seed: 1)
        let before = try fixture.snapshot()
        try fixture.openForOthers()
        let result = try PublisherUser.nobody.glare(fixture, arguments(command, fixture.repository))
        #expect(result.status == 77)
        #expect(result.stderr.contains(fixture.repository) && result.stderr.contains("Permission denied"))
        #expect(try fixture.snapshot() == before)
        #expect(try fixture.leftovers() == [])
    }

    /// The archive can still be written then, the names beside it can't.
    @Test(.enabled(if: Machine.canBeOthers))
    func aTopDirectoryThatIsClosedLeavesWhatHostsSeeAndIsMadeUpForLater() throws {
        try fixture.openForOthers()
        chown(fixture.repository, PublisherUser.alice.id, PublisherUser.alice.id)
        let good = ["add-image", "-m", "good", "--name", "disk", "-d", fixture.repository, "-i"]
        try #require(PublisherUser.alice.glare(fixture, good + [fixture.image("good", seed: 1)]).status == 0)
        let before = try seenByHosts()
        chmod(fixture.repository, 0o555)

        let command = try arguments(["add-image", "-m", "better", "-i"], fixture.repository)
        try fixture.letTimePass()
        let result = try PublisherUser.alice.glare(fixture, command)
        #expect(result.status == 77)
        #expect(result.stderr.contains("Permission denied"))
        #expect(try seenByHosts() == before)
        #expect(try fixture.leftovers() == [])

        chmod(fixture.repository, 0o755)
        try #require(PublisherUser.alice.glare(fixture, command).status == 0)
        #expect(try sha256(fixture.path("disk")) == sha256(fixture.scratch.path("images/disk")))
        #expect(try fixture.headings() == fixture.listed())
    }

    private func seenByHosts() throws -> [String] {
        try ["images.txt", "images.json", "disk.md", "SHA256SUMS"].map { try fixture.text($0) } + [fixture.link("disk")]
    }

    @Test(.enabled(if: Machine.canBeOthers), arguments: commands)
    func aFilesystemThatIsReadOnlyIsTold(command: [String]) throws {
        let filesystem = try PublisherFilesystem(in: fixture, options: "size=8m")
        try fixture.publish(seed: 1)
        try fixture.letTimePass()
        let before = try fixture.snapshot()
        try filesystem.remount("ro")
        let result = try fixture.glare(arguments(command, fixture.repository))
        #expect(result.status == 73)
        #expect(
            result.stderr.contains(fixture.repository) && result.stderr.contains("Read-only file system"))
        #expect(try fixture.snapshot() == before)
        #expect(try fixture.glare(["list", "-d", fixture.repository]).stdout.contains("disk"))
        try filesystem.remount("rw")
        #expect(try fixture.glare(arguments(command, fixture.repository)).status == 0)
    }
}
