import Foundation
import GlareTestSupport
import Testing

/// Pages for users do what they say: their blocks are run, their links lead somewhere.
@Suite("Documents")
struct DocumentTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    @Test(
        .enabled(if: Machine.isCI || GlareBinary.release != nil && Machine.isRoot && Machine.has("qemu-img")),
        arguments: ["README.md", "docs/tutorial.md"])
    func blocksRunAsTheyStand(_ page: String) throws {
        let script = Self.root.appendingPathComponent("scripts/run-document").path
        let result = try run(script, [Self.root.appendingPathComponent(page).path])
        #expect(result.status == 0, "\(result.stdout)\(result.stderr)")
        #expect(result.stdout.contains("debian-12"))
    }

    @Test(.enabled(if: Machine.canBeOthers && Machine.has("unshare")))
    func aBlockThatFailsFailsThePage() throws {
        let scratch = try Scratch()
        let script = Self.root.appendingPathComponent("scripts/run-document").path
        let page = try scratch.file(
            "page.md",
            "```sh\ntouch /etc/page-was-here\n```\n<!-- not run: so -->\n```sh\nexit 3\n```\n```sh\nfalse\ntrue\n```\n")
        #expect(try run(script, [page]).status == 1)
        #expect(!FileManager.default.fileExists(atPath: "/etc/page-was-here"))
        let good = try scratch.file("good.md", "```sh\ntrue\n```\n<!-- not run: so -->\n```sh\nexit 3\n```\n")
        #expect(try run(script, [good]).status == 0)
    }

    @Test func linksLeadSomewhere() throws {
        var pages = ["README.md"]
        let docs = Self.root.appendingPathComponent("docs")
        for case let path as String in try #require(FileManager.default.enumerator(atPath: docs.path))
        where path.hasSuffix(".md") { pages.append("docs/\(path)") }
        var checked = 0
        for page in pages {
            let base = Self.root.appendingPathComponent(page).deletingLastPathComponent()
            for match in try Self.text(page).matches(of: /\]\(([^)#:]+)(#[^)]*)?\)/) {
                checked += 1
                let target = base.appendingPathComponent(String(match.1)).path
                #expect(FileManager.default.fileExists(atPath: target), "\(page): \(match.1)")
            }
        }
        #expect(checked > 15)
    }

    @Test func theReadmeStaysUnderTwoScreens() throws {
        #expect(try Self.text("README.md").split(separator: "\n", omittingEmptySubsequences: false).count <= 90)
    }

    @Test func thePluginsPageShowsTheExampleAsItIs() throws {
        #expect(try Self.text("docs/plugins.md").contains(Self.text("docs/examples/glare-compare")))
    }

    @Test func exitCodesAreTheProgramsOwn() throws {
        let manual = try Self.text("Sources/GlareCLI/ExitStatus.swift")
        for match in try Self.text("docs/exit-codes.md").matches(of: /\n\| ([0-9]+) \|/) {
            #expect(manual.contains("= \(match.1)\n"), "\(match.1)")
        }
    }
}
