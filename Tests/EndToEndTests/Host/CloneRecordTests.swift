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
