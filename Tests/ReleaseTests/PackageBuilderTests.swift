import Foundation
import GlareTestSupport
import Testing

/// Packages are the same, whoever builds them, and both have the same in them.
@Suite(
    .enabled(
        if: Checkout.isBuilt && Machine.canBeOthers && Machine.has("dpkg-deb") && Machine.has("rpmbuild"),
        "nothing is built, or not root, or no dpkg or rpm here"))
struct PackageBuilderTests {
    @Test func areTheSameBytesWhoeverBuildsAndHaveTheSameInThem() throws {
        let scratch = try Scratch()
        chmod(scratch.url.path, 0o755)
        let project = scratch.path("project")
        try Checkout.copy(to: project)
        let variables = ["SOURCE_DATE_EPOCH": "1700000000"]
        for name in ["root", "nobody"] { _ = try scratch.directory(name) }
        chown(scratch.path("nobody"), 65534, 65534)
        let build = "scripts/build-deb \"$OUT\" && scripts/build-rpm \"$OUT\""
        try mustShell(
            "umask 077; \(build)", variables.merging(["OUT": scratch.path("root")]) { $1 }, in: project)
        try mustShell(
            "umask 002; TZ=Asia/Tokyo; export TZ; \(build)",
            variables.merging(["OUT": scratch.path("nobody")]) { $1 }, in: project, asNobody: true)
        let sums = { try mustRun("sh", ["-c", "sha256sum *"], directory: scratch.path($0)).lines }
        #expect(try sums("root") == sums("nobody"))
        #expect(try sums("root").count == 2)

        let names = try FileManager.default.contentsOfDirectory(atPath: scratch.path("nobody")).sorted()
        let rpm = scratch.path("nobody/\(names[0])")
        let owners = try mustRun(
            "rpm",
            [
                "--dbpath", scratch.path("rpmdb"), "-qp", "--qf", "[%{FILENAMES} %{FILEUSERNAME} %{FILEGROUPNAME}\n]",
                rpm,
            ]
        ).lines
        #expect(owners.filter { !$0.hasSuffix(" root root") } == ["/var/lib/glare glare glare"])

        let roots = (deb: try scratch.directory("deb"), rpm: try scratch.directory("rpm"))
        try mustRun("dpkg-deb", ["-x", scratch.path("nobody/\(names[1])"), roots.deb])
        try mustRun(
            "rpm", ["--root", roots.rpm, "--dbpath", "/database", "-i", "--nodeps", "--noscripts", "--quiet", rpm])
        // Each distribution's own places; the directory for images is made by the deb's postinst.
        let own = ["database", "usr/share/zsh", "usr/share/lintian", "usr/share/doc/glare/", "var"]
        let shared = { (root: String) in
            try listing(of: root).filter { file in !own.contains { file.key.hasPrefix($0) } }
        }
        let (debian, other) = (try shared(roots.deb), try shared(roots.rpm))
        #expect(debian == other)
        #expect(debian["usr/bin/glare"] == "f 755")
        #expect(debian["etc/glare.conf"] == "f 644")
        for (path, kind) in debian where kind.hasPrefix("f") {
            #expect(try run("cmp", ["\(roots.deb)/\(path)", "\(roots.rpm)/\(path)"]).status == 0, "\(path)")
        }
    }
}
