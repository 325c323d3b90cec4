import GlareTestSupport
import SystemPackage
import Testing

@testable import GlareSystem

@Suite("Files")
struct FileTests {
    let scratch: Scratch
    let directory: Directory

    init() throws {
        scratch = try Scratch()
        directory = try Directory.open(scratch.url.path)
    }

    @Test(
        "reading stops at the file's end",
        arguments: [(0, 3, "abc"), (1, 100, "bc"), (3, 1, ""), (1000, 1, ""), (0, 0, "")])
    func reading(offset: Int64, count: Int, expected: String) throws {
        let file = try File.open(scratch.file("file", "abc"))
        #expect(try file.read(at: offset, count: count) == Array(expected.utf8))
    }

    @Test(
        "a file that must be small is read up to its limit", arguments: [(3, true), (2, false), (0, false), (4, true)])
    func limit(limit: Int, isEnough: Bool) throws {
        let file = try File.open(scratch.file("file", "abc"))
        if isEnough {
            #expect(try file.readAll(limit: limit) == Array("abc".utf8))
        } else {
            #expect(try code { try file.readAll(limit: limit) } == .fileTooLarge)
        }
    }

    @Test("bytes are written where they belong")
    func writing() throws {
        let file = try directory.newFile("file", mode: 0o600)
        try file.write("abc".utf8)
        try file.write("Z".utf8, at: 5)
        try file.write([UInt8](), at: 100)
        #expect(try file.contents() == [0x61, 0x62, 0x63, 0, 0, 0x5A])
        try file.truncate(to: 2)
        #expect(try file.contents() == Array("ab".utf8))
    }

    @Test("closing again is no error")
    func closing() throws {
        let file = try directory.newFile("file", mode: 0o600)
        #expect(try code { try file.close() } == nil)
        #expect(try code { try file.close() } == nil)
    }

    @Test("a file that was opened to be read is not written")
    func readOnly() throws {
        let file = try File.open(scratch.file("file", "abc"))
        #expect(try code { try file.write([1]) } == .badFileDescriptor)
        #expect(try file.contents() == Array("abc".utf8))
    }

    @Test("mode and time are set to the nanosecond, and the time stays through a change of mode")
    func attributes() throws {
        let file = try directory.newFile("file", mode: 0o600)
        let time = FileTime(seconds: 1_500_000_000, nanoseconds: 123_456_789)
        try file.apply(FileAttributes(mode: 0o444, owner: Ownership(of: directory), modified: time))
        #expect(try file.status().mode == 0o444)
        #expect(try file.status().modified == time)
        try file.setMode(0o640)
        #expect(try file.status().mode == 0o640)
        #expect(try file.status().modified == time)
    }

    @Test("times are ordered by seconds, then nanoseconds")
    func times() {
        let times = [
            FileTime(seconds: -1, nanoseconds: 999), FileTime(seconds: 0), FileTime(seconds: 0, nanoseconds: 1),
            FileTime(seconds: 1),
        ]
        #expect(times.shuffled().sorted() == times)
        #expect(FileTime.now > FileTime(seconds: 1_700_000_000))
    }

    @Test("what can't be done says what, to which file, and why")
    func message() throws {
        let error = #expect(throws: SystemError.self) { try File.open(scratch.path("missing")) }
        #expect(error?.description == "\(scratch.path("missing")): cannot open: No such file or directory")
    }
}
