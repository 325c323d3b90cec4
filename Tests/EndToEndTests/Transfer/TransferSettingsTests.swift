import Foundation
import GlareTestSupport
import Testing

@Suite("settings of frames and deltas are checked before anything is done")
struct TransferSettingsTests {
    private static let wrong = [
        ("zstd-level", "0"), ("zstd-level", "20"), ("zstd-level", "-1"), ("zstd-level", "best"),
        ("deltas", "-1"), ("deltas", "some"), ("delta-time", "soon"), ("delta-time", "-5s"), ("memory", "1M"),
        ("memory", "319M"), ("memory", "much"), ("memory", "9999999999G"),
    ]

    private func variable(_ option: String) -> String {
        "GLARE_" + option.uppercased().replacingOccurrences(of: "-", with: "_")
    }

    @Test("a wrong value on the command line is wrong usage", arguments: wrong)
    func option(_ option: String, _ value: String) throws {
        let fixture = try TransferFixture()
        let result = try fixture.publisher.add(fixture.write(TextDisk(1...1)), options: ["--\(option)=\(value)"])
        #expect(result.status == 64)
        #expect(result.stderr.contains(value) && result.stderr.contains("expected"), "\(result.stderr)")
        #expect(!fixture.publisher.exists("images.json"))
    }

    @Test("a wrong value in the environment is wrong configuration", arguments: wrong)
    func environment(_ option: String, _ value: String) throws {
        let fixture = try TransferFixture()
        let result = try fixture.publisher.add(
            fixture.write(TextDisk(1...1)), environment: [variable(option): value])
        #expect(result.status == 78)
        #expect(result.stderr.contains(variable(option).dropFirst(6)), "\(result.stderr)")
    }

    @Test("rebuild-index takes the same settings, and refuses the same", arguments: ["zstd-level", "deltas", "memory"])
    func rebuild(_ option: String) throws {
        let fixture = try TransferFixture()
        #expect(try fixture.publisher.rebuild("--\(option)", "none").status == 64)
    }

    @Test("sync refuses what it can't connect or verify by", arguments: ["--connections=0", "--verify=nothing"])
    func sync(_ option: String) throws {
        let fixture = try TransferFixture()
        try fixture.publish(TextDisk(1...1))
        #expect(try fixture.host.sync(fixture.host.fileServer, option).status == 64)
        #expect(!fixture.host.exists("disk"))
    }

    @Test("the least memory is enough")
    func leastMemory() throws {
        let fixture = try TransferFixture()
        try fixture.publish(TextDisk())
        let new = try fixture.publish(TextDisk().changed(2, seed: 2), as: "disk", "--memory", "320M")
        #expect(new.deltas.count == 1)
    }
}
