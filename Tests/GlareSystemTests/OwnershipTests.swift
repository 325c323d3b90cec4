import GlareTestSupport
import Testing

@testable import GlareSystem

@Suite("Owner and group of a shared directory")
struct OwnershipTests {
    let scratch: Scratch
    let directory: Directory

    init() throws {
        scratch = try Scratch()
        directory = try Directory.open(scratch.directory("shared"))
    }

    @Test("root gives files to the directory's owner and group, directories too", .enabled(if: Machine.canBeOthers))
    func asRoot() throws {
        try mustRun("chown", ["4321:8765", directory.path])
        let owner = try Ownership(of: directory)
        let file = try directory.newFile("file", mode: 0o600)
        try file.apply(FileAttributes(mode: 0o664, owner: owner))
        #expect(try owns(file.status()))
        #expect(try file.status().mode == 0o664)
        let inner = try directory.directory("inner", create: (0o2775, owner))
        #expect(try owns(inner.status()))
        // A change of owner takes the setgid bit away, where it comes after the mode.
        #expect(try inner.status().mode == 0o2775)
    }

    @Test("what belongs to them already is left as it is")
    func unchanged() throws {
        let file = try directory.newFile("file", mode: 0o600)
        let before = try file.status().stamp
        try Ownership(of: directory).apply(to: file)
        #expect(try file.status().stamp == before)
    }

    private func owns(_ status: FileStatus) -> Bool { status.owner == 4321 && status.group == 8765 }
}
