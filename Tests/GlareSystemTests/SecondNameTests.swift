import GlareTestSupport
import SystemPackage
import Testing

@testable import GlareSystem

@Suite("A second name for a file, in one step")
struct SecondNameTests {
    let scratch: Scratch
    let archive: Directory
    let target: Directory
    let temporary: Directory

    init() throws {
        scratch = try Scratch()
        archive = try Directory.open(scratch.directory("archive"))
        target = try Directory.open(scratch.directory("target"))
        temporary = try Directory.open(scratch.directory("temporary"))
        try scratch.file("archive/image-id", "new")
    }

    @Test("it is a hard link, and nothing is left behind")
    func free() throws {
        try publish(from: archive)
        #expect(try target.status(of: "image")?.stamp == archive.status(of: "image-id")?.stamp)
        #expect(try temporary.names() == [])
    }

    @Test("it takes the place of another file, which its readers keep")
    func replacing() throws {
        try scratch.file("target/image", "old")
        let reader = try target.file("image")
        try publish(from: archive)
        #expect(try reader.contents() == Array("old".utf8))
        #expect(try target.file("image").contents() == Array("new".utf8))
        #expect(try archive.status(of: "image-id")?.linkCount == 2)
    }

    @Test("where both names are one file already, it stays so, and nothing is left behind")
    func already() throws {
        try publish(from: archive)
        try publish(from: archive)
        #expect(try archive.status(of: "image-id")?.linkCount == 2)
        #expect(try target.names() == ["image"])
        #expect(try temporary.names() == [])
    }

    @Test("a symlink in its place is replaced, not followed")
    func symbolicLink() throws {
        try scratch.file("target/other", "kept")
        try target.createSymbolicLink("image", to: "other")
        try publish(from: archive)
        #expect(try target.file("image").contents() == Array("new".utf8))
        #expect(try target.file("other").contents() == Array("kept".utf8))
    }

    @Test("what is missing has no second name")
    func missing() throws {
        try archive.remove("image-id")
        try scratch.file("target/image", "old")
        #expect(try code { try publish(from: archive) } == .noSuchFileOrDirectory)
        #expect(try target.file("image").contents() == Array("old".utf8))
        #expect(try temporary.names() == [])
    }

    @Test(
        "on another filesystem it is a copy of its own, with the attributes that were asked for",
        .enabled(if: OtherFilesystem.exists))
    func copy() throws {
        let elsewhere = try Scratch(in: OtherFilesystem.path)
        try elsewhere.file("image-id", "from elsewhere")
        try scratch.file("target/image", "old")
        try publish(from: Directory.open(elsewhere.url.path))
        let status = try #require(try target.status(of: "image"))
        #expect(try target.file("image").contents() == Array("from elsewhere".utf8))
        #expect(status.linkCount == 1)
        #expect(status.mode == 0o444)
        #expect(status.modified == FileTime(seconds: 1_500_000_000))
        #expect(try temporary.names() == [])
    }

    private func publish(from source: Directory) throws {
        let attributes = FileAttributes(
            mode: 0o444, owner: try Ownership(of: target), modified: FileTime(seconds: 1_500_000_000))
        try source.publishSecondName(
            of: "image-id", to: target, as: "image", attributes: attributes, scratch: temporary)
    }
}

/// A place that can be written and is not on the filesystem of the tests' scratch directories.
private enum OtherFilesystem {
    static let path: String? = {
        guard let here = try? Scratch(), let ours = device(here.url.path) else { return nil }
        return ["/dev/shm", "/var/tmp", "/tmp", "/run"].first { candidate in
            device(candidate) != ours && (try? Scratch(in: candidate)) != nil
        }
    }()

    static var exists: Bool { Machine.isCI || path != nil }

    private static func device(_ path: String) -> UInt64? { try? Directory.open(path).status().stamp.device }
}
