import GlareTestSupport
import SystemPackage
import Testing

@testable import GlareSystem

@Suite("Free space")
struct FreeSpaceTests {
    let scratch: Scratch
    let directory: Directory

    init() throws {
        scratch = try Scratch()
        directory = try Directory.open(scratch.url.path)
    }

    @Test("it is what stat tells of blocks that anybody may use")
    func amount() throws {
        // Others write meanwhile: within a tenth.
        let told = try mustRun("stat", ["-f", "-c", "%a %S", directory.path]).split(whereSeparator: \.isWhitespace)
            .compactMap { Int64($0) }
        try #require(told.count == 2)
        let expected = told[0] * told[1]
        #expect(abs(try directory.freeSpace() - expected) <= expected / 10)
    }

    @Test("what does not fit is refused before it is written, and says what it is")
    func required() throws {
        try directory.requireSpace(0, for: "image")
        try directory.requireSpace(1, for: "image")
        let error = #expect(throws: SystemError.self) { try directory.requireSpace(.max, for: "debian-12") }
        #expect(error?.code == .noSpace)
        #expect(error?.description.contains("place debian-12, which takes 8796093022207 MiB where ") == true)
    }
}
