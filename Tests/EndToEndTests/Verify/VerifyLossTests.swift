import Foundation
import GlareTestSupport
import Testing

/// What can't be made again, or not now: nothing more is lost by trying.
@Suite("verify: what is lost") struct VerifyLossTests {
    private let transfer: TransferFixture
    private let old, current: TransferFixture.Published
    private var publisher: PublisherFixture { transfer.publisher }

    init() throws {
        transfer = try TransferFixture()
        old = try transfer.publish(TextDisk(1...3))
        current = try transfer.publish(TextDisk(1...3).changed(2, seed: 5))
    }

    private func verify(_ options: String...) throws -> (status: Int32, report: Verified) {
        try publisher.verify(["-d", transfer.repository] + options)
    }

    private func remove(_ path: String) throws { try FileManager.default.removeItem(atPath: publisher.path(path)) }

    @Test func aRepairThatCanNotWriteLeavesTheCatalogueAndTheFrames() throws {
        try Rot.flippedBit.befall(publisher.path(current.path))
        let (catalogue, offered) = (try publisher.text("images.json"), try publisher.names(in: "transfer"))
        let result = try run(
            "sh",
            [
                "-c", "trap '' XFSZ; ulimit -f 1000; exec \"$0\" \"$@\"", GlareBinary.path, "verify", "--repair",
                "-d", transfer.repository, "--grace", "0",
            ], environment: GlareBinary.environment())
        #expect(result.status == 4, "\(result.stderr)")
        #expect(result.stderr.contains("could not be made again from its frames"), "\(result.stderr)")
        #expect(result.stderr.contains("the catalogue is left as it is"), "\(result.stderr)")
        #expect(try publisher.text("images.json") == catalogue)
        #expect(try publisher.names(in: "transfer") == offered)
        let (status, report) = try verify("--repair")
        #expect(status == 0 && report.mended == [current.path], "\(report)")
        #expect(try sha256(publisher.path(current.path)) == current.sha256)
    }

    /// Without a verification: what was published stays so, and what can make it again as well.
    @Test(arguments: [Rot.flippedBit, .missing], [true, false])
    func aLostVersionOutlivesOtherChanges(_ rot: Rot, isCurrent: Bool) throws {
        let lost = isCurrent ? current : old
        try rot.befall(publisher.path(lost.path))
        let record = try recordDigest()
        for seed: UInt64 in 20...21 {
            let file = try transfer.write(TextDisk(1...2, seed: seed), as: "other")
            let told = try publisher.add(file, options: ["--grace", "0"])
            #expect(told.status == 0 && told.stderr.contains(lost.version), "\(told.stderr)")
            #expect(told.stderr.contains("the catalogue keeps it"), "\(told.stderr)")
        }
        #expect(try publisher.text("images.txt") == "disk\nother\n")
        #expect(try recordDigest() == record)
        let (status, found) = try verify()
        #expect(status == 4 && found.open == [lost.path] && found.unneeded == [], "\(found)")
        #expect(found.findings[0].advice?.contains("glare verify --repair") == true)
        let (repaired, report) = try verify("--repair", "--grace", "0")
        #expect(repaired == 0 && report.mended == [lost.path], "\(report)")
        #expect(try sha256(publisher.path(lost.path)) == lost.sha256)
        #expect(try recordDigest() == record)
        #expect(try verify().report.findings.isEmpty)
    }

    private func recordDigest() throws -> String? {
        try publisher.catalogue().images.first { $0.name == "disk" }?.record.sha256
    }

    /// A new version goes beside it, and takes nothing of it.
    @Test func aLostCurrentVersionIsKeptBesideItsSuccessor() throws {
        try remove(current.path)
        let next = try transfer.publish(TextDisk(1...3).changed(2, seed: 6), "--grace", "0")
        #expect(try publisher.listed() == [next.version, current.version, old.version])
        let (repaired, report) = try verify("--repair", "--grace", "0")
        #expect(repaired == 0 && report.mended == [current.path], "\(report)")
        #expect(try publisher.listed() == [next.version, current.version, old.version])
        #expect(try verify().report.findings.isEmpty)
    }

    /// What somebody removed is not lost.
    @Test func whatIsRemovedIsNotKept() throws {
        let result = try publisher.glare(["remove", "disk@-1", "-d", transfer.repository, "--grace", "0"])
        try #require(result.status == 0, "\(result.stderr)")
        try remove(current.path)
        try transfer.publish(TextDisk(1...2, seed: 20), as: "other")
        #expect(try publisher.listed() == [current.version])
    }

    @Test func aCurrentVersionThatIsGoneForGoodStaysInTheCatalogue() throws {
        try remove(current.path)
        try remove(transfer.file("zst", of: current))
        let catalogue = try publisher.text("images.json")
        for _ in 1...2 {
            let (status, report) = try verify("--repair")
            #expect(status == 4 && report.open.contains(current.path) && report.mended == [], "\(report)")
            #expect(try publisher.text("images.json") == catalogue)
        }
        // Whoever says so has the rest published.
        #expect(try publisher.rebuild().status == 65)
        #expect(try publisher.text("images.txt") == "")
    }

    @Test func anOldVersionThatIsGoneForGoodIsNotCalledRepaired() throws {
        try remove(old.path)
        try remove(transfer.file("zst", of: old))
        let (status, report) = try verify("--repair")
        #expect(status == 4 && report.open.contains(old.path), "\(report)")
        #expect(!report.mended.contains(old.path) && !report.mended.contains { $0.hasSuffix(".zst") }, "\(report)")
        #expect(try publisher.listed() == [current.version])
    }

    @Test func anOrphanIsNeverCalledRepaired() throws {
        try "x".write(toFile: publisher.path(".glare/tmp/1.abc"), atomically: false, encoding: .utf8)
        try mustRun("touch", ["-d", "2 days ago", publisher.path(".glare/tmp/1.abc")])
        #expect(try verify().report.unneeded == [".glare/tmp/1.abc"])
        try Rot.truncated.befall(publisher.path("images.txt"))
        let (status, report) = try verify("--repair")
        #expect(status == 0 && report.mended == ["images.txt"], "\(report)")
    }

    // MARK: Images that no host installs

    private func withdraw() throws {
        let result = try publisher.glare(["withdraw", "disk", "-m", "leaks", "-d", transfer.repository])
        try #require(result.status == 0, "\(result.stderr)")
    }

    @Test func aWithdrawnImageIsNoOrphan() throws {
        try withdraw()
        for path in try ["archive", "transfer", "catalogue"].flatMap({ directory in
            try publisher.names(in: directory).map { "\(directory)/\($0)" }
        }) {
            try mustRun("touch", ["-c", "-h", "-d", "2 days ago", publisher.path(path)])
        }
        let (status, report) = try verify()
        #expect(status == 0 && report.findings.isEmpty, "\(report)")
    }

    enum Part: CaseIterable, Sendable { case version, frames, record, link }

    @Test(arguments: Part.allCases, [Rot.flippedBit, .missing])
    func aWithdrawnImageIsVerifiedAndRepaired(_ part: Part, _ rot: Rot) throws {
        try withdraw()
        let path =
            switch part {
            case .version: current.path
            case .frames: try transfer.file("zst", of: current)
            case .record: try record()
            case .link: "disk"
            }
        if part == .link { try remove("disk") } else { try rot.befall(publisher.path(path)) }
        let (status, found) = try verify()
        #expect(status == 4 && found.open == [path], "\(found)")
        let (repaired, report) = try verify("--repair")
        #expect(repaired == 0 && report.mended == [path], "\(report)")
        #expect(try verify().report.findings.isEmpty)
        #expect(try sha256(publisher.path("disk")) == current.sha256)
        let catalogue = try publisher.text("images.json")
        #expect(catalogue.contains("\"suspended\"") && catalogue.contains("leaks"))
    }

    private func record() throws -> String {
        struct Suspended: Decodable {
            struct Row: Decodable { let record: Record }
            struct Record: Decodable { let sha256: String }
            let suspended: [Row]
        }
        let catalogue: Suspended = try publisher.decode(publisher.text("images.json"))
        return "catalogue/\(try #require(catalogue.suspended.first).record.sha256).json"
    }
}
