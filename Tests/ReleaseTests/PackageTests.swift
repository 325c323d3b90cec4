import Foundation
import GlareTestSupport
import Synchronization
import Testing

@Suite("Packages", .enabled(if: Checkout.isBuilt))
struct PackageTests {
    private let scratch: Scratch
    private let deb: DebianPackage

    init() throws {
        scratch = try Scratch()
        deb = try .current()
    }

    @Test(.enabled(if: Machine.has("dpkg-deb") && Machine.has("lintian")))
    func theDebianOneHasNoErrors() throws {
        let result = try run("lintian", ["--allow-root", deb.path])
        #expect(!result.stdout.contains("E: "), "\(result.stdout)")
        #expect(result.status == 0, "\(result.stdout)\(result.stderr)")
    }

    @Test(.enabled(if: Machine.has("dpkg-deb")))
    func theDebianOneIsTheSameBytesAgain() throws {
        let again = try DebianPackage()
        #expect(try deb.digest() == again.digest())
    }

    @Test(.enabled(if: Machine.canBeOthers && Machine.has("debootstrap") && Machine.has("unshare")))
    func theDebianOneWorksWhereNothingElseIsAndLeavesNoTrace() throws {
        let images = try (1...2).map { try DiskImages.raw(at: scratch.path("\($0).img"), seed: UInt64($0)) }
        let said = try mustShell(
            "scripts/test-deb \"$DEB\" \"$ONE\" \"$TWO\"",
            ["DEB": deb.path, "ONE": images[0], "TWO": images[1]])
        #expect(said.hasSuffix("Nothing is left of it.\n"))
    }

    @Test(.enabled(if: Machine.has("rpmbuild") && Machine.has("rpm") && Machine.has("dpkg-deb")))
    func theRPMHasTheSameAndNeedsLittle() throws {
        let package = try mustShell("scripts/build-rpm \"$OUT\"", ["OUT": scratch.path("dist")]).trimmed
        let needed = try mustRun("rpm", ["--dbpath", scratch.path("rpmdb"), "-qp", "--requires", package]).split(
            separator: "\n"
        )
        .filter { !$0.hasPrefix("rpmlib(") && $0 != "/bin/sh" }
        #expect(needed == ["glibc >= 2.35", "shadow-utils"])
        let files = Set(
            try mustRun("rpm", ["--dbpath", scratch.path("rpmdb"), "-qpl", package]).split(separator: "\n").map(
                String.init))
        let tree = try scratch.directory("deb")
        try mustRun("dpkg-deb", ["-x", deb.path, tree])
        // Each distribution has its own place for a few.
        let own = ["/usr/share/doc/glare/", "/usr/share/zsh/", "/usr/share/lintian/"]
        let debian = try listing(of: tree).filter { !$1.hasPrefix("d") }.keys.map { "/\($0)" }.filter { file in
            !own.contains { file.hasPrefix($0) }
        }
        #expect(debian.count > 20)
        #expect(Set(debian).subtracting(files).isEmpty, "\(Set(debian).subtracting(files))")
        #expect(files.contains("/var/lib/glare"))
    }
}

/// The Debian package, made once for all tests that run at the same time: most of that is compression.
private final class DebianPackage: Sendable {
    private struct Shared { weak var package: DebianPackage? }
    private static let shared = Mutex(Shared())

    let path: String
    private let scratch: Scratch

    static func current() throws -> DebianPackage {
        try shared.withLock { shared in
            if let package = shared.package { return package }
            let package = try DebianPackage()
            shared.package = package
            return package
        }
    }

    init() throws {
        scratch = try Scratch()
        path = try mustShell("scripts/build-deb \"$OUT\"", ["OUT": scratch.path("dist")]).trimmed
    }

    func digest() throws -> String { try sha256(path) }
}

@Suite("make release, make tag", .enabled(if: Checkout.isBuilt && Machine.has("git")))
struct ReleaseFilesTests {
    private let scratch: Scratch
    private let project: String
    private let version: String

    init() throws {
        scratch = try Scratch()
        project = scratch.path("project")
        try Checkout.copy(to: project)
        try mustShell(
            """
            git init -q
            git config user.name Tester
            git config user.email tester@example.net
            git add -A
            git commit -q -m "All of it"
            """, in: project)
        version = try Checkout.version.get()
    }

    private func git(_ arguments: String...) throws -> String { try mustRun("git", ["-C", project] + arguments) }
    private func tag() throws -> RunResult { try run("\(project)/scripts/tag", []) }

    @Test func aTagCollectsTheChangelog() throws {
        let first = try #require(
            FileManager.default.contentsOfDirectory(atPath: project + "/changelog/unreleased").first)
        let heading = try String(contentsOfFile: "\(project)/changelog/unreleased/\(first)", encoding: .utf8)
            .split(separator: "\n")[0]
        let result = try tag()
        #expect(result.status == 0, "\(result.stderr)")
        let changelog = try String(contentsOfFile: project + "/CHANGELOG.md", encoding: .utf8)
        #expect(changelog.hasPrefix("# Changelog\n\n## \(version), 20") && changelog.contains("\n### \(heading)\n"))
        #expect(try git("cat-file", "-t", "v\(version)") == "tag\n")
        #expect(try git("status", "--porcelain").isEmpty)

        let again = try tag()
        #expect(again.status != 0 && again.stderr.contains("is there already"))
    }

    @Test func whatIsNotCommittedIsNotTagged() throws {
        try "x".write(toFile: project + "/new", atomically: true, encoding: .utf8)
        let result = try tag()
        #expect(result.status != 0 && result.stderr.contains("Commit first"))
    }

    @Test func withoutNewsThereIsNothingToTag() throws {
        try mustRun("sh", ["-c", "cd '\(project)' && git rm -q changelog/unreleased/* && git commit -q -m x"])
        let result = try tag()
        #expect(result.status != 0 && result.stderr.contains("nothing to release"))
    }

    @Test(.enabled(if: Machine.has("rpmbuild") && Machine.has("dpkg-deb")))
    func aReleaseIsWholeAndItsChecksumsAreRight() throws {
        try mustRun("\(project)/scripts/build-release-files", [])
        let dist = project + "/dist"
        let names = try FileManager.default.contentsOfDirectory(atPath: dist)
        #expect(names.count == 5, "\(names)")
        try mustRun("sha256sum", ["--check", "--strict", "--quiet", "SHA256SUMS"], directory: dist)

        let source = try mustRun("tar", ["-tf", "\(dist)/glare-\(version).tar.gz"]).split(separator: "\n")
        #expect(source.contains("glare-\(version)/Package.swift"))
        #expect(source.allSatisfy { !$0.contains("/bin/") && !$0.contains("/.build") })

        let prefix = try scratch.directory("prefix")
        let program = try #require(names.first { $0.hasPrefix("glare-\(version)-linux-") })
        try mustRun("tar", ["-xf", "\(dist)/\(program)", "-C", prefix, "--strip-components=1"])
        #expect(try mustRun("\(prefix)/bin/glare", ["--version"]) == "glare \(version)\n")
        #expect(FileManager.default.fileExists(atPath: "\(prefix)/share/man/man1/glare.1"))
    }
}
