import Foundation
import GlareTestSupport
import Testing

/// What systemd says of the units, the user and the directory. Nothing is started: the installation is in a
/// scratch directory, and units name that.
@Suite(.enabled(if: Checkout.isBuilt && Machine.has("systemd-analyze"), "nothing is built, or no systemd here"))
struct SystemdUnitTests {
    private let installation: UnitInstallation

    init() throws { installation = try UnitInstallation() }

    /// Also that the program and the manual pages that they name are there.
    @Test(.enabled(if: Machine.has("man")))
    func areInOrder() throws {
        let names = ["sync.service", "sync.timer", "serve.service", "serve.socket", "sign.service", "sign.timer"]
        let units = names.map { installation.path("glare-\($0)") }
        let result = try run(
            "systemd-analyze", ["verify"] + units,
            environment: Checkout.environment(["MANPATH": installation.prefix + "/share/man"]))
        #expect(result.status == 0)
        #expect(result.stdout + result.stderr == "")
    }

    /// From 0, nothing could go wrong, to 10.
    @Test(arguments: [("glare-serve.service", 2.0), ("glare-sync.service", 2.3), ("glare-sign.service", 4.0)])
    func exposeLittle(_ unit: String, _ limit: Double) throws {
        let report = try mustRun(
            "systemd-analyze", ["security", "--offline=yes", "--no-pager", installation.path(unit)])
        let line = try #require(report.lines.last { $0.contains("Overall exposure level") })
        let score = try #require(line.components(separatedBy: ": ").last?.words.first.flatMap(Double.init))
        #expect(score < limit, "\(report)")
    }

    /// What `LISTEN` may name: ports under 1024 and no other privilege, and sockets in a directory that is there,
    /// for those in the group.
    @Test func serveMayListenWhereItsDocumentSays() throws {
        let unit = "glare-serve.service"
        for setting in ["CapabilityBoundingSet", "AmbientCapabilities"] {
            #expect(try installation.values(of: setting, in: unit) == ["CAP_NET_BIND_SERVICE"])
        }
        #expect(try installation.values(of: "RuntimeDirectory", in: unit) == ["glare"])
        #expect(try installation.values(of: "UMask", in: unit) == ["0002"])
        #expect(try installation.values(of: "RestrictAddressFamilies", in: unit).flatMap(\.words).contains("AF_UNIX"))
        let document = try String(contentsOfFile: Checkout.root + "/docs/web-servers.md", encoding: .utf8)
        #expect(document.contains("LISTEN=unix:/run/glare/"))
    }

    @Test(.enabled(if: Machine.canBeOthers && Machine.has("systemd-sysusers") && Machine.has("systemd-tmpfiles")))
    func theUserAndTheDirectoryOfTheCache() throws {
        let root = try installation.scratch.directory("root")
        _ = try installation.scratch.directory("root/etc")
        try installation.scratch.file("root/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n")
        try installation.scratch.file("root/etc/group", "root:x:0:\n")
        for _ in 1...2 {
            try mustRun(
                "systemd-sysusers", ["--root=\(root)", installation.prefix + "/lib/sysusers.d/glare.conf"])
            try mustRun(
                "systemd-tmpfiles",
                ["--create", "--root=\(root)", installation.prefix + "/lib/tmpfiles.d/glare.conf"])
        }
        let users = try String(contentsOfFile: root + "/etc/passwd", encoding: .utf8).lines
        let user = try #require(users.last).components(separatedBy: ":")
        #expect(users.count == 2)
        #expect(user[0] == "glare")
        #expect(Array(user[4...]) == ["Glare, VM images", "/var/lib/glare", "/usr/sbin/nologin"])
        let facts = try mustRun("stat", ["-c", "%F %a %u %g", root + "/var/lib/glare"]).trimmed
        #expect(facts == "directory 755 \(user[2]) \(user[3])")
    }
}

/// An installation whose units can be looked at: they name programs that are there.
struct UnitInstallation {
    let scratch: Scratch
    let prefix: String

    init() throws {
        scratch = try Scratch()
        chmod(scratch.url.path, 0o755)
        prefix = scratch.path("prefix")
        try mustShell("scripts/install", ["PREFIX": prefix])
    }

    func path(_ unit: String) -> String { "\(prefix)/lib/systemd/system/\(unit)" }

    /// The values that a unit gives a setting, in their order.
    func values(of setting: String, in unit: String) throws -> [String] {
        try String(contentsOfFile: path(unit), encoding: .utf8).lines
            .filter { $0.hasPrefix(setting + "=") }.map { String($0.dropFirst(setting.count + 1)) }
    }
}
