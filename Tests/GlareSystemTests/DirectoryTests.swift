import GlareTestSupport
import SystemPackage
import Testing

@testable import GlareSystem

@Suite("Directories: what is in them")
struct DirectoryTests {
    let scratch: Scratch
    let directory: Directory

    init() throws {
        scratch = try Scratch()
        directory = try Directory.open(scratch.url.path)
    }

    @Test("names come sorted, hidden ones too, and as often as they are asked for")
    func names() throws {
        #expect(try directory.names() == [])
        for name in ["b", ".hidden", "a-1", "a.1"] { try scratch.file(name, "") }
        for _ in 0..<2 { #expect(try directory.names() == [".hidden", "a-1", "a.1", "b"]) }
        try scratch.file("c", "")
        #expect(try directory.names().count == 5)
    }

    @Test("a name's status is its own, and a missing one has none")
    func status() throws {
        try scratch.file("file", "12345")
        _ = try scratch.directory("directory")
        try directory.createSymbolicLink("link", to: "file")
        try directory.createSymbolicLink("dangling", to: "nowhere")
        try mustRun("mkfifo", [scratch.path("fifo")])
        #expect(try directory.status(of: "file")?.kind == .regular)
        #expect(try directory.status(of: "file")?.size == 5)
        #expect(try directory.status(of: "directory")?.kind == .directory)
        #expect(try directory.status(of: "link")?.kind == .symbolicLink)
        #expect(try directory.status(of: "dangling")?.kind == .symbolicLink)
        #expect(try directory.status(of: "fifo")?.kind == .other)
        #expect(try directory.status(of: "missing") == nil)
        #expect(try directory.status().kind == .directory)
    }

    @Test("a symlink says where it points; other names and missing ones do not")
    func symbolicLink() throws {
        try scratch.file("file", "")
        let long = String(repeating: "x/", count: 2000)
        try directory.createSymbolicLink("link", to: "archive/debian-12")
        try directory.createSymbolicLink("long", to: long)
        #expect(try directory.symbolicLink("link") == "archive/debian-12")
        #expect(try directory.symbolicLink("long") == long)
        #expect(try directory.symbolicLink("file") == nil)
        #expect(try directory.symbolicLink("missing") == nil)
        #expect(try code { try directory.createSymbolicLink("file", to: "x") } == .fileExists)
    }

    @Test("a file that is missing is an error, or nil for who expects that")
    func missingFile() throws {
        let error = #expect(throws: SystemError.self) { try directory.file("missing") }
        #expect(error?.code == .noSuchFileOrDirectory)
        #expect(error?.path == scratch.path("missing"))
        #expect(error?.description == "\(scratch.path("missing")): cannot open: No such file or directory")
        #expect(try directory.fileIfPresent("missing") == nil)
        try scratch.file("there", "x")
        #expect(try directory.fileIfPresent("there")?.readAll(limit: 10) == [0x78])
    }

    @Test("a file for update keeps what was in it")
    func fileForUpdate() throws {
        try directory.fileForUpdate("file", mode: 0o600).write("abc".utf8)
        try directory.fileForUpdate("file", mode: 0o600).write("X".utf8)
        #expect(try directory.file("file").readAll(limit: 10) == Array("Xbc".utf8))
    }

    @Test("a new file must be new")
    func newFile() throws {
        try scratch.file("file", "kept")
        #expect(try code { try directory.newFile("file", mode: 0o600) } == .fileExists)
        #expect(try directory.file("file").readAll(limit: 10) == Array("kept".utf8))
        #expect(try directory.newFile("other", mode: 0o600).status().size == 0)
    }

    @Test("a FIFO is opened without waiting for its other end", .timeLimit(.minutes(1)))
    func fifo() throws {
        try mustRun("mkfifo", [scratch.path("fifo")])
        #expect(try directory.file("fifo").status().kind == .other)
        #expect(try File.open(scratch.path("fifo")).status().kind == .other)
    }

    @Test("a directory is made with the mode that was asked for, whatever the umask, and once")
    func makingInside() throws {
        let create = (mode: UInt32(0o2777), owner: try Ownership(of: directory))
        try directory.directory("inner", create: create).newFile("file", mode: 0o600).close()
        #expect(try directory.status(of: "inner")?.mode == 0o2777)
        try mustRun("chmod", ["00750", scratch.path("inner")])
        #expect(try directory.directory("inner", create: create).names() == ["file"])
        #expect(try directory.status(of: "inner")?.mode == 0o750)
        #expect(try code { try directory.directory("missing") } == .noSuchFileOrDirectory)
    }

    @Test("making a directory at a path tells whether it was made")
    func makingAtPath() throws {
        #expect(try Directory.create(scratch.path("new")))
        #expect(try !Directory.create(scratch.path("new")))
        #expect(try code { try Directory.create(scratch.path("missing/new")) } == .noSuchFileOrDirectory)
    }

    @Test("a file is no directory, and a missing path neither")
    func opening() throws {
        try scratch.file("file", "")
        #expect(try code { try Directory.open(scratch.path("file")) } == .notDirectory)
        #expect(try code { try directory.directory("file") } == .notDirectory)
        #expect(try code { try Directory.open(scratch.path("missing")) } == .noSuchFileOrDirectory)
    }

    @Test("messages name a path without a doubled slash")
    func paths() throws {
        #expect(directory.path(of: "a") == scratch.url.path + "/a")
        #expect(try Directory.open(scratch.url.path + "/").path(of: "a") == scratch.url.path + "/a")
    }

    @Test("an open directory stays the same one when its path becomes another's")
    func moved() throws {
        let inner = try Directory.open(scratch.directory("inner"))
        try directory.rename("inner", to: directory, as: "moved")
        _ = try scratch.directory("inner")
        try inner.newFile("file", mode: 0o600).close()
        #expect(try directory.directory("moved").names() == ["file"])
        #expect(try directory.directory("inner").names() == [])
    }
}
