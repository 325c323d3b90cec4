import Foundation
import GlareTestSupport
import Testing

/// `index.html`: when it is written, and when it is left alone.
@Suite struct PublisherPageTests {
    let fixture: PublisherFixture
    init() throws { fixture = try PublisherFixture() }

    private let seal = /<!-- glare: SHA-256 of all before this line: ([0-9a-f]{64}) -->\n/

    @Test func itComesWithEachPublishAndEndsWithItsOwnDigest() throws {
        let old = try fixture.publish(seed: 1, "The first <b>")
        #expect(try fixture.text("index.html").contains(">new</span>"))
        let new = try fixture.publish(seed: 2, "The second")
        try fixture.publish("other+disk", seed: 3, "Another image")
        let page = try fixture.text("index.html")
        for expected in [
            old.sha256, new.sha256, "The first &lt;b&gt;", "The second", "Another image",
            "href=\"archive/\(new.fileName)\"", "href=\"archive/other%2Bdisk-", "2 images, 3 versions",
            "--only other+disk",
        ] { #expect(page.contains(expected), "\(expected)") }
        let mode = try fixture.facts("index.html").mode
        #expect(try mode == fixture.facts("images.json").mode)
        let seal = try #require(try self.seal.firstMatch(in: page))
        #expect(seal.range.upperBound == page.endIndex)
        let above = try fixture.scratch.file("above", String(page[..<seal.range.lowerBound]))
        #expect(try sha256(above) == String(seal.1))
    }

    @Test func whereNothingChangedNothingIsWritten() throws {
        try fixture.publish(seed: 1)
        try fixture.publish("other", seed: 2)
        let before = try fixture.snapshot()
        try #require(fixture.rebuild("--full").status == 0)
        #expect(try fixture.snapshot() == before)
    }

    @Test func whatARetentionTakesLeavesThePage() throws {
        let old = try fixture.publish(seed: 1)
        try fixture.publish(seed: 2, options: ["--limit", "1"])
        #expect(try fixture.text("index.html").contains(old.sha256) == false)
        #expect(try fixture.text("index.html").contains("with versions that are not kept"))
    }

    enum Loss: CaseIterable { case page, state, catalogue }

    @Test("rebuild-index makes it again, whatever was lost", arguments: Loss.allCases)
    func rebuilt(loss: Loss) throws {
        try fixture.publish(seed: 1)
        let page = try fixture.text("index.html")
        switch loss {
        case .page: try FileManager.default.removeItem(atPath: fixture.path("index.html"))
        case .state: try FileManager.default.removeItem(atPath: fixture.path(".glare/state.json"))
        case .catalogue: try FileManager.default.removeItem(atPath: fixture.path("images.json"))
        }
        try "# [\(fixture.headings()[0])] - today\n## Said by hand\n".write(
            toFile: fixture.path("disk.md"), atomically: false, encoding: .utf8)
        let result = try fixture.rebuild()
        #expect(result.status == 0 && !result.stderr.contains("index.html"), "\(result.stderr)")
        #expect(try fixture.text("index.html").contains("Said by hand"))
        #expect(!page.contains("Said by hand"))
    }

    enum Foreign: CaseIterable { case theirs, changed, empty, symlink, directory }

    @Test("one that somebody else wrote or changed is left alone, and told", arguments: Foreign.allCases)
    func leftAlone(foreign: Foreign) throws {
        try fixture.publish(seed: 1)
        let path = fixture.path("index.html")
        // Without what says that it is Glare's.
        let changed = try fixture.text("index.html").split(separator: "\n").dropLast().joined(separator: "\n")
            .replacingOccurrences(of: #"<meta name="generator" content="Glare">"#, with: "")
        try FileManager.default.removeItem(atPath: path)
        switch foreign {
        case .theirs: try "<p>ours</p>".write(toFile: path, atomically: false, encoding: .utf8)
        case .changed: try changed.write(toFile: path, atomically: false, encoding: .utf8)
        case .empty: try "".write(toFile: path, atomically: false, encoding: .utf8)
        case .symlink: try mustRun("ln", ["-s", "archive/SHA256SUMS", path])
        case .directory: try mustRun("mkdir", [path])
        }
        let before = try fixture.facts("index.html")
        try fixture.letTimePass()
        let result = try fixture.add(fixture.image("disk", seed: 2))
        #expect(result.status == 0, "\(result.stderr)")
        #expect(result.stderr.contains("\(path) was not written by Glare and is left alone"))
        #expect(try fixture.facts("index.html") == before)
        #expect(try fixture.catalogue().images.map(\.sha256) == [sha256(fixture.path("disk"))])
    }

    @Test("one that is Glare's and damaged is made again", arguments: [Rot.flippedBit, .truncated])
    func damaged(_ rot: Rot) throws {
        try fixture.publish(seed: 1)
        let page = try fixture.text("index.html")
        try rot.befall(fixture.path("index.html"))
        let result = try fixture.rebuild()
        #expect(result.status == 0 && !result.stderr.contains("index.html"), "\(result.stderr)")
        #expect(try fixture.text("index.html") == page)
    }

    @Test func aChangelogThatNobodyCanReadKeepsNobodyFromPublishing() throws {
        try fixture.publish("other", seed: 1)
        try FileManager.default.removeItem(atPath: fixture.path("other.md"))
        try mustRun("mkdir", [fixture.path("other.md")])
        try fixture.publish(seed: 2, "seen")
        #expect(try fixture.text("index.html").contains("<h2>other</h2>"))
        #expect(try fixture.text("index.html").contains("seen"))
    }

    /// Names and messages go to browsers as text, whatever is in them.
    @Test func aMessageIsNoMarkup() throws {
        let message = "<script>alert('x')</script> \"&amp;\" \u{202E}gnp\u{1B}[1m\nשלום <img src=x>"
        try fixture.publish(seed: 1, message)
        let page = try fixture.text("index.html")
        #expect(
            page.contains(
                #"&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &quot;&amp;amp;&quot; \u{202e}gnp\u{1b}[1m"#))
        #expect(page.components(separatedBy: "<script>").count == 2 && !page.contains("<img"))
    }
}
