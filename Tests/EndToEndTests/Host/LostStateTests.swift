import Foundation
import GlareTestSupport
import Testing

@Suite("A cache whose state was lost", .enabled(if: Machine.has("qemu-img")))
struct LostStateTests {
    private let host: HostFixture

    init() throws { host = try HostFixture(offersTransfer: true) }

    private var nowhere: [String: String] {
        get throws {
            try Data(count: 4096).write(to: URL(fileURLWithPath: host.disk("vm.raw")))
            return ["GLARE_DISK_DIRS": host.disks]
        }
    }

    @Test func nothingGoesBeforeItsNamesAreKnownAgain() throws {
        let versions = try host.history(1...3)
        let directories = try nowhere
        try FileManager.default.removeItem(atPath: host.sync.path(".glare/state.json"))
        for _ in 0..<2 {
            let result = try host.prune(environment: directories)
            #expect(result.stdout.contains("\(host.sync.path(versions[2].path)): kept: current"), "\(result.stdout)")
            #expect(result.stdout.contains("found again after what sync knows of this cache was lost"))
            #expect(try host.sync.archived().count == 3)
        }
        // Of what the publisher lists, nobody makes their own.
        try host.sync.mustSync(host.sync.fileServer, environment: directories)
        // Which of two that are of one second was the later one, nobody knows any more.
        let left = try host.sync.archived()
        #expect(left.count == 2 && left.contains(versions[2].fileName), "\(left)")
    }

    @Test func whatSomebodyMadeOfAnImageStaysTheirs() throws {
        try host.history(1...1)
        try host.sync.overwrite(host.sync.path("disk"), at: 8192, with: "mine")
        let mine = try host.sync.digest()
        try host.history(2...4)
        let own = "archive/disk-\(mine.prefix(32))"
        try #require(host.sync.exists(own))
        let directories = try nowhere
        try FileManager.default.removeItem(atPath: host.sync.path(".glare/state.json"))
        for _ in 0..<2 { try host.sync.mustSync(host.sync.fileServer, environment: directories) }
        #expect(try host.sync.digest(own) == mine)
        #expect(try host.prune(environment: directories).stdout.contains("\(host.sync.path(own)): kept: found again"))
    }
}
