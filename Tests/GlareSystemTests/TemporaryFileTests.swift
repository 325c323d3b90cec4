import GlareTestSupport
import SystemPackage
import Testing

@testable import GlareSystem

@Suite("Temporary files: how a file becomes visible")
struct TemporaryFileTests {
    let scratch: Scratch
    let temporary: Directory
    let target: Directory
    let attributes: FileAttributes

    init() throws {
        scratch = try Scratch()
        temporary = try Directory.open(scratch.directory("temporary"))
        target = try Directory.open(scratch.directory("target"))
        attributes = FileAttributes(
            mode: 0o444, owner: try Ownership(of: target), modified: FileTime(seconds: 1_500_000_000, nanoseconds: 500))
    }

    @Test("published, it has its bytes, mode and time, and left nothing behind")
    func publish() throws {
        let file = try TemporaryFile(in: temporary)
        try file.file.write("whole".utf8)
        #expect(try target.names() == [])
        try file.publish(to: target, as: "image", attributes: attributes, size: 5)
        #expect(try target.file("image").contents() == Array("whole".utf8))
        #expect(try target.status(of: "image")?.mode == 0o444)
        #expect(try target.status(of: "image")?.modified == attributes.modified)
        #expect(try temporary.names() == [])
    }

    @Test("while it is written nobody outside the group may read it")
    func mode() throws {
        let file = try TemporaryFile(in: temporary)
        #expect(try file.file.status().mode & 0o007 == 0)
    }

    @Test("it takes the place of what was there, which readers keep until they close it")
    func replacing() throws {
        try scratch.file("target/image", "older")
        let reader = try target.file("image")
        try write("newer").publish(to: target, as: "image", attributes: attributes, size: 5)
        #expect(try reader.contents() == Array("older".utf8))
        #expect(try target.file("image").contents() == Array("newer".utf8))
    }

    @Test("where the name must be free and is not, what was there stays", arguments: [false, true])
    func notReplacing(isDirectory: Bool) throws {
        if isDirectory { _ = try scratch.directory("target/image") } else { try scratch.file("target/image", "older") }
        let before = try #require(try target.status(of: "image")).stamp
        do {
            let file = try write("newer")
            let found = try code {
                try file.publish(to: target, as: "image", attributes: attributes, size: 5, replacing: false)
            }
            #expect(found == .fileExists)
        }
        #expect(try target.status(of: "image")?.stamp == before)
        #expect(try temporary.names() == [])
    }

    @Test("where the name must be free and is, it is taken")
    func toFreeName() throws {
        try write("newer").publish(to: target, as: "image", attributes: attributes, size: 5, replacing: false)
        #expect(try target.file("image").contents() == Array("newer".utf8))
        #expect(try temporary.names() == [])
    }

    @Test("another length than was expected is not published", arguments: [0, 4, 6, 1 << 40] as [Int64])
    func wrongLength(size: Int64) throws {
        try scratch.file("target/image", "older")
        do {
            let file = try write("newer")
            #expect(
                try code { try file.publish(to: target, as: "image", attributes: attributes, size: size) } == .ioError)
            #expect(try temporary.names().count == 1)
        }
        #expect(try target.file("image").contents() == Array("older".utf8))
        #expect(try temporary.names() == [])
    }

    @Test("dropped without being published, it is gone")
    func dropped() throws {
        do {
            let file = try write("unwanted")
            #expect(try temporary.names().count == 1)
            withExtendedLifetime(file) {}
        }
        #expect(try temporary.names() == [])
    }

    @Test("one that is to be resumed stays when it is dropped, with what was written")
    func resumed() throws {
        for part in ["a", "b"] {
            let file = try TemporaryFile(resuming: "partial", in: temporary)
            try file.file.write(part.utf8, at: file.file.status().size)
        }
        #expect(try temporary.names() == ["partial"])
        let file = try TemporaryFile(resuming: "partial", in: temporary)
        try file.publish(to: target, as: "image", attributes: attributes, size: 2)
        #expect(try target.file("image").contents() == Array("ab".utf8))
        #expect(try temporary.names() == [])
    }

    @Test("one that is to be resumed goes when it is of no use")
    func discarded() throws {
        let file = try TemporaryFile(resuming: "partial", in: temporary)
        try file.discard()
        #expect(try temporary.names() == [])
    }

    @Test("a symlink in the place of one that is to be resumed is taken away, and not followed")
    func resumedLink() throws {
        try temporary.createSymbolicLink("partial", to: "../target/image")
        let file = try TemporaryFile(resuming: "partial", in: temporary)
        try file.file.write("a".utf8)
        #expect(try target.names() == [])
        #expect(try temporary.status(of: "partial")?.kind == .regular)
    }

    @Test("a second name of another file in its place is taken away, and not written to")
    func resumedHardLink() throws {
        try scratch.file("target/image", "precious")
        try mustRun("ln", [scratch.path("target/image"), scratch.path("temporary/partial")])
        let file = try TemporaryFile(resuming: "partial", in: temporary)
        try file.file.write("a".utf8)
        #expect(try target.file("image").contents() == Array("precious".utf8))
    }

    @Test("a small file is published in one call")
    func bytes() throws {
        try scratch.file("target/list", "old\n")
        try target.publish(Array("a\n".utf8), as: "list", attributes: attributes, scratch: temporary)
        #expect(try target.file("list").contents() == Array("a\n".utf8))
        #expect(try target.status(of: "list")?.mode == 0o444)
        try target.publish([], as: "list", attributes: attributes, scratch: temporary)
        #expect(try target.file("list").contents() == [])
        #expect(try temporary.names() == [])
    }

    @Test("a symlink is pointed elsewhere in one step, and takes a file's place")
    func symbolicLink() throws {
        try scratch.file("target/name", "a file")
        for destination in ["archive/one", "archive/two", "archive/two"] {
            try target.publishSymbolicLink("name", to: destination, owner: Ownership(of: temporary), scratch: temporary)
            #expect(try target.symbolicLink("name") == destination)
        }
        #expect(try temporary.names() == [])
    }

    @Test("a symlink that can't be placed leaves nothing behind")
    func symbolicLinkRefused() throws {
        _ = try scratch.directory("target/name/inner")
        #expect(
            try code {
                try target.publishSymbolicLink("name", to: "x", owner: Ownership(of: temporary), scratch: temporary)
            } == .isDirectory)
        #expect(try temporary.names() == [])
    }

    private func write(_ text: String) throws -> TemporaryFile {
        let file = try TemporaryFile(in: temporary)
        try file.file.write(text.utf8)
        return file
    }
}
