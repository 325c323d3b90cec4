import Foundation
import Testing

@testable import GlareModel

@Suite("index.html: what it says, and that nothing in it can do harm")
struct RepositoryPageTests {
    private func page(_ records: [ImageRecord], changelog: Changelog = Changelog()) throws -> String {
        let rows = try records.map { try Samples.row($0, storedAs: Document.encode($0)) }
        let catalogue = Catalogue(
            repository: "0123456789abcdef0123456789abcdef", serial: 7, created: Samples.created, images: rows)
        let page = RepositoryPage(catalogue, versionCount: records.reduce(0) { $0 + $1.versions.count })
        return String(
            decoding: page.opening + records.flatMap { page.part($0, changelog: changelog) } + page.closing,
            as: UTF8.self)
    }

    private func log(_ entries: [(ImageRecord.Version, String)]) -> Changelog {
        var log = Changelog()
        for (version, message) in entries.reversed() {
            log.add(Changelog.Entry(id: version.id, date: Samples.created, message: message))
        }
        return log
    }

    /// Its only tags, but for what is inside of them.
    private func tags(_ page: String, _ name: String) -> [Substring] { page.components(between: "<\(name)", and: ">") }

    @Test("each image with its versions, digests, costs, messages and command")
    func content() throws {
        let old = Samples.version("old")
        let reference = { (size: Int64) in ContentReference(sha256: SHA256Digest(of: [UInt8(size % 251)]), size: size) }
        let delta = DeltaReference(base: old.sha256, content: reference(43_725_619), head: reference(100))
        let new = Samples.version(
            "new", transfer: .init(manifest: reference(5000), frames: reference(214 << 20), deltas: [delta]))
        let record = ImageRecord(name: try ImageName("debian+12"), current: new.id, versions: [new, old])
        let page = try page([record], changelog: log([(new, "Week 47\nmore of it"), (old, "Week 46")]))
        for expected in [
            #"<details id="debian+12" data-format="qcow2" data-virtual="10737418240" data-disk="734003200" data-update="43725619" data-time="1767323045">"#,
            "<h2>debian+12</h2>", #"<span class="message" dir="auto">Week 47</span>"#, "Week 47\nmore of it",
            #"<time datetime="2026-01-02T03:04:05Z">2026-01-02</time>"#, "41.7 MiB", "214.0 MiB", "700.0 MiB",
            "10.0 GiB", " --only debian+12</code>", new.sha256.hex, old.sha256.hex, "1 image, 2 versions",
            #"href="archive/debian%2B12-\#(new.id)" download="debian+12""#, #"href="debian%2B12.md""#,
        ] { #expect(page.contains(expected), "\(expected)") }
        #expect(tags(page, "li ").count == 1, "one version is the current one")
        #expect(tags(page, "rect").count == 5, "on disk and whole of both, and one delta")
    }

    @Test("without a delta an update costs what the whole does, at most; a first version is new")
    func withoutDelta() throws {
        let record = try Samples.record("disk")
        #expect(try page([record]).contains("≤ 1.0 GiB"))
        let first = ImageRecord(name: record.name, current: record.current, versions: [record.versions[0]])
        #expect(try page([first]).contains(#"<span class="none">new</span>"#))
    }

    @Test("an empty repository has a page that says so")
    func empty() throws {
        let page = try page([])
        #expect(
            page.contains("There are none yet") && !page.contains("id=\"_search\"") && !page.contains("</div>\n</main>")
        )
    }

    private func marked(_ marks: VersionMarks, _ text: String) -> ImageRecord.Version {
        let plain = Samples.version(text)
        return ImageRecord.Version(
            id: plain.id, sha256: plain.sha256, size: plain.size, diskFormat: plain.diskFormat,
            virtualSize: plain.virtualSize, dataSize: plain.dataSize, modified: plain.modified, marks: marks)
    }

    @Test("what was withdrawn is not offered, and says why; a page of such images alone is whole")
    func withdrawn() throws {
        let withdrawal = Withdrawal(since: Samples.created, reason: "host <keys>")
        let versions = [marked(VersionMarks(withdrawn: withdrawal), "new"), Samples.version("old")]
        let record = ImageRecord(name: try ImageName("disk"), current: versions[0].id, versions: versions)
        let row = try Samples.row(record, storedAs: Document.encode(record))
        let page = RepositoryPage(
            Catalogue(
                repository: "0123456789abcdef0123456789abcdef", serial: 7, created: Samples.created, images: [],
                suspended: [row]), versionCount: 2)
        let text = String(
            decoding: page.opening + page.part(record, changelog: Changelog()) + page.closing, as: UTF8.self)
        #expect(text.contains("withdrawn: host &lt;keys&gt;") && text.contains(">withdrawn</span>"))
        #expect(!text.contains("--only disk") && !text.contains("archive/disk-\(versions[0].id)"))
        #expect(text.contains("archive/disk-\(versions[1].id)") && text.contains("1 image, 2 versions"))
        #expect(text.contains("id=\"_images\"") && text.contains("id=\"_search\""))
        for tag in ["div", "details", "span", "dl", "p"] {
            let opened = tags(text, tag + " ").count + text.components(separatedBy: "<\(tag)>").count - 1
            #expect(opened == text.components(separatedBy: "</\(tag)>").count - 1, "<\(tag)>")
        }
    }

    @Test("what a publisher says of a version is there")
    func said() throws {
        var properties = ImageProperties()
        try properties.apply([PropertyAssignment("arch=<arm64>")])
        let version = marked(VersionMarks(properties: properties, isProtected: true), "new")
        let record = ImageRecord(name: try ImageName("disk"), current: version.id, versions: [version])
        let page = RepositoryPage(
            Catalogue(
                repository: "0123456789abcdef0123456789abcdef", serial: 7, created: Samples.created, images: []),
            versionCount: 1)
        let text = String(decoding: page.part(record, changelog: Changelog()), as: UTF8.self)
        #expect(text.contains("<dt>arch</dt><dd>&lt;arm64&gt;</dd>") && text.contains("<dt>Protected</dt>"))
    }

    static let hostile = [
        "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "'--></style></script><svg onload=alert(1)>",
        "\u{202E}evil\u{0}\u{1B}[2J", "&#60;b&#62;", "](javascript:alert(1))",
    ]

    @Test("no message becomes a tag, an attribute or a script", arguments: hostile)
    func hostileMessage(message: String) throws {
        let record = try Samples.record("disk")
        let entries = record.versions.map { ($0, message + "\n" + message) }
        // Twice, so that one stands as an earlier entry, with its date.
        let text = String(decoding: log(entries + entries).bytes, as: UTF8.self)
        let changelog = Changelog(Array(text.replacingOccurrences(of: "] - ", with: "] - \(message)").utf8))
        let (plain, shown) = (try page([record]), try page([record], changelog: changelog))
        #expect(shown.utf8.count > plain.utf8.count + 4 * message.utf8.count)
        for tag in ["script", "style", "img", "svg", "b>"] {
            #expect(tags(shown, tag).count == tags(plain, tag).count, "<\(tag)")
        }
        #expect(shown.filter { $0 == "<" }.count == plain.filter { $0 == "<" }.count + 8, "four paragraphs")
        #expect(!shown.unicodeScalars.contains { $0.value != 0x0A && $0.properties.generalCategory == .control })
        #expect(!shown.contains("\u{202E}"))
    }

    @Test("a long message is cut, and many versions are drawn as far as they fit")
    func large() throws {
        let versions = (0..<40).map { Samples.version("\($0)") }
        let record = ImageRecord(name: try ImageName("disk"), current: versions[0].id, versions: versions)
        let page = try page([record], changelog: log([(versions[0], String(repeating: "x", count: 100_000))]))
        #expect(page.utf8.count < 60_000)
        #expect(tags(page, "rect").count == 32)
        #expect(versions.allSatisfy { page.contains($0.sha256.hex) })
    }

    @Test("the policy in the page names its one style and its one script, and lets nothing else in")
    func policy() throws {
        let page = try page([Samples.record("disk")])
        let policy = try #require(page.components(between: "Content-Security-Policy\" content=\"", and: "\"").first)
        let plain = policy.replacingOccurrences(of: "&#39;", with: "'")
        #expect(plain == RepositoryPage.contentSecurityPolicy)
        for (tag, directive) in [("style", "style-src"), ("script", "script-src")] {
            let sources = page.components(between: "<\(tag)>", and: "</\(tag)>")
            #expect(sources.count == 1 && tags(page, tag).count == 1)
            let digest = Data(SHA256Digest(of: Array(sources[0].utf8)).bytes).base64EncodedString()
            #expect(plain.contains("\(directive) 'sha256-\(digest)'"))
        }
        #expect(plain.hasPrefix("default-src 'none'; ") && !plain.contains("unsafe"))
        #expect(!page.contains("style=\"") && !page.contains("onclick") && !page.contains("://"))
    }
}

extension String {
    fileprivate func components(between start: String, and end: String) -> [Substring] {
        components(separatedBy: start).dropFirst().compactMap { part in
            part.range(of: end).map { part[..<$0.lowerBound] }
        }
    }
}
