import Foundation
import GlareTestSupport
import Testing

@Suite("status: for people and monitoring")
struct StatusTests {
    private let host: HostFixture

    init() throws { host = try HostFixture() }

    private func status(_ options: String...) throws -> RunResult {
        try host.glare(["status", "-t", host.target, "-s", host.sync.fileServer] + options)
    }

    private struct Report: Decodable {
        struct Image: Decodable {
            struct Use: Decodable { let version, message: String }
            let name, condition: String
            let version, available, message: String?
            let updateBytes: Int?
            let uses: [Use]
        }
        let condition: String
        let images: [Image]
        let trouble: String?
    }

    private func report(_ options: String..., status expected: Int32) throws -> Report {
        let result = try host.glare(
            ["status", "-t", host.target, "-s", host.sync.fileServer, "--json"] + options)
        #expect(result.status == expected, "\(result.stderr)")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Report.self, from: Data(result.stdout.utf8))
    }

    @Test func theExitStatusTellsCurrentFromBehindFromTrouble() throws {
        let first = try host.history(1...1)[0]
        let current = try report(status: 0)
        #expect(current.condition == "current" && current.images.map(\.condition) == ["current"])
        let second = try host.sync.publish(seed: 2)
        let behind = try report(status: 1)
        #expect(behind.images[0].version == first.id && behind.images[0].available == second.id)
        #expect(behind.images[0].updateBytes ?? 0 >= 256 << 10)
        try FileManager.default.moveItem(atPath: host.sync.repository, toPath: host.disk("away"))
        let away = try report(status: 2)
        #expect(away.trouble != nil && away.images.map(\.version) == [first.id])
        #expect(away.images.map(\.condition) == ["unknown"])
        let quiet = try status("--quiet")
        #expect(quiet.status == 2 && quiet.stdout.isEmpty && !quiet.stderr.isEmpty)
    }

    @Test(.enabled(if: Machine.has("qemu-img"))) func aNameThatCannotMoveIsTrouble() throws {
        try host.history(1...1)
        try host.overlay("vm.qcow2", on: host.target + "/disk")
        try host.sync.publish(seed: 2)
        let found = try report("--disk-dirs", host.disks, status: 2)
        #expect(found.images[0].condition == "trouble" && found.images[0].message?.contains("qemu-img rebase") == true)
    }

    @Test func aPinnedOneIsNotBehind() throws {
        let first = try host.history(1...1)[0]
        try #require(try host.glare(["pin", "disk", "-t", host.target]).status == 0)
        let second = try host.sync.publish(seed: 2)
        let pinned = try report(status: 0)
        #expect(pinned.images[0].condition == "pinned")
        #expect(pinned.images[0].version == first.id && pinned.images[0].available == second.id)
    }

    @Test func whatIsNotAskedAboutIsNotTold() throws {
        try host.sync.publish("other", seed: 5)
        try host.history(1...1)
        try host.sync.publish(seed: 2)
        #expect(try report("--only", "oth*", status: 0).images.map(\.name) == ["other"])
        try FileManager.default.moveItem(atPath: host.sync.repository, toPath: host.disk("away"))
        #expect(try report("--only", "oth*", status: 2).images.map(\.name) == ["other"])
    }

    @Test func afterALossOfTheStateTheVersionIsKnownByItsContent() throws {
        let version = try host.history(1...1)[0]
        try FileManager.default.removeItem(atPath: host.sync.path(".glare/state.json"))
        let found = try report(status: 0)
        #expect(found.images.map(\.condition) == ["current"] && found.images.map(\.version) == [version.id])
    }

    @Test func aDamagedOneIsNotBehindItself() throws {
        let version = try host.history(1...1)[0]
        try host.sync.overwrite(host.sync.path("disk"), at: 50_000, with: "a VM was started on it")
        let changed = try host.sync.digest()
        let found = try report(status: 1).images[0]
        #expect(found.condition == "damaged" && found.version == version.id && found.available == version.id)
        #expect(
            found.message
                == "\(host.sync.path("disk")): expected SHA-256 \(version.sha256), as sync placed it, found SHA-256 \(changed); the next sync puts version \(version.id) in its place, and keeps in the archive what was found"
        )
        #expect(try status("--quiet").stderr.contains("found SHA-256 \(changed)"))
        #expect(try host.sync.mustSync(host.sync.fileServer, "--dry-run").stderr.contains("found SHA-256 \(changed)"))
        try FileManager.default.removeItem(atPath: host.sync.path("disk"))
        let missing = try report(status: 1).images[0]
        #expect(missing.condition == "damaged" && missing.message?.contains("found nothing; the next sync") == true)
        try host.sync.mustSync(host.sync.fileServer)
        #expect(try report(status: 0).images[0].message == nil)
    }

    /// The next sync does not mend it then.
    @Test(.enabled(if: Machine.has("qemu-img"))) func aDamagedOneThatCannotMoveIsTrouble() throws {
        let version = try host.history(1...1)[0]
        try host.overlay("vm.qcow2", on: host.target + "/disk")
        try host.sync.overwrite(host.sync.path("disk"), at: 50_000, with: "a VM was started on it")
        let found = try report("--disk-dirs", host.disks, status: 2).images[0]
        #expect(found.condition == "trouble" && found.message?.contains("expected SHA-256 \(version.sha256)") == true)
        #expect(found.message?.contains("qemu-img rebase") == true && found.message?.contains("next sync") == false)
    }

    @Test(.enabled(if: Machine.has("qemu-img"))) func oneThatOnlyAUsedVersionIsLeftOfIsTold() throws {
        try host.sync.publish("other", seed: 5)
        let version = try host.history(1...1)[0]
        try host.mustClone("disk", "vm.qcow2")
        try host.sync.withdraw("disk")
        try host.sync.mustSync(host.sync.fileServer, "--delete")
        try #require(!host.sync.exists("disk") && host.sync.exists(version.path))
        let found = try report(status: 0)
        #expect(found.images.map(\.name) == ["disk", "other"])
        #expect(found.images[0].condition == "gone" && found.images[0].version == nil)
        #expect(found.images[0].message?.hasSuffix("still here: \(version.id)") == true)
        #expect(found.images[0].uses.map(\.message) == ["\(host.disk("vm.qcow2")) is made on it"])
        #expect(try report("--only", "oth*", status: 0).images.map(\.name) == ["other"])
        try FileManager.default.moveItem(atPath: host.sync.repository, toPath: host.disk("away"))
        #expect(try report(status: 2).images.map(\.condition) == ["unknown", "unknown"])
    }

    @Test func aWithdrawnOneIsTold() throws {
        let version = try host.history(1...1)[0]
        try host.sync.publisher.mustCommand("withdraw", "disk", "-m", "host keys are in it")
        let found = try report(status: 0)
        #expect(found.images[0].condition == "withdrawn" && found.images[0].version == version.id)
        #expect(found.images[0].message?.contains("host keys are in it") == true)
        #expect(try status("--quiet").stderr.contains("host keys are in it"))
    }

    @Test(.enabled(if: Machine.has("qemu-img"))) func whatUsesItIsTold() throws {
        let versions = try host.history(1...2)
        try host.mustClone("disk@-1", "recorded.qcow2")
        try host.overlay("found.qcow2", on: host.target + "/archive/" + versions[1].fileName)
        let user = try host.holdOpen(host.sync.path(versions[0].path))
        let before = try mustRun("find", [host.target, "-printf", "%p %i %T@\\n"])
        let result = try status("--disk-dirs", host.disks)
        #expect(result.status == 0, "\(result.stderr)")
        #expect(
            result.stdout.contains("disk@\(versions[0].id.prefix(12)): \(host.disk("recorded.qcow2")) is made on it"))
        #expect(result.stdout.contains("somebody has it open: sleep (process \(user.pid))"))
        #expect(result.stdout.contains("disk@\(versions[1].id.prefix(12)): \(host.disk("found.qcow2")) is made on it"))
        #expect(try mustRun("find", [host.target, "-printf", "%p %i %T@\\n"]) == before)
    }

    @Test func withoutACacheOrAServerItSaysWhatIsMissing() throws {
        #expect(try status().status == 66)
        let result = try host.glare(["status", "-t", host.target])
        #expect(result.status == 64 && result.stderr.contains("SERVER"))
    }
}
