import Foundation
import GlareTestSupport
import Testing

@Suite("What is known of disks that clone made", .enabled(if: Machine.has("qemu-img")))
struct UseRecordTests {
    private let host: HostFixture
    private let first: SyncFixture.Version

    init() throws {
        host = try HostFixture()
        first = try host.history(1...1)[0]
    }

    private var record: String {
        get throws {
            host.sync.path(
                ".glare/uses/" + (try #require(try host.sync.names(in: ".glare/uses").first { $0 != "lock" })))
        }
    }

    private func change(_ path: String, _ change: (String) -> String) throws {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let changed = change(text)
        try #require(changed != text)
        try changed.write(toFile: path, atomically: false, encoding: .utf8)
    }

    /// Puts the time of a mark back.
    private func age(_ mark: String, in path: String, days: Int) throws {
        try change(path) { text in
            text.replacing(try! Regex("\"\(mark)\" : \"([0-9]+)", as: (Substring, Substring).self)) { match in
                "\"\(mark)\" : \"\((Int(match.output.1) ?? 0) - days * 86400)"
            }
        }
    }

    private var isThere: Bool { host.sync.exists(first.path) }

    /// A mount that is away, or that this process does not have, looks like that.
    @Test func aDiskThatIsNotFoundHoldsItsVersionForAMonth() throws {
        try host.mustClone("disk", "vm.qcow2")
        try host.history(2...3)
        let state = host.sync.path(".glare/state.json")
        try age("superseded", in: state, days: 31)
        try mustRun("mv", [host.disk("vm.qcow2"), host.sync.scratch.path("away")])
        let directories = ["GLARE_DISK_DIRS": try host.sync.scratch.directory("others/vm")]
        try FileManager.default.createSymbolicLink(
            atPath: host.sync.scratch.path("others/vm/none"), withDestinationPath: "/dev/null")
        let kept = try host.prune(environment: directories)
        #expect(
            kept.stdout.contains("\(host.disk("vm.qcow2")) was made on it and is not there now: forgotten in 30 days"),
            "\(kept.stdout)")
        try mustRun("mv", [host.sync.scratch.path("away"), host.disk("vm.qcow2")])
        #expect(try host.prune(environment: directories).stdout.contains("\(host.disk("vm.qcow2")) is made on it"))
        #expect(try !String(contentsOfFile: record, encoding: .utf8).contains("missing"))
        try mustRun("mv", [host.disk("vm.qcow2"), host.sync.scratch.path("away")])
        _ = try host.prune(environment: directories)
        #expect(isThere)
        try age("missing", in: record, days: 31)
        let gone = try host.prune(environment: directories)
        #expect(gone.stdout.contains("1 version removed") && !isThere, "\(gone.stdout)")
        #expect(try host.sync.names(in: ".glare/uses") == ["lock"])
    }

    @Test func oneThatIsLeftOutHoldsNothingButItsOwnVersion() throws {
        try host.mustClone("disk", "vm.qcow2")
        let others = try host.history(2...4)
        try mustRun(
            "sh",
            [
                "-c", "printf 'QFI\\373\\377\\377\\377\\377' | dd of=\"$0\" conv=notrunc status=none",
                host.disk("vm.qcow2"),
            ])
        let places = "\(host.disks) /nonexistent"
        let blocked = try host.prune("--keep-unused", "0", "--disk-dirs", "\(places) !/nonexistent")
        #expect(blocked.stdout.contains("\(host.disk("vm.qcow2"))") && host.sync.exists(others[0].path))
        let left = try host.prune(
            "--keep-unused", "0", "--disk-dirs", "\(places) !/nonexistent !\(host.disk("vm.qcow2"))")
        #expect(left.stdout.contains("1 version removed"), "\(left.stdout)\(left.stderr)")
        #expect(isThere && !host.sync.exists(others[0].path))
    }

    @Test func oneGivenThroughALinkIsFoundWhenThatLeadsElsewhere() throws {
        _ = try host.sync.scratch.directory("disks/one")
        _ = try host.sync.scratch.directory("disks/two")
        let link = host.disk("link")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "one")
        try host.mustClone("disk", "link/vm.qcow2")
        try FileManager.default.removeItem(atPath: link)
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "two")
        try host.history(2...3, environment: ["GLARE_KEEP_UNUSED": "0"])
        #expect(isThere)
    }

    @Test func theTimeCountsFromTheLastUse() throws {
        try host.mustClone("disk", "vm.qcow2")
        try host.history(2...3)
        try age("superseded", in: host.sync.path(".glare/state.json"), days: 31)
        try host.sync.mustSync(host.sync.fileServer)
        #expect(isThere)
        try mustRun("mv", [host.disk("vm.qcow2"), host.sync.scratch.path("away")])
        try host.sync.mustSync(host.sync.fileServer)
        try FileManager.default.removeItem(atPath: record)
        let result = try host.prune()
        #expect(isThere && result.stdout.contains("in use until a short time ago: goes in 30 days"), "\(result.stdout)")
        try age("unused", in: host.sync.path(".glare/state.json"), days: 31)
        try host.sync.mustSync(host.sync.fileServer)
        #expect(!isThere)
    }

    enum Damage: CaseIterable, Sendable { case empty, key, format }

    @Test(arguments: Damage.allCases) func aRecordThatCannotBeReadKeepsAll(_ damage: Damage) throws {
        try host.mustClone("disk", "vm.qcow2")
        try host.history(2...3)
        switch damage {
        case .empty: try change(record) { _ in "" }
        case .key: try change(record) { $0.replacing("\"disk\"", with: "\"disc\"") }
        case .format: try change(record) { $0.replacing("\"format\" : 1", with: "\"format\" : 2") }
        }
        let result = try host.prune("--keep-unused", "0")
        if damage == .format {
            #expect(result.status == 65 && result.stderr.contains("a newer Glare is needed"), "\(result.stderr)")
        } else {
            #expect(result.stdout.contains("what uses it is not known: \(try record)"), "\(result.stdout)")
        }
        #expect(isThere)
    }

    @Test(.enabled(if: Machine.canBeOthers)) func oneThatMayNotBeReadMayBeMadeOnAnother() throws {
        let second = try host.history(2...2)[0]
        try host.mustClone("disk@-1", "vm.qcow2")
        try host.history(3...4)
        try mustRun(
            "qemu-img", ["rebase", "-u", "-F", "raw", "-b", host.sync.path(second.path), host.disk("vm.qcow2")])
        chmod(host.disk("vm.qcow2"), 0o600)
        chmod(host.disks, 0o755)
        try mustRun("chown", ["-R", "61002", host.target])
        let result = try PublisherUser.bob.glare(
            host.sync.publisher, ["prune", "-t", host.target, "--keep-unused", "0", "--keep-versions", "0"])
        #expect(
            result.stdout.contains("what uses it is not known: \(host.disk("vm.qcow2"))"),
            "\(result.stdout)\(result.stderr)")
        #expect(isThere && host.sync.exists(second.path))
    }

    @Test func aPinListOfANewerFormatIsLeftAlone() throws {
        try #require(try host.glare(["pin", "disk", "-t", host.target]).status == 0)
        try change(host.sync.path(".glare/pins.json")) { $0.replacing("\"format\" : 1", with: "\"format\" : 2") }
        let result = try host.sync.sync(host.sync.fileServer)
        #expect(result.status == 65 && result.stderr.contains("pins.json") && result.stderr.contains("a newer Glare"))
    }
}
