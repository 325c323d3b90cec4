import Foundation
import GlareTestSupport
import Testing

@testable import GlareSystem

@Suite("Whether a file is the one that was looked at before")
struct FileStampTests {
    let scratch: Scratch
    let directory: Directory

    init() throws {
        scratch = try Scratch()
        directory = try Directory.open(scratch.url.path)
        try scratch.file("file", "text")
    }

    @Test("a file that nobody touched has the same stamp, however it is looked at")
    func untouched() throws {
        let stamp = try File.open(scratch.path("file")).status().stamp
        _ = try directory.file("file").contents()
        #expect(try directory.status(of: "file")?.stamp == stamp)
    }

    @Test("a write is seen even where size and modification time are put back")
    func hiddenWrite() throws {
        let file = try directory.fileForUpdate("file", mode: 0o600)
        let before = try file.status()
        // The clock of a filesystem ticks every few milliseconds.
        Thread.sleep(forTimeInterval: 0.05)
        try file.write("TEXT".utf8)
        try file.setModified(before.modified)
        let after = try file.status()
        #expect(after.modified == before.modified)
        #expect(after.size == before.size)
        #expect(after.stamp != before.stamp)
        #expect(after.stamp.isSameFile(as: before.stamp))
    }

    @Test("another file of the same name is another file")
    func replaced() throws {
        let old = try directory.file("file")
        try directory.remove("file")
        try scratch.file("file", "text")
        #expect(try directory.file("file").status().stamp.isSameFile(as: old.status().stamp) == false)
    }

    @Test(
        "a stamp is one string, read back as it was",
        arguments: [
            (
                FileStamp(
                    device: 1, inode: 2, size: 3, modified: FileTime(seconds: 4, nanoseconds: 5),
                    changed: FileTime(seconds: 6, nanoseconds: 7)), "1:2:3:4.5:6.7"
            ),
            (
                FileStamp(
                    device: 65_025, inode: UInt64(Int64.max), size: .max,
                    modified: FileTime(seconds: -1, nanoseconds: 999_999_999),
                    changed: FileTime(seconds: .max)),
                "65025:9223372036854775807:9223372036854775807:-1.999999999:9223372036854775807.0"
            ),
        ])
    func coding(stamp: FileStamp, text: String) throws {
        let bytes = try JSONEncoder().encode([stamp])
        #expect(String(decoding: bytes, as: UTF8.self) == "[\"\(text)\"]")
        #expect(try JSONDecoder().decode([FileStamp].self, from: bytes) == [stamp])
    }

    @Test(
        "anything else is no stamp",
        arguments: [
            "", "1:2:3:4.5:6", "1:2:3:4.5:6.7:8", "-1:2:3:4.5:6.7", "1:-2:3:4.5:6.7", "a:2:3:4.5:6.7", "1:2:3:4.5:6.x",
            "1:2:3:4.5:99999999999999999999.7", "1:2:junk:3:4.5:6.7", "1.2.3.4.5.6.7",
        ])
    func badCoding(text: String) {
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([FileStamp].self, from: Data("[\"\(text)\"]".utf8))
        }
    }
}
