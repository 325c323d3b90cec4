import Foundation
import GlareTestSupport
import Testing

@Suite("clone: no disk without its record", .enabled(if: Machine.has("qemu-img")))
struct CloneRecordTests {
    private let host: HostFixture

    init() throws { host = try HostFixture() }

    private var records: [String] {
        get throws { try host.sync.names(in: ".glare/uses").filter { $0 != "lock" } }
    }

    @Test func ofTwoForOnePathOneGetsItAndIsRecorded() async throws {
        let first = try host.history(1...2)[0]
        for number in 1...10 {
            let disk = "vm-\(number)"
            let results = try await withThrowingTaskGroup(of: RunResult.self) { group in
                for reference in ["disk", "disk", "disk@-1", "disk@-1"] {
                    group.addTask { try host.clone(reference, disk) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(results.map(\.status).sorted() == [0, 73, 73, 73], "\(results.map(\.stderr))")
            let base = try #require(try host.facts(disk).backingFilename)
            #expect(try records.count == number)
            let recorded = try records.map {
                try String(contentsOfFile: host.sync.path(".glare/uses/\($0)"), encoding: .utf8)
            }
            .first { $0.contains("/\(disk)\"") }
            #expect(recorded?.contains(base.split(separator: "/").last ?? "?") == true, "\(recorded ?? "")")
        }
        #expect(host.sync.exists(first.path))
    }

    /// The directory's own fsync comes after the disk has its name.
    @Test(.enabled(if: Machine.has("strace"))) func whatMayBeGoneAfterAPowerCutIsRecorded() throws {
        try host.history(1...1)
        let result = try run(
            "strace",
            [
                "-f", "-qq", "-o", "/dev/null", "-P", host.disks, "-e", "trace=fsync", "-e", "inject=fsync:error=EIO",
                GlareBinary.path, "clone", "disk", host.disk("vm"), "-t", host.target,
            ], environment: GlareBinary.environment())
        #expect(result.status == 74, "\(result.stderr)")
        #expect(result.stderr.contains("\(host.disk("vm")): is there and whole"), "\(result.stderr)")
        #expect(try host.facts("vm").format == "qcow2")
        #expect(try records.count == 1)
    }
}
