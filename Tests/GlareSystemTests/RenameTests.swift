import GlareTestSupport
import SystemPackage
import Testing

@testable import GlareSystem

@Suite("Directories: changing names")
struct RenameTests {
    let scratch: Scratch
    let source: Directory
    let target: Directory

    init() throws {
        scratch = try Scratch()
        source = try Directory.open(scratch.directory("source"))
        target = try Directory.open(scratch.directory("target"))
        try scratch.file("source/a", "new")
    }

    @Test("a rename replaces what is there")
    func replacing() throws {
        try scratch.file("target/b", "old")
        try source.rename("a", to: target, as: "b")
        #expect(try target.file("b").contents() == Array("new".utf8))
        #expect(try source.names() == [])
    }

    @Test("a rename to a name that must be free leaves both where it is not")
    func toNewName() throws {
        try scratch.file("target/b", "old")
        #expect(try code { try source.renameToNew("a", to: target, as: "b") } == .fileExists)
        #expect(try target.file("b").contents() == Array("old".utf8))
        #expect(try source.names() == ["a"])
        try source.renameToNew("a", to: target, as: "c")
        #expect(try target.names() == ["b", "c"])
        #expect(try source.names() == [])
    }

    @Test("between two names of one file the system does nothing; the old name goes all the same")
    func twoNamesOfOneFile() throws {
        try source.link("a", to: target, as: "b")
        try source.rename("a", to: target, as: "b")
        #expect(try source.names() == [])
        #expect(try target.file("b").contents() == Array("new".utf8))
        #expect(try target.status(of: "b")?.linkCount == 1)
    }

    @Test("a file that is renamed to the name that it has is still there")
    func ownName() throws {
        try source.rename("a", to: source, as: "a")
        #expect(try source.names() == ["a"])
    }

    @Test("a link is a second name of the same file, and must be free")
    func link() throws {
        try source.link("a", to: target, as: "b")
        let first = try #require(try source.status(of: "a"))
        let second = try #require(try target.status(of: "b"))
        #expect(first.stamp == second.stamp)
        #expect(first.linkCount == 2)
        #expect(try code { try source.link("a", to: target, as: "b") } == .fileExists)
        #expect(try code { try source.link("missing", to: target, as: "c") } == .noSuchFileOrDirectory)
    }

    @Test("what is missing can't be renamed, but is as good as removed")
    func missing() throws {
        #expect(try code { try source.rename("missing", to: target, as: "b") } == .noSuchFileOrDirectory)
        try source.remove("missing")
        try source.remove("a")
        #expect(try source.names() == [])
    }

    @Test("a directory is not removed as a file")
    func removingDirectory() throws {
        _ = try scratch.directory("source/inner")
        #expect(try code { try source.remove("inner") } == .isDirectory)
        #expect(try source.names() == ["a", "inner"])
    }
}
