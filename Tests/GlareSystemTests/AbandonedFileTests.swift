import GlareTestSupport
import Testing

@testable import GlareSystem

@Suite("Temporary files: leftovers of a crash")
struct AbandonedFileTests {
    let scratch: Scratch
    let temporary: Directory

    init() throws {
        scratch = try Scratch()
        temporary = try Directory.open(scratch.url.path)
    }

    @Test("files that nobody holds are removed, and symlinks on their way")
    func dead() throws {
        try scratch.file("1234.abcd", "torn")
        try scratch.file(".hidden", "")
        try temporary.createSymbolicLink("link", to: "elsewhere")
        try TemporaryFile.removeAbandoned(in: temporary)
        #expect(try temporary.names() == [])
    }

    @Test("a living one is spared, and can be published afterwards")
    func living() throws {
        let file = try TemporaryFile(in: temporary)
        try file.file.write("work".utf8)
        try scratch.file("dead", "")
        try TemporaryFile.removeAbandoned(in: temporary)
        #expect(try temporary.names().count == 1)
        let target = try Directory.open(scratch.directory("target"))
        try file.publish(
            to: target, as: "image", attributes: FileAttributes(mode: 0o444, owner: Ownership(of: target)), size: 4)
        #expect(try target.names() == ["image"])
    }

    @Test("one of another process is spared while that lives", .enabled(if: Machine.has("flock")))
    func otherProcess() throws {
        let path = try scratch.file("held", "")
        do {
            let holder = try RunningProcess("flock", ["--no-fork", path, "sleep", "100"])
            #expect(holder.waits { (try? run("flock", ["--nonblock", path, "true"]).status) == 1 })
            try TemporaryFile.removeAbandoned(in: temporary)
            #expect(try temporary.names() == ["held"])
        }
        try TemporaryFile.removeAbandoned(in: temporary)
        #expect(try temporary.names() == [])
    }

    @Test("directories and what is in them stay")
    func directories() throws {
        _ = try scratch.directory("inner")
        try scratch.file("inner/file", "")
        try TemporaryFile.removeAbandoned(in: temporary)
        #expect(try temporary.directory("inner").names() == ["file"])
    }

    @Test("where a link points nothing is removed")
    func linkTarget() throws {
        let target = try Directory.open(scratch.directory("target"))
        try scratch.file("target/file", "")
        try temporary.createSymbolicLink("link", to: "target/file")
        try TemporaryFile.removeAbandoned(in: temporary)
        #expect(try target.names() == ["file"])
        #expect(try temporary.names() == ["target"])
    }
}
