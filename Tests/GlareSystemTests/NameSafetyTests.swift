import GlareTestSupport
import SystemPackage
import Testing

@testable import GlareSystem

/// Whoever can plant a name or a link in a directory can't make a write land elsewhere.
@Suite("Directories: names that lead out of them")
struct NameSafetyTests {
    let scratch: Scratch
    let outside: Directory
    let directory: Directory

    init() throws {
        scratch = try Scratch()
        outside = try Directory.open(scratch.directory("outside"))
        directory = try Directory.open(scratch.directory("inside"))
        try scratch.file("outside/file", "kept")
        try scratch.file("inside/file", "kept")
    }

    @Test(
        "no operation takes a name that is not one component",
        arguments: [
            "", ".", "..", "/", "../outside/file", "inner/file", "file/", "/etc/passwd", "file\0", "file\0/../x",
        ])
    func notOneComponent(name: String) throws {
        let operations: [(String, () throws -> Void)] = [
            ("status", { _ = try directory.status(of: name) }),
            ("symbolicLink", { _ = try directory.symbolicLink(name) }),
            ("file", { _ = try directory.file(name) }),
            ("fileIfPresent", { _ = try directory.fileIfPresent(name) }),
            ("fileForUpdate", { _ = try directory.fileForUpdate(name, mode: 0o600) }),
            ("newFile", { _ = try directory.newFile(name, mode: 0o600) }),
            ("directory", { _ = try directory.directory(name) }),
            ("directory, made", { _ = try directory.directory(name, create: (0o700, Ownership(of: directory))) }),
            ("rename from", { try directory.rename(name, to: outside, as: "x") }),
            ("rename to", { try directory.rename("file", to: outside, as: name) }),
            ("renameToNew from", { try directory.renameToNew(name, to: outside, as: "x") }),
            ("renameToNew to", { try directory.renameToNew("file", to: outside, as: name) }),
            ("link from", { try directory.link(name, to: outside, as: "x") }),
            ("link to", { try directory.link("file", to: outside, as: name) }),
            ("createSymbolicLink", { try directory.createSymbolicLink(name, to: "x") }),
            ("remove", { try directory.remove(name) }),
        ]
        for (operation, body) in operations {
            #expect(try code(body) == .invalidArgument, "\(operation)")
        }
        #expect(try directory.names() == ["file"])
        #expect(try outside.names() == ["file"])
    }

    @Test(
        "a symlink is not opened, to read or to write, wherever it points",
        arguments: ["../outside/file", "file", "../outside/new"])
    func symbolicLinks(destination: String) throws {
        try directory.createSymbolicLink("link", to: destination)
        #expect(try code { try directory.file("link") } == .tooManySymbolicLinkLevels)
        #expect(try code { try directory.fileIfPresent("link") } == .tooManySymbolicLinkLevels)
        #expect(try code { try directory.fileForUpdate("link", mode: 0o600) } == .tooManySymbolicLinkLevels)
        #expect(try code { try directory.newFile("link", mode: 0o600) } == .fileExists)
        #expect(try outside.names() == ["file"])
    }

    @Test("a symlink to a directory is not entered, nor taken for one that is there")
    func directoryLinks() throws {
        try directory.createSymbolicLink("link", to: "../outside")
        #expect(try code { try directory.directory("link") } == .notDirectory)
        #expect(
            try code { try directory.directory("link", create: (0o700, Ownership(of: directory))) } == .notDirectory)
    }

    @Test("a symlink is replaced, renamed and removed itself, not what it points to")
    func changesToLinks() throws {
        try directory.createSymbolicLink("link", to: "../outside/file")
        try directory.rename("file", to: directory, as: "link")
        #expect(try directory.file("link").contents() == Array("kept".utf8))
        try directory.createSymbolicLink("second", to: "../outside/file")
        try directory.rename("second", to: directory, as: "third")
        #expect(try directory.symbolicLink("third") == "../outside/file")
        try directory.remove("third")
        #expect(try directory.names() == ["link"])
        #expect(try outside.file("file").contents() == Array("kept".utf8))
    }

    @Test("the path that the user gave may lead through symlinks")
    func usersOwnPath() throws {
        try directory.createSymbolicLink("link", to: "../outside")
        #expect(try Directory.open(directory.path(of: "link")).names() == ["file"])
        #expect(try File.open(directory.path(of: "link") + "/file").contents() == Array("kept".utf8))
    }
}
