import Foundation
import GlareTestSupport
import Testing

@Suite("clone: while syncs replace and remove versions", .enabled(if: Machine.has("qemu-img")))
struct CloneRaceTests {
    /// Three repositories that differ in what is current are synced from in turn, and nothing is kept: each sync
    /// moves the name, and takes away all that nothing uses.
    @Test(.timeLimit(.minutes(5))) func everyDiskIsWholeAndItsVersionThere() async throws {
        let host = try HostFixture()
        let repositories = try (1...3).map { seed in
            let repository = try SyncFixture()
            try repository.publish(seed: UInt64(seed))
            return repository
        }
        try host.sync.mustSync(repositories[0].fileServer)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for round in 1...50 {
                    try host.sync.mustSync(
                        repositories[round % 3].fileServer,
                        environment: ["GLARE_KEEP_UNUSED": "0", "GLARE_KEEP_VERSIONS": "0"])
                }
            }
            group.addTask {
                for number in 1...300 { try Self.cloneAndLook(host, "vm-\(number)") }
            }
            try await group.waitForAll()
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: host.disks).isEmpty)
    }

    private static func cloneAndLook(_ host: HostFixture, _ name: String) throws {
        let result = try host.clone("disk", name)
        try #require(result.status == 0, "\(result.stderr)")
        // As in QEMU's `docs/interop/qcow2.txt`: where the name of the backing file is, and how long.
        let bytes = try Data(contentsOf: URL(fileURLWithPath: host.disk(name)))
        let number = { (range: Range<Int>) in bytes[range].reduce(0) { $0 << 8 | Int($1) } }
        try #require(bytes.prefix(4) == Data([0x51, 0x46, 0x49, 0xFB]))
        let place = number(8..<16)
        let backing = String(decoding: bytes[place..<place + number(16..<20)], as: UTF8.self)
        #expect(backing.hasPrefix(host.target + "/archive/disk-"))
        #expect(try sha256(backing).hasPrefix(backing.suffix(32)))
        // The sync that comes next may take it away.
        try FileManager.default.removeItem(atPath: host.disk(name))
    }
}
